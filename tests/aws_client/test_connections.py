"""Connections to AWS: kept where that is safe, every wait bounded, and certainty about what was sent."""

import select
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from aws_client import connections
from aws_client.connecting import Address
from aws_client.connections import Connections, Limits
from aws_client.deadline import Deadline
from aws_client.errors import RequestNotSent, ResponseLost
from aws_client.http_messages import request_bytes
from tests.support.loopback import Loopback, Peer, Step, answer, dribble, hang, hang_up, loopback, reset, then

LIMITS = Limits(connect=20, response=20, attempts=1, idle=600)
ONCE = LIMITS._replace(repeatable=False)
SHORT = 0.4
REQUEST = request_bytes("POST", "/", {"host": "h"}, b"x")
LARGE = request_bytes("POST", "/", {"host": "h"}, b"x" * 20_000_000)
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 1_000
EITHER = pytest.mark.parametrize("limits", [LIMITS, ONCE], ids=["repeatable", "once"])


def send(pool: Connections, server: Loopback, request: bytes = REQUEST) -> bytes:
    return pool.exchange(server.address, "Any", request).body


@contextmanager
def impatient(pool: Connections) -> Iterator[None]:
    """Let it wait only shortly for what it sends and receives. It fails where any wait is allowed to take longer."""
    waits: list[float] = []

    def noting(real: Callable[..., Any]) -> Callable[..., Any]:
        def noted(sock: socket.socket, *arguments: Any) -> Any:
            waits.append(sock.gettimeout() or 0)  # None: one of the server's
            return real(sock, *arguments)

        return noted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_limits", LIMITS._replace(response=SHORT))
        for name in ("send", "recv"):
            patch.setattr(socket.socket, name, noting(getattr(socket.socket, name)))
        yield
    assert 0 < max(waits) <= SHORT


def test_a_connection_is_used_again() -> None:
    with loopback(answer(b"1"), answer(b"2"), answer(b"3")) as server:
        pool = Connections(LIMITS)
        pool.warm(server.address)
        assert [send(pool, server) for _ in range(3)] == [b"1", b"2", b"3"]
        [kept] = pool._idle[server.address]
        assert kept.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), "small requests are not held back"

    assert server.connections == 1
    assert server.requests == [REQUEST] * 3


@pytest.mark.parametrize(
    "first",
    [answer(b"1", 200, "Connection: close"), answer(b"1").replace(b"HTTP/1.1", b"HTTP/1.0"),
     answer(b"1") + answer(b"what nobody asked for"), then(answer(b"1"), hang_up), then(answer(b"1"), reset)],
    ids=["told to close", "HTTP/1.0", "two responses", "closed after", "reset after"],
)  # fmt: skip
@EITHER
def test_a_connection_that_is_over_is_not_used_again(first: Step, limits: Limits) -> None:
    with loopback(first) as server:
        pool = Connections(limits)
        assert send(pool, server) == b"1"
        for kept in pool._idle.get(server.address, []):  # until the end of the connection has reached us
            select.select([kept.sock], [], [], 20)
        assert send(pool, server) == b"{}"

    assert (server.connections, len(server.requests)) == (2, 2)


# What becomes of a request on a kept connection, and how many requests the server sees of it in the end, where it may
# be sent twice and where it may not. A response in part: the server was at work on it, so the caller decides.
ENDS: dict[str, tuple[Step, int, int]] = {
    "closed": (hang_up, 2, 1),
    "reset": (reset, 2, 1),
    "a part of the head": (then(b"HTTP/1.1 200 OK\r\n", hang_up), 1, 1),
    "a part of the body": (then(answer(b"12345")[:-1], reset), 1, 1),
    "no HTTP": (b"SSH-2.0-x\r\n\r\n", 1, 1),
    "huge": (answer(b"", 200, "Content-Length: 17000000"), 1, 1),
    "huge chunk": (then(CHUNKS + b"ffffffff\r\n", hang_up), 1, 1),
}


@pytest.mark.parametrize(("end", "seen", "seen_once"), ENDS.values(), ids=ENDS)
def test_what_is_hung_up_on_is_sent_once_more_where_it_may_be(end: Step, seen: int, seen_once: int) -> None:
    for limits, expected in ((LIMITS, seen), (ONCE, seen_once)):
        with loopback(answer(b"1"), end, answer(b"2")) as server:
            pool = Connections(limits)
            send(pool, server)
            if expected == 1:
                with pytest.raises(ResponseLost, match=r" Any$"):
                    send(pool, server)
            assert send(pool, server) == b"2", "it gets a connection of its own, and its own response"
        assert (server.connections, len(server.requests)) == (2, 3)


