"""A new connection to AWS: by one of a name's addresses, and never waited for longer than said."""

import socket
from threading import Event
from typing import Any
from unittest.mock import Mock

import pytest

from aws_client.connecting import Address
from aws_client.connections import Connections
from aws_client.errors import RequestNotSent
from tests.aws_client.test_connections import LIMITS, REQUEST
from tests.support.loopback import loopback


def addresses(*ports: int) -> Any:
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    return lambda *_, **__: [(*kind, ("127.0.0.1", port)) for port in ports]


def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback() as server:
        monkeypatch.setattr(socket, "getaddrinfo", addresses(9, server.port))
        Connections(LIMITS).exchange(Address("sqs.example", 80, tls=False), "Any", REQUEST)
        monkeypatch.setattr(socket, "getaddrinfo", addresses(9, 9, 9, server.port))
        with pytest.raises(RequestNotSent, match=r"^ConnectionRefusedError connect$"):
            Connections(LIMITS).warm(Address("sqs.example", 80, tls=False))

    assert len(server.requests) == 1


def test_each_address_is_tried_for_its_share_of_the_time(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses(9, 9, 9))
    with pytest.raises(RequestNotSent):
        Connections(LIMITS._replace(connect=600)).exchange(Address("a", 80, tls=False), "Any", b"x")
    assert waits == pytest.approx([200, 300, 600], abs=50)


def test_a_look_up_that_hangs_takes_no_longer_than_a_connection_may(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(20))
    with pytest.raises(RequestNotSent, match="TimeoutError Any"):
        Connections(LIMITS._replace(connect=0.3)).exchange(Address("sqs.example"), "Any", REQUEST)
    over.set()


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Mock(side_effect=socket.gaierror(-2, "Name or service not known")), "gaierror Any"),
        (Mock(side_effect=UnicodeError("too long")), "OSError Any"),
        (addresses(), "OSError Any"),
    ],
)
def test_a_name_without_an_address(monkeypatch: pytest.MonkeyPatch, found: Any, told: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", found)
    with pytest.raises(RequestNotSent, match=f"^{told}$"):
        Connections(LIMITS).exchange(Address("sqs.example"), "Any", REQUEST)
