"""Kept-alive connections to AWS, each wait on them bounded in total, and certainty about what was sent.

What fails before a request was written to its end is RequestNotSent: no server can have carried it out. What fails
later is ResponseLost. A server closes a connection that lies idle, and may do so at the moment of our sending: so none
is used again after long, or when something arrived on it meanwhile; and where that doesn't help, a request that may be
repeated is sent once more.
"""

import select
import socket
import ssl
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from aws_client.connecting import Address, open_socket
from aws_client.deadline import Deadline
from aws_client.errors import IncompleteResponse, MalformedResponse, RequestNotSent, ResponseLost
from aws_client.http_messages import Response, ResponseStream, read_response

_MAX_IDLE = 20  # connections kept


class Limits(NamedTuple):
    """How long, in seconds, and how often: for an attempt to connect, then to send and to receive the whole response;
    attempts in all; how long a connection may lie idle. Where a request may not be sent twice, `repeatable` is false.
    """

    connect: float
    response: float
    attempts: int
    idle: float
    repeatable: bool = True


class Connections:
    """The connections of one client, for threads side by side; the one used last is used first."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._idle: dict[Address, list[_Connection]] = {}
        self._lock = Lock()

    def warm(self, address: Address) -> None:
        """Open a connection and keep it; raise RequestNotSent."""
        deadline = Deadline(self._limits.connect)
        self._keep(address, _Connection(open_socket(address, "connect", deadline)))

    def exchange(self, address: Address, operation: str, request: bytes) -> Response:
        """Send a request and return its response; raise RequestNotSent or ResponseLost, named after the operation."""
        limits = self._limits
        deadline = Deadline(limits.connect + limits.response)
        if kept := self._take(address):
            try:
                return self._on(kept, address, operation, request, deadline)
            except RequestNotSent:
                pass  # closed by the server while it lay idle
            except ResponseLost:
                if not (kept.hung_up and limits.repeatable):
                    raise
        connection = _Connection(open_socket(address, operation, deadline.within(limits.connect)))
        return self._on(connection, address, operation, request, deadline)

    def _on(
        self, connection: "_Connection", address: Address, operation: str, request: bytes, deadline: Deadline
    ) -> Response:
        reusable = False
        try:
            response = connection.exchange(operation, request, deadline.within(self._limits.response))
            reusable = response.keep_alive
            return response
        finally:
            if reusable:
                self._keep(address, connection)
            else:
                connection.sock.close()

    def _take(self, address: Address) -> "_Connection | None":
        while True:
            with self._lock:
                kept = self._idle.get(address)
                connection = kept.pop() if kept else None
            if connection is None or connection.is_usable(self._limits.idle):
                return connection
            connection.sock.close()

    def _keep(self, address: Address, connection: "_Connection") -> None:
        connection.idle_since = _clocks()
        with self._lock:
            kept = self._idle.setdefault(address, [])
            kept.append(connection)
            oldest = kept.pop(0) if len(kept) > _MAX_IDLE else None
        if oldest:
            oldest.sock.close()


@dataclass(slots=True)
class _Connection:
    sock: socket.socket
    hung_up: bool = False  # closed by the other side before a byte of the response arrived
    idle_since: tuple[float, float] = field(default=(0.0, 0.0))

    def exchange(self, operation: str, request: bytes, deadline: Deadline) -> Response:
        try:
            rest = memoryview(request)
            while rest:
                self.sock.settimeout(deadline.remaining())
                rest = rest[self.sock.send(rest) :]
        except OSError as error:
            raise RequestNotSent(operation, type(error).__name__) from error
        stream = ResponseStream(self.sock, deadline)
        try:
            return read_response(stream)
        except (OSError, IncompleteResponse, MalformedResponse) as error:
            self.hung_up = not stream.has_begun and not isinstance(error, TimeoutError)
            raise ResponseLost(operation, type(error).__name__) from error

    def is_usable(self, max_idle: float) -> bool:
        """By both clocks: one stands still while Lambda holds a function frozen, the other can be set."""
        (monotonic, wall), (monotonic_then, wall_then) = _clocks(), self.idle_since
        if not (0 <= monotonic - monotonic_then <= max_idle and 0 <= wall - wall_then <= max_idle):
            return False
        if not self._is_readable():
            return True
        try:
            self.sock.settimeout(0)
            self.sock.recv(1)  # the end, or what nobody asked for
        except ssl.SSLWantReadError:  # TLS's own: a session ticket
            return True
        except OSError:
            pass
        return False

    def _is_readable(self) -> bool:
        """Of TLS, too: a response is read in larger parts than its records are, so nothing waits inside of it."""
        socket_alone = select.poll()
        socket_alone.register(self.sock, select.POLLIN)
        return bool(socket_alone.poll(0))


def _clocks() -> tuple[float, float]:
    return time.monotonic(), time.time()
