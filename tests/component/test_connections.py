"""Connections to AWS: kept where that is safe, every wait bounded, and sure to tell what may have been carried out."""

import select
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from aws_client.connections import Connections, Deadline, Endpoint, Limits
from aws_client.http1 import request_bytes

from aws_client import connections
from inbound_sms.errors import AnswerLost, NotSent
from tests.support.loopback import (
    Loopback,
    Peer,
    Step,
    answer,
    dribble,
    hang,
    hang_up,
    loopback,
    reset,
    then,
)

LIMITS = Limits(connect=20, answer=20, tries=1, idle=20)
ONCE = LIMITS._replace(repeatable=False)
SHORT = 0.4
REQUEST = request_bytes("POST", "/", {"host": "h"}, b"x")
LARGE = request_bytes("POST", "/", {"host": "h"}, b"x" * 20_000_000)
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 1_000


def send(pool: Connections, server: Loopback, request: bytes = REQUEST) -> bytes:
    return pool.exchange(server.endpoint, "Any", request).body


@contextmanager
def impatient(pool: Connections) -> Iterator[None]:
    """Lets it wait only shortly for what it sends and hears. It fails where any wait is allowed to take longer."""
    waits: list[float] = []

    def noting(real: Callable[..., Any]) -> Callable[..., Any]:
        def noted(sock: socket.socket, *arguments: Any) -> Any:
            waits.append(sock.gettimeout() or 0)  # None: one of the server's
            return real(sock, *arguments)

        return noted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_limits", LIMITS._replace(answer=SHORT))
        for name in ("send", "recv"):
            patch.setattr(socket.socket, name, noting(getattr(socket.socket, name)))
        yield
    assert 0 < max(waits) <= SHORT


def test_a_connection_is_used_again() -> None:
    with loopback(answer(b"1"), answer(b"2"), answer(b"3")) as server:
        pool = Connections(LIMITS)
        assert [send(pool, server) for _ in range(3)] == [b"1", b"2", b"3"]

    assert server.connections == 1
    assert server.requests == [REQUEST] * 3


@pytest.mark.parametrize(
    "first",
    [
        answer(b"1", 200, "Connection: close"),
        answer(b"1").replace(b"HTTP/1.1", b"HTTP/1.0"),
        answer(b"1") + answer(b"what nobody asked for"),
        then(answer(b"1"), hang_up),
        then(answer(b"1"), reset),
    ],
    ids=["told to close", "HTTP/1.0", "two answers", "closed after", "reset after"],
)
@pytest.mark.parametrize("limits", [LIMITS, ONCE], ids=["repeatable", "once"])
def test_a_connection_that_is_over_is_not_used_again(first: Step, limits: Limits) -> None:
    with loopback(first) as server:
        pool = Connections(limits)
        assert send(pool, server) == b"1"
        for kept in pool._idle.get(server.endpoint, []):  # until the end of the connection has reached us
            select.select([kept.sock], [], [], 20)
        assert send(pool, server) == b"{}"

    assert (server.connections, len(server.requests)) == (2, 2)


@pytest.mark.parametrize("end", [hang_up, reset])
def test_what_is_hung_up_on_when_used_again_is_sent_once_more(end: Step) -> None:
    with loopback(answer(b"1"), end, answer(b"2")) as server:
        pool = Connections(LIMITS)
        assert [send(pool, server), send(pool, server)] == [b"1", b"2"]

    assert (server.connections, len(server.requests)) == (2, 3)


@pytest.mark.parametrize("part", [b"HTTP/1.1 200 OK\r\n", answer(b"12345")[:-1]], ids=["head", "body"])
def test_what_is_answered_in_part_is_not_sent_once_more(part: bytes) -> None:
    """The server was at work on it; whether it is worth another try is for the caller to say."""
    with loopback(answer(), then(part, hang_up)) as server:
        pool = Connections(LIMITS)
        send(pool, server)
        with pytest.raises(AnswerLost):
            send(pool, server)

    assert len(server.requests) == 2


@pytest.mark.parametrize("end", [hang_up, reset])
def test_what_may_not_be_sent_twice_is_not(end: Step) -> None:
    with loopback(answer(b"1"), end) as server:
        pool = Connections(ONCE)
        send(pool, server)
        with pytest.raises(AnswerLost):
            send(pool, server)

    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "step",
    [hang_up, reset, then(b"HTTP/1.1 200 OK\r\n", hang_up), then(answer(b"12345")[:-1], reset), b"SSH-2.0-x\r\n\r\n",
     answer(b"", 200, "Content-Length: 17000000"), CHUNKS[:-3] + b"ffffffff\r\n"],
    ids=["closed", "reset", "closed in the head", "reset in the body", "no HTTP", "huge", "huge chunk"],
)  # fmt: skip
@pytest.mark.parametrize("again", [False, True], ids=["new", "used again"])
def test_an_answer_that_is_lost_may_have_been_carried_out(step: Step, again: bool) -> None:
    with loopback(*([answer()] if again else []), step) as server:
        pool = Connections(ONCE)
        if again:
            send(pool, server)
        with pytest.raises(AnswerLost) as caught:
            send(pool, server)
        assert str(caught.value).endswith(" Any")
        assert send(pool, server) == b"{}", "the next request gets a connection of its own"

    assert server.connections == 2


