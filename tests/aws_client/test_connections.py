"""Connections to AWS: kept where that is safe, every wait bounded, and certainty about what was sent."""

import select
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
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

LIMITS = Limits(connect=20, response=20, attempts=1, idle=20)
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


# What happens to a request on a kept connection, and how many requests the server sees of it in the end, where it may
# be sent twice and where it may not. A response in part: the server was at work on it, so the caller decides.
@pytest.mark.parametrize(
    ("end", "seen", "seen_once"),
    [(hang_up, 2, 1), (reset, 2, 1), (then(b"HTTP/1.1 200 OK\r\n", hang_up), 1, 1),
     (then(answer(b"12345")[:-1], hang_up), 1, 1)],
    ids=["closed", "reset", "a part of the head", "a part of the body"],
)  # fmt: skip
def test_what_is_hung_up_on_is_sent_once_more_where_it_may_be(end: Step, seen: int, seen_once: int) -> None:
    for limits, expected in ((LIMITS, seen), (ONCE, seen_once)):
        with loopback(answer(b"1"), end, answer(b"2")) as server:
            pool = Connections(limits)
            send(pool, server)
            if expected == 2:
                assert send(pool, server) == b"2"
            else:
                with pytest.raises(ResponseLost):
                    send(pool, server)
        assert len(server.requests) == 1 + expected


@pytest.mark.parametrize(
    ("step", "slow"),
    [(hang_up, False), (reset, False), (then(b"HTTP/1.1 200 OK\r\n", hang_up), False),
     (then(answer(b"12345")[:-1], reset), False), (b"SSH-2.0-x\r\n\r\n", False),
     (answer(b"", 200, "Content-Length: 17000000"), False), (then(CHUNKS + b"ffffffff\r\n", hang_up), False),
     (hang, True), (then(b"HTTP/1.1 ", hang), True), (then(answer(b"12345")[:-1], hang), True),
     (dribble(answer(b"x" * 500)), True), (dribble(CHUNKS), True),
     (dribble(b"HTTP/1.1 100 Continue\r\n\r\n" * 500), True)],
    ids=["closed", "reset", "closed in the head", "reset in the body", "no HTTP", "huge", "huge chunk", "nothing",
         "a part of the head", "a part of the body", "slow", "slow chunks", "interim responses"],
)  # fmt: skip
@pytest.mark.parametrize("again", [False, True], ids=["new", "used again"])
def test_a_request_whose_response_is_lost_may_have_been_carried_out(step: Step, slow: bool, again: bool) -> None:
    """All of a response has one deadline. A slow server is there: what it was sent is never sent once more."""
    with loopback(*([answer()] if again else []), step) as server:
        pool = Connections(LIMITS if slow else ONCE)
        if again:
            send(pool, server)
        told = r"TimeoutError Any$" if slow else r" Any$"
        with impatient(pool) if slow else nullcontext(), pytest.raises(ResponseLost, match=told):
            send(pool, server)
        assert server.connections == 1
        assert send(pool, server) == b"{}", "the next request gets a connection of its own, and its own response"

    assert server.connections == 2


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


def test_threads_get_each_their_own_response() -> None:
    def ask(number: int) -> bool:
        body = f"{number:08}".encode()
        return send(pool, server, request_bytes("POST", "/", {"host": "h"}, body)) == body

    def echo_own(peer: Peer) -> None:
        peer.wfile.write(answer(peer.asked[-8:]))

    with loopback(last=echo_own) as server:
        pool = Connections(LIMITS)
        with ThreadPoolExecutor(10) as threads:
            assert all(threads.map(ask, range(200)))

    assert server.connections <= 10


def test_no_more_connections_are_kept_than_said() -> None:
    together = Barrier(25)

    def meet(peer: Peer) -> None:
        together.wait(20)
        peer.wfile.write(answer())

    with loopback(last=meet) as server:
        pool = Connections(LIMITS)
        with ThreadPoolExecutor(25) as threads:
            assert list(threads.map(lambda _: send(pool, server), range(25))) == [b"{}"] * 25
        assert len(pool._idle[server.address]) == 20
