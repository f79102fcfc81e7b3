"""The page's server: what the page asks for, and what it may do."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.console.board import Board
from gateway.console.sending import Kind, Sender, Wish
from gateway.console.source import Watched
from gateway.errors import GatewayError, WrongField
from gateway.operations.dead_letters import DeadLetters, dead_letters_of
from gateway.operations.quarantine import Kept, Quarantine, Selection

STATIC = Path(__file__).parent / "static"

_SHOWN = 50  # of the quarantine, and of the dead letters
_BODY_BYTES = 262_144
_STILL_THERE_SECONDS = 10.0


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Send(_Asked):
    provider: str
    kind: Kind
    event: str = "message"
    sender: str | None = None
    recipient: str | None = None
    text: Annotated[str, StringConstraints(max_length=50_000)] | None = None


class _Replay(_Asked):
    keys: list[str]


_A = TypeVar("_A", bound=_Asked)


class Console:
    """What the routes do."""

    def __init__(self, watched: Watched, board: Board) -> None:
        self._watched = watched
        self._board = board
        self._sender = Sender(watched.installation)
        self._quarantine = Quarantine(watched.installation)
        self._dead_letters = dead_letters_of(watched.installation)

    def app(self) -> Starlette:
        """Return the application; whoever serves it puts the guard in front."""
        routes = [
            Route("/", _page),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/api/stream", self.stream),
            Route("/api/events/{number:int}", self.event),
            Route("/api/send", _with(_Send, self.send), methods=["POST"]),
            Route("/api/quarantine", _plain(self.quarantine)),
            Route("/api/quarantine/body", self.body),
            Route("/api/quarantine/replay", _with(_Replay, self.replay), methods=["POST"]),
            *(route for each in self._dead_letters.items() for route in _routes_of_dead_letters(*each)),
        ]
        failed: Any = _failed
        return Starlette(
            routes=routes,
            exception_handlers=dict.fromkeys((HTTPException, GatewayError, BotoCoreError, ClientError), failed),
        )

    async def stream(self, request: Request) -> Response:
        """Server-sent events: `about` once, `arrived` for each event after the one named, `state` at changes."""
        after = request.query_params.get("after", "0")
        return StreamingResponse(
            self._news(int(after) if after.isdecimal() and after.isascii() else 0), media_type="text/event-stream"
        )

    async def _news(self, number: int) -> AsyncIterator[str]:
        yield _told("about", self._about())
        version = -1
        with self._board.listening() as changed:
            while not self._board.closed:
                changed.clear()
                for event in self._board.events(number):
                    number = event["number"]
                    yield _told("arrived", event)
                if version != self._board.version:
                    version = self._board.version
                    yield _told("state", self._board.state())
                try:
                    await asyncio.wait_for(changed.wait(), _STILL_THERE_SECONDS)
                except TimeoutError:
                    yield ": still there\n\n"

    def _about(self) -> dict[str, Any]:
        since = self._watched.since
        return {
            "stack": self._watched.installation.name,
            "since": since and since.isoformat(),
            "providers": self._watched.providers,
            "senders": self._sender.offers(),
        }

    async def event(self, request: Request) -> Response:
        """Return a whole event."""
        document = self._board.document(request.path_params["number"])
        if document is None:
            raise GatewayError("This event is too long ago: the console keeps the last 500")
        return JSONResponse(document)

    def send(self, asked: _Send) -> Any:
        """Send as a provider does."""
        sent = self._sender.send(Wish(**asked.model_dump()))
        self._board.answered(sent.attempt.seconds)
        return sent.document()

    def quarantine(self) -> Any:
        """Return the newest in the quarantine."""
        stock, kept = self._quarantine.newest(_SHOWN)
        return asdict(stock) | {"items": [_known(each) for each in kept]}

    async def body(self, request: Request) -> Response:
        """Return the record and the body of one."""
        kept, body = await run_in_threadpool(self._quarantine.one, request.query_params.get("key", ""))
        return JSONResponse({"record": kept.record, "body": body.decode("utf-8", "backslashreplace")})

    def replay(self, asked: _Replay) -> Any:
        """Replays those that are named; no key at all is no wish to replay everything."""
        chosen = self._quarantine.select(Selection(keys=tuple(asked.keys))) if asked.keys else []
        return {"results": [asdict(each) for each in self._quarantine.replay(chosen)]}


def _routes_of_dead_letters(queue: str, letters: DeadLetters) -> list[Route]:
    """Return the oldest dead letters of a queue, and moving all of them back."""

    def listed() -> Any:
        total = letters.count()  # first: what comes meanwhile makes another one, for which the page looks again
        items = [asdict(each) | {"queued_at": each.queued_at.isoformat()} for each in letters.look(_SHOWN)]
        return {"total": total, "items": items}

    def redrive(_: _Asked) -> Any:
        return {"moved": letters.redrive(lambda _done, _of: None)}

    path = f"/api/dead-letters/{queue}"
    return [Route(path, _plain(listed)), Route(f"{path}/redrive", _with(_Asked, redrive), methods=["POST"])]


async def _page(_: Request) -> Response:
    return FileResponse(STATIC / "index.html")


def _plain(answer: Callable[[], Any]) -> Callable[[Request], Any]:
    async def endpoint(_: Request) -> Response:
        return JSONResponse(await run_in_threadpool(answer))

    return endpoint


def _with(model: type[_A], answer: Callable[[_A], Any]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            asked = model.model_validate_json(await _body(request))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise WrongField(where, f"{where}: {first['msg']}" if where else first["msg"]) from None
        return JSONResponse(await run_in_threadpool(answer, asked))

    return endpoint


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_BYTES:
            raise HTTPException(413, "That is too long")
    return bytes(body)


async def _failed(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code)
    if isinstance(error, WrongField):
        return JSONResponse({"error": str(error), "field": error.field}, 400)
    return JSONResponse({"error": str(error)}, 409 if isinstance(error, GatewayError) else 502)


def _known(kept: Kept) -> dict[str, Any]:
    return {
        "key": kept.key,
        "provider": kept.provider,
        "received_at": kept.received_at.isoformat(),
        "reason": kept.reason,
        "times": kept.times,
        "replayable": bool(kept.record),
    }


def _told(kind: str, document: Any) -> str:
    """One server-sent event; JSON as it is written here has no line breaks."""
    return f"event: {kind}\ndata: {json.dumps(document)}\n\n"