@pytest.mark.parametrize(
    "step",
    [hang, then(b"HTTP/1.1 ", hang), then(answer(b"12345")[:-1], hang), dribble(answer(b"x" * 500)), dribble(CHUNKS),
     dribble(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)],
    ids=["nothing", "a part of the head", "a part of the body", "slow", "slow chunks", "interim answers"],
)  # fmt: skip
@pytest.mark.parametrize("again", [False, True], ids=["new", "used again"])
def test_an_answer_is_waited_for_no_longer_than_said(step: Step, again: bool) -> None:
    with loopback(*([answer()] if again else []), step) as server:
        pool = Connections(LIMITS)
        if again:
            send(pool, server)
        with impatient(pool), pytest.raises(AnswerLost, match="TimeoutError Any"):
            send(pool, server)

    assert server.connections == 1, "it is not sent once more: the server is there, and slow"


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_ones() -> None:
    with loopback(hang) as server:
        pool = Connections(LIMITS)
        with impatient(pool), pytest.raises(AnswerLost):
            send(pool, server)
        assert send(pool, server) == b"{}"

    assert server.connections == 2, "whatever comes on the first one is heard by nobody"


def test_a_moment_within_one_that_has_passed_has_passed() -> None:
    with pytest.raises(TimeoutError):
        Deadline(0).within(5).left()


def test_what_was_not_written_to_its_end_was_surely_not_carried_out() -> None:
    """The server's system takes some of it, but the server reads none."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        endpoint = Endpoint("127.0.0.1", deaf.getsockname()[1], tls=False)
        pool = Connections(LIMITS)
        with impatient(pool), pytest.raises(NotSent, match="TimeoutError Any"):
            pool.exchange(endpoint, "Any", LARGE)


def test_what_is_taken_slowly_is_written_for_no_longer_than_said() -> None:
    """The server reads again and again: no wait is long, but all of them together."""
    over = Event()

    def sip(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        while not over.wait(0.005) and peer.recv(65_536):
            pass
        peer.close()

    with socket.create_server(("127.0.0.1", 0)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 131_072)
        Thread(target=sip, args=(slow,), daemon=True).start()
        endpoint = Endpoint("127.0.0.1", slow.getsockname()[1], tls=False)
        pool = Connections(LIMITS)
        with impatient(pool), pytest.raises(NotSent, match="TimeoutError Any"):
            pool.exchange(endpoint, "Any", LARGE)
        over.set()


@pytest.mark.parametrize("limits", [LIMITS, ONCE], ids=["repeatable", "once"])
def test_what_broke_while_it_was_written_is_sent_on_a_new_connection(
    monkeypatch: pytest.MonkeyPatch, limits: Limits
) -> None:
    """The first connection ends while it lies idle, and we notice only when we write."""
    with loopback(answer(b"1"), answer(b"2")) as server:
        pool = Connections(limits)
        send(pool, server)
        [kept] = pool._idle[server.endpoint]
        kept.sock.shutdown(socket.SHUT_WR)
        monkeypatch.setattr(connections._Connection, "is_usable", lambda *_: True)
        assert send(pool, server) == b"2"

    assert (server.connections, len(server.requests)) == (2, 2)


@pytest.mark.parametrize(
    ("now", "then_", "used_again"),
    [
        ((2.0, 2.0), (2.0, 2.0), True),
        ((5.0, 5.0), (2.0, 2.0), True),
        ((5.1, 5.1), (2.0, 2.0), False),
        ((2.1, 900.0), (2.0, 2.0), False),  # frozen: only one of the clocks went on
        ((900.0, 2.1), (2.0, 2.0), False),
        ((2.1, 1.0), (2.0, 2.0), False),  # set back
    ],
)
def test_what_lay_idle_for_long_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch, now: tuple[float, float], then_: tuple[float, float], used_again: bool
) -> None:
    with loopback() as server:
        pool = Connections(ONCE._replace(idle=3))
        monkeypatch.setattr(connections, "_clocks", lambda: then_)
        send(pool, server)
        monkeypatch.setattr(connections, "_clocks", lambda: now)
        send(pool, server)

    assert server.connections == (1 if used_again else 2)


def test_a_warmed_connection_is_used() -> None:
    with loopback() as server:
        pool = Connections(LIMITS)
        pool.warm(server.endpoint)
        send(pool, server)

    assert server.connections == 1


def test_threads_get_each_their_own_answer() -> None:
    def ask(number: int) -> bool:
        body = f"{number:08}".encode()
        return send(pool, server, request_bytes("POST", "/", {"host": "h"}, body)) == body

    def echo_own(peer: Peer) -> None:
        peer.sock.sendall(answer(own[id(peer)][-8:]))

    own: dict[int, bytes] = {}
    read = Peer.request

    def noting(peer: Peer) -> bytes:
        own[id(peer)] = read(peer)
        return own[id(peer)]

    with pytest.MonkeyPatch.context() as patch, loopback(last=echo_own) as server:
        patch.setattr(Peer, "request", noting)
        pool = Connections(LIMITS)
        with ThreadPoolExecutor(10) as threads:
            assert all(threads.map(ask, range(500)))

    assert server.connections <= 10


def test_no_more_connections_are_kept_than_said() -> None:
    together = Barrier(25)

    def meet(peer: Peer) -> None:
        together.wait(20)
        peer.sock.sendall(answer())

    with loopback(last=meet) as server:
        pool = Connections(LIMITS)
        with ThreadPoolExecutor(25) as threads:
            assert list(threads.map(lambda _: send(pool, server), range(25))) == [b"{}"] * 25
        assert len(pool._idle[server.endpoint]) == 20
