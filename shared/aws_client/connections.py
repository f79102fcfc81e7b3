"""Kept-alive connections to AWS, each wait on them bounded in total, and certainty about what was sent.

What fails before a request was written to its end is NotSent: no server can have carried it out. What fails later is
AnswerLost. A server closes a connection that lies idle, and may do so in the moment in which we send: so none is used
again after long, or when something came on it meanwhile; and where that doesn't help, a request that may be repeated
is sent once more.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple

from aws_client.http1 import Answer, CutOff, Garbled, read_answer
from aws_client.tls import contexts
from inbound_sms.errors import AnswerLost, NotSent

_MAX_ANSWER_BYTES = 16 * 1_024 * 1_024
_MAX_ADDRESSES = 3  # of a name, tried one after the other, each for its share of the time
_MAX_IDLE = 20  # connections kept


class Endpoint(NamedTuple):
    """Where a service listens."""

    host: str
    port: int = 443
    tls: bool = True


class Limits(NamedTuple):
    """How long, in seconds, and how often: for a try to connect, then to send and to hear the whole answer; tries in
    all; how long a connection may lie idle. Where a request may not be sent twice, `repeatable` is false.
    """

    connect: float
    answer: float
    tries: int
    idle: float
    repeatable: bool = True


class Deadline:
    """A moment that a sequence of waits has in common."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Gives the seconds until then; raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def within(self, seconds: float) -> "Deadline":
        """Gives the moment so many seconds from now, or this one where it is earlier."""
        return Deadline(min(seconds, max(0.0, self._end - time.monotonic())))


class Connections:
    """The connections of one client, for threads side by side; the one used last is used first."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._idle: dict[Endpoint, list[_Connection]] = {}
        self._lock = Lock()

    def warm(self, endpoint: Endpoint) -> None:
        """Opens a connection and keeps it; raises NotSent."""
        self._keep(endpoint, _connected(endpoint, "connect", Deadline(self._limits.connect)))

    def exchange(self, endpoint: Endpoint, operation: str, request: bytes) -> Answer:
        """Sends a request and gives its answer; raises NotSent or AnswerLost, named after the operation."""
        limits = self._limits
        deadline = Deadline(limits.connect + limits.answer)
        if kept := self._take(endpoint):
            try:
                return self._on(kept, endpoint, operation, request, deadline)
            except NotSent:
                pass  # closed by the server while it lay idle
            except AnswerLost:
                if not (kept.hung_up and limits.repeatable):
                    raise
        connection = _connected(endpoint, operation, deadline.within(limits.connect))
        return self._on(connection, endpoint, operation, request, deadline)

    def _on(
        self, connection: "_Connection", endpoint: Endpoint, operation: str, request: bytes, deadline: Deadline
    ) -> Answer:
        reusable = False
        try:
            answer = connection.exchange(operation, request, deadline.within(self._limits.answer))
            reusable = answer.keep_alive
            return answer
        finally:
            if reusable:
                self._keep(endpoint, connection)
            else:
                connection.close()

    def _take(self, endpoint: Endpoint) -> "_Connection | None":
        while True:
            with self._lock:
                kept = self._idle.get(endpoint)
                connection = kept.pop() if kept else None
            if connection is None or connection.is_usable(self._limits.idle):
                return connection
            connection.close()

    def _keep(self, endpoint: Endpoint, connection: "_Connection") -> None:
        connection.idle_since = _clocks()
        with self._lock:
            kept = self._idle.setdefault(endpoint, [])
            kept.append(connection)
            oldest = kept.pop(0) if len(kept) > _MAX_IDLE else None
        if oldest:
            oldest.close()


@dataclass(slots=True)
class _Connection:
    sock: socket.socket
    hung_up: bool = False  # closed by the other side before a byte of the answer came
    idle_since: tuple[float, float] = field(default=(0.0, 0.0))

    def exchange(self, operation: str, request: bytes, deadline: Deadline) -> Answer:
        try:
            rest = memoryview(request)
            while rest:
                self.sock.settimeout(deadline.left())
                rest = rest[self.sock.send(rest) :]
        except OSError as error:
            raise NotSent(operation, type(error).__name__) from error
        heard = False

        def receive() -> bytes:
            nonlocal heard
            self.sock.settimeout(deadline.left())
            came = self.sock.recv(65_536)
            heard = heard or bool(came)
            return came

        try:
            return read_answer(receive, _MAX_ANSWER_BYTES)
        except (OSError, CutOff, Garbled) as error:
            self.hung_up = not heard and not isinstance(error, TimeoutError)
            raise AnswerLost(operation, type(error).__name__) from error

    def is_usable(self, max_idle: float) -> bool:
        """By both clocks: the one doesn't move while Lambda holds a function frozen, the other can be set."""
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
        """Of TLS, too: an answer is read in larger parts than its records are, so nothing waits inside of it."""
        socket_alone = select.poll()
        socket_alone.register(self.sock, select.POLLIN)
        return bool(socket_alone.poll(0))

    def close(self) -> None:
        self.sock.close()


def _clocks() -> tuple[float, float]:
    return time.monotonic(), time.time()


def _connected(endpoint: Endpoint, operation: str, deadline: Deadline) -> _Connection:
    try:
        if not endpoint.tls:
            return _Connection(_open(endpoint, deadline))
        refused: ssl.SSLCertVerificationError | None = None
        for context in contexts(endpoint.host):
            try:
                return _Connection(_secured(_open(endpoint, deadline), context, endpoint.host, deadline))
            except ssl.SSLCertVerificationError as error:
                refused = error
        raise refused or ssl.SSLError("nothing to verify the server by")
    except OSError as error:
        raise NotSent(operation, type(error).__name__) from error


def _secured(plain: socket.socket, context: ssl.SSLContext, host: str, deadline: Deadline) -> ssl.SSLSocket:
    try:
        plain.settimeout(deadline.left())
        return context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _open(endpoint: Endpoint, deadline: Deadline) -> socket.socket:
    addresses = _within(deadline, lambda: socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM))
    addresses = addresses[:_MAX_ADDRESSES]
    failure: OSError | None = None
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        plain = socket.socket(family, kind, protocol)
        try:
            plain.settimeout(deadline.left() / (len(addresses) - number))
            plain.connect(address)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            plain.close()
            failure = error
        else:
            return plain
    raise failure or OSError("a name without an address")


def _within(deadline: Deadline, look_up: Callable[[], Any]) -> Any:
    """Gives what a look-up gives; the resolver itself knows no time limit. One that hangs ends in the background."""
    results: SimpleQueue[Any] = SimpleQueue()

    def run() -> None:
        try:
            results.put(look_up())
        except OSError as error:
            results.put(error)
        except UnicodeError:
            results.put(OSError("no host name"))

    Thread(target=run, daemon=True).start()
    try:
        result = results.get(timeout=deadline.left())
    except Empty:
        raise TimeoutError from None
    if isinstance(result, OSError):
        raise result
    return result
