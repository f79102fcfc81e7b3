"""What the tests of connections share."""

import socket
from typing import Any

import pytest


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return how long each wait of a socket may take, in seconds, as they come."""
    told: list[float] = []

    def noting(name: str) -> Any:
        real = getattr(socket.socket, name)

        def noted(sock: socket.socket, *arguments: Any) -> Any:
            told.append(sock.gettimeout() or 0)  # None: one of the server's
            return real(sock, *arguments)

        return noted

    for name in ("connect", "send", "recv"):
        monkeypatch.setattr(socket.socket, name, noting(name))
    return told
