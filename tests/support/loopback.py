"""A server on 127.0.0.1 that answers by a script: bytes, or something that goes wrong."""

import re
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Lock, Thread
from typing import Any

from aws_client.connecting import Address

Step = bytes | Callable[["Peer"], None]

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class Peer(StreamRequestHandler):
    """One connection as the server has it. `asked` is the last request; a step that raises an OSError ends it."""

    server: "Loopback"
    asked: bytes

    def setup(self) -> None:
        if self.server.context:
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        with suppress(OSError):
            while self._reads():
                step = self.server.step_for(self.asked)
                if isinstance(step, bytes):
                    self.wfile.write(step)
                else:
                    step(self)

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # without a farewell: whoever wants another end has said so

    def _reads(self) -> bool:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (line := self.rfile.readline()):
                return False
            head += line
        if b"100-continue" in head:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = _LENGTH.search(head)
        self.asked = head + self.rfile.read(int(length[1]) if length else 0)
        return True


class Loopback(ThreadingTCPServer):
    """`steps` are used up one a request, whatever connection it comes on; when none is left, each gets `last`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, steps: tuple[Step, ...], last: Step, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Peer)
        self.context = context
        self.requests: list[bytes] = []
        self.connections = 0
        self.stop = Event()
        self.port: int = self.server_address[1]
        self.address = Address("127.0.0.1", self.port, tls=False)
        self.url = f"http://127.0.0.1:{self.port}"
        self._steps = list(steps)
        self._last = last
        self._lock = Lock()

    def step_for(self, request: bytes) -> Step:
        with self._lock:
            self.requests.append(request)
            return self._steps.pop(0) if self._steps else self._last

    def verify_request(self, *_: Any) -> bool:
        self.connections += 1
        return True

    def handle_error(self, *_: Any) -> None:
        """Say nothing of a handshake that failed: that is what some tests are about."""


def answer(body: bytes = b"{}", status: int = 200, *headers: str) -> bytes:
    """Return an answer as it is sent."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def hang(peer: Peer) -> None:
    """Never answer; close at last, lest who waits without a limit waits for ever."""
    peer.server.stop.wait(60)
    raise ConnectionAbortedError


def hang_up(_peer: Peer) -> None:
    """Close instead of an answer."""
    raise ConnectionAbortedError


def reset(peer: Peer) -> None:
    """Close at once (TCP RST) instead of an answer."""
    peer.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionAbortedError


def then(sent: bytes, after: Callable[[Peer], None]) -> Step:
    """Send something, then something else happens."""

    def step(peer: Peer) -> None:
        peer.wfile.write(sent)
        after(peer)

    return step


def dribble(sent: bytes) -> Step:
    """Send a byte at a time: none is late, but all of them together."""

    def step(peer: Peer) -> None:
        for at in range(len(sent)):
            if peer.server.stop.wait(0.02):
                return
            peer.wfile.write(sent[at : at + 1])

    return step


@contextmanager
def loopback(*steps: Step, last: Step = answer(), context: ssl.SSLContext | None = None) -> Iterator[Loopback]:  # noqa: B008
    with Loopback(steps, last, context) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.stop.set()
            server.shutdown()