SLOW = {
    "nothing": hang,
    "a part of the head": then(b"HTTP/1.1 ", hang),
    "a part of the body": then(answer(b"12345")[:-1], hang),
    "slow": dribble(answer(b"x" * 500)),
    "slow chunks": dribble(CHUNKS),
    "interim responses": dribble(b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
}


@pytest.mark.parametrize("step", SLOW.values(), ids=SLOW)
def test_all_of_a_response_has_one_deadline_and_a_server_that_is_slow_is_never_sent_it_once_more(step: Step) -> None:
    with loopback(answer(), step) as server:
        pool = Connections(LIMITS)
        send(pool, server)
        with impatient(pool), pytest.raises(ResponseLost, match=r"TimeoutError Any$"):
            send(pool, server)

    assert (server.connections, len(server.requests)) == (1, 2)


def test_a_moment_within_one_that_has_passed_has_passed() -> None:
    with pytest.raises(TimeoutError):
        Deadline(0).within(5).remaining()


@pytest.mark.parametrize("bytes_read", [0, 65_536], ids=["nothing", "slowly"])
def test_what_was_not_written_to_its_end_was_surely_not_carried_out(bytes_read: int) -> None:
    """The server's system takes some of it. The server reads nothing, or again and again: only all waits are long."""
    over = Event()

    def sip(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        while not over.wait(0.005) and (not bytes_read or peer.recv(bytes_read)):
            pass
        peer.close()

    with socket.create_server(("127.0.0.1", 0)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 131_072)
        Thread(target=sip, args=(slow,), daemon=True).start()
        pool = Connections(LIMITS)
        with impatient(pool), pytest.raises(RequestNotSent, match="TimeoutError Any"):
            pool.exchange(Address("127.0.0.1", slow.getsockname()[1], tls=False), "Any", LARGE)
        over.set()


@EITHER
def test_what_broke_while_it_was_written_is_sent_on_a_new_connection(
    monkeypatch: pytest.MonkeyPatch, limits: Limits
) -> None:
    """The first connection ends while it lies idle, and we notice only when we write."""
    with loopback(answer(b"1"), answer(b"2")) as server:
        pool = Connections(limits)
        send(pool, server)
        [kept] = pool._idle[server.address]
        kept.sock.shutdown(socket.SHUT_WR)
        monkeypatch.setattr(connections._Connection, "is_usable", lambda *_: True)
        assert send(pool, server) == b"2"

    assert (server.connections, len(server.requests)) == (2, 2)


@pytest.mark.parametrize(
    ("now", "used_again"),
    [
        ((2.0, 2.0), True),
        ((5.0, 5.0), True),
        ((5.1, 5.1), False),
        ((2.1, 900.0), False),  # frozen: only one of the clocks went on
        ((900.0, 2.1), False),
        ((2.1, 1.0), False),  # set back
    ],
)
def test_what_lay_idle_for_long_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch, now: tuple[float, float], used_again: bool
) -> None:
    with loopback() as server:
        pool = Connections(ONCE._replace(idle=3))
        monkeypatch.setattr(connections, "_clocks", lambda: (2.0, 2.0))
        send(pool, server)
        monkeypatch.setattr(connections, "_clocks", lambda: now)
        send(pool, server)

    assert server.connections == (1 if used_again else 2)


def test_threads_get_each_their_own_response_and_no_more_connections_are_kept_than_said() -> None:
    together = Barrier(25)

    def meet(peer: Peer) -> None:
        together.wait(20)
        peer.wfile.write(answer(peer.asked[-8:]))

    def ask(number: int) -> bool:
        body = f"{number:08}".encode()
        return send(pool, server, request_bytes("POST", "/", {"host": "h"}, body)) == body

    with loopback(last=meet) as server:
        pool = Connections(LIMITS)
        with ThreadPoolExecutor(25) as threads:
            assert all(threads.map(ask, range(200)))
        assert len(pool._idle[server.address]) == 20

    assert server.connections < 200
