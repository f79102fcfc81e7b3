"""The page's server: what the page asks for, and what it may do."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.console.again import Again
from gateway.console.answering import FAILURES, Asked, named, plain, with_body
from gateway.console.board import Board
from gateway.console.connect import Connect
from gateway.console.details import Details
from gateway.console.problems import Problems
from gateway.console.rows import ROWS_KEPT
from gateway.console.sending import Kind, Sender, Wish
from gateway.console.source import Watched

STATIC = Path(__file__).parent / "static"

_STILL_THERE_SECONDS = 10.0
_BEFORE = "Messages published before the console started come from the functions' logs, without their text"


class _Send(Asked):
    provider: str
    kind: Kind
    event: str = "message"
    sender: str | None = None
    recipient: str | None = None
    text: Annotated[str, StringConstraints(max_length=50_000)] | None = None
    parts: int = Field(default=1, ge=1, le=10)


class _Row(Asked):
    id: str


class _Replay(Asked):
    keys: list[str]


class _Redrive(Asked):
    queue: str


class _Reveal(Asked):
    provider: str
    kind: str | None = None


class Console:
    """What the routes do."""

    def __init__(self, watched: Watched, board: Board) -> None:
        self._watched = watched
        self._board = board
        self._sender = Sender(watched.installation, board)
        self._again = Again(watched.installation, board, self._sender)
        self._details = Details(watched.installation, board, self._again)
        self._problems = Problems(watched)
        self._connect = Connect(watched.installation, board)

    def app(self) -> Starlette:
        """Return the application; whoever serves it puts the guard in front."""
        problems, connect = self._problems, self._connect
        routes = [
            Route("/", _page),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/api/stream", self.stream),
            Route("/api/row", named("id", self._details.of)),
            _does("/api/resend", with_body(_Row, lambda asked: self._again.send(asked.id))),
            _does("/api/send", with_body(_Send, lambda asked: self._sender.send(Wish(**asked.model_dump())))),
            Route("/api/quarantine", plain(problems.quarantine)),
            Route("/api/quarantine/body", named("key", problems.body)),
            _does("/api/quarantine/replay", with_body(_Replay, lambda asked: problems.replay(asked.keys))),
            Route("/api/dead-letters", plain(problems.dead_letters)),
            _does("/api/dead-letters/redrive", with_body(_Redrive, lambda asked: problems.redrive(asked.queue))),
            Route("/api/alarms", plain(problems.alarms)),
            Route("/api/doctor", plain(problems.findings)),
            Route("/api/connect", plain(connect.cards)),
            _does("/api/connect/reveal", with_body(_Reveal, lambda asked: connect.reveal(asked.provider, asked.kind))),
        ]
        return Starlette(routes=routes, exception_handlers=FAILURES)

    async def stream(self, request: Request) -> Response:
        """Server-sent events: `about` once, `rows` that changed after a cursor, `overview` at changes."""
        after = request.query_params.get("after", "0")
        return StreamingResponse(
            self._news(int(after[:18]) if after.isdecimal() and after.isascii() else 0), media_type="text/event-stream"
        )

    async def _news(self, cursor: int) -> AsyncIterator[str]:
        yield _told("about", self._about())
        version, point = -1, 0
        with self._board.listening() as changed:
            while not self._board.closed:
                changed.clear()
                while (told := self._board.rows(cursor))[1]:
                    cursor, rows = told
                    yield _told("rows", {"cursor": cursor, "rows": rows})
                if version != self._board.version:
                    version = self._board.version
                    point, overview = self._board.overview(point)
                    yield _told("overview", overview)
                try:
                    await asyncio.wait_for(changed.wait(), _STILL_THERE_SECONDS)
                except TimeoutError:
                    yield ": still there\n\n"

    def _about(self) -> dict[str, Any]:
        since, can_send = self._watched.since, bool(self._sender.providers)
        return {
            "stack": self._watched.installation.name,
            "local": self._watched.installation.local is not None,
            "since": since and since.isoformat(),
            "providers": self._watched.providers,
            "rows_kept": ROWS_KEPT,
            "can": {"send": can_send, "resend": can_send},
            "senders": self._sender.offers(),
            "history_unknown": _BEFORE,
        }


def _does(path: str, endpoint: Any) -> Route:
    return Route(path, endpoint, methods=["POST"])


async def _page(_: Request) -> Response:
    return FileResponse(STATIC / "index.html")


def _told(kind: str, document: Any) -> str:
    """One server-sent event; JSON as it is written here has no line breaks."""
    return f"event: {kind}\ndata: {json.dumps(document)}\n\n"
