"""A server on 127.0.0.1 that answers by a script: bytes, or something that goes wrong."""

import re
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

from aws_client.connecting import Address

Step = bytes | Callable[["Peer"], None]

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class Hangup(Exception):
    """The server ends this connection."""


class Peer:
    """One connection as the server has it."""

    def __init__(self, sock: socket.socket, stop: Event) -> None:
        self.sock = sock
        self.stop = stop
        self.asked = b""  # the last request
        self._buffer = b""

    def request(self) -> bytes:
        """Read a request; raises Hangup where there is no other."""
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, _ = self._buffer.partition(b"\r\n\r\n")
        if b"100-continue" in head:
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = _LENGTH.search(head)
        size = len(head) + 4 + (int(length[1]) if length else 0)
        while len(self._buffer) < size:
            self._more()
        self.asked, self._buffer = self._buffer[:size], self._buffer[size:]
        return self.asked

    def _more(self) -> None:
        came = self.sock.recv(65_536)
        if not came:
            raise Hangup
        self._buffer += came


class Loopback:
    """`steps` are used up one a request, whatever connection it comes on; when none is left, each gets `last`."""

    def __init__(self, steps: list[Step], last: Step, context: ssl.SSLContext | None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._steps = list(steps)
        self._last = last
        self._context = context
        self._stop = Event()
        self._lock = Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._peers: list[socket.socket] = []
        Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def address(self) -> Address:
        return Address("127.0.0.1", self.port, tls=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._stop.set()
        self._listener.close()
        for sock in self._peers:
            sock.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._peers.append(sock)
            Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            peer = Peer(self._context.wrap_socket(sock, server_side=True) if self._context else sock, self._stop)
            while True:
                request = peer.request()
                with self._lock:
                    self.requests.append(request)
                    step = self._steps.pop(0) if self._steps else self._last
                if isinstance(step, bytes):
                    peer.sock.sendall(step)
                else:
                    step(peer)
        except (Hangup, OSError):
            pass
        finally:
            (peer.sock if "peer" in locals() else sock).close()


def answer(body: bytes = b"{}", status: int = 200, *headers: str) -> bytes:
    """Return an answer as it is sent."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def hang(peer: Peer) -> None:
    """Never answers; closes at last, lest who waits without a limit waits for ever."""
    peer.stop.wait(60)
    raise Hangup


def hang_up(_peer: Peer) -> None:
    """Close instead of an answer."""
    raise Hangup


def reset(peer: Peer) -> None:
    """Close at once (TCP RST) instead of an answer."""
    peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Hangup


def then(sent: bytes, after: Callable[[Peer], None]) -> Step:
    """Send something, then something else happens."""

    def step(peer: Peer) -> None:
        peer.sock.sendall(sent)
        after(peer)

    return step


def dribble(sent: bytes) -> Step:
    """Send a byte at a time: none is late, but all of them together."""

    def step(peer: Peer) -> None:
        for at in range(len(sent)):
            if peer.stop.wait(0.02):
                return
            peer.sock.sendall(sent[at : at + 1])

    return step


@contextmanager
def loopback(*steps: Step, last: Step = answer(), context: ssl.SSLContext | None = None) -> Iterator[Loopback]:  # noqa: B008
    """Run a server."""
    server = Loopback(list(steps), last, context)
    try:
        yield server
    finally:
        server.close()
