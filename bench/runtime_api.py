"""Lambda's Runtime API, the part that a runtime client needs: it fetches an invocation, works, posts what came of it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from types import TracebackType
from typing import Any, NamedTuple, Self

_ARN = "arn:aws:lambda:us-east-1:123456789012:function:bench"
_NOT_SAMPLED = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=3f8fc15a05bc9a1b;Sampled=0"
_BEFORE = "/2018-06-01/runtime"


class FunctionFailed(Exception):
    """The function raised an error, didn't start or doesn't answer."""


class Answered(NamedTuple):
    """What a function made of an event, and when the event went out and the answer came in (perf_counter)."""

    response: Any
    sent_at: float
    answered_at: float


class RuntimeApi:
    """One function's Runtime API, on a port of its own. Leaving the `with` block ends it."""

    def __init__(self) -> None:
        self._events: Queue[bytes] = Queue()
        self._outcomes: Queue[tuple[str, bytes, float]] = Queue()
        self._idle = threading.Event()  # the function waits for its next event
        self._sent_at = 0.0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """The value of AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_port}"

    def invoke(self, event: object, is_alive: Callable[[], bool], seconds: float = 60) -> Answered:
        """Hands an event to the function; returns when that waits for the next one. Raises FunctionFailed."""
        self._idle.clear()
        self._events.put(json.dumps(event).encode())
        deadline = time.monotonic() + seconds
        while True:
            try:
                kind, body, answered_at = self._outcomes.get(timeout=0.2)
                break
            except Empty:
                if not is_alive() or time.monotonic() > deadline:
                    raise FunctionFailed("it doesn't answer; see its log") from None
        if kind != "response":
            raise FunctionFailed(body.decode(errors="replace"))
        self._idle.wait(seconds)
        return Answered(json.loads(body or b"null"), self._sent_at, answered_at)

    def next_event(self) -> bytes:
        """Wait for an event."""
        if self._events.empty():
            self._idle.set()
        event = self._events.get()
        self._sent_at = time.perf_counter()
        return event

    def outcome(self, kind: str, body: bytes) -> None:
        """Take what came of an event: its kind is `response` or `error`."""
        self._outcomes.put((kind, body, time.perf_counter()))


def _handler_of(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            """Return the next invocation."""
            event = api.next_event()
            headers = {
                "Lambda-Runtime-Aws-Request-Id": "00000000-0000-4000-8000-000000000000",
                "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 25_000),
                "Lambda-Runtime-Invoked-Function-Arn": _ARN,
                "Lambda-Runtime-Trace-Id": _NOT_SAMPLED,
                "Content-Type": "application/json",
            }
            self._answer(200, headers, event)

        def do_POST(self) -> None:
            """Take a response or an error."""
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            api.outcome(self.path.removeprefix(_BEFORE).rpartition("/")[2], body)
            self._answer(202, {}, b'{"status":"OK"}')

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(body)}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            self.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name is the base class's
            """Log nothing."""

    return Handler
