"""Serves the console on 127.0.0.1 while something else goes on."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

from gateway.console.app import Console
from gateway.console.board import Board
from gateway.console.feed import watching
from gateway.console.guard import Guard
from gateway.console.source import Watched
from gateway.local.engine import HOST, listen_on

_END_SECONDS = 5.0


@contextmanager
def served(watched: Watched, listener: socket.socket) -> Iterator[str]:
    """Serve while the `with` block lasts; return the address to open, which holds the key and is for nobody else."""
    port = listener.getsockname()[1]
    key = secrets.token_urlsafe(24)
    board = Board(watched.providers)
    app = Guard(Console(watched, board).app(), {f"{name}:{port}" for name in (HOST, "localhost")}, key)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            lifespan="off",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    with listener, watching(watched, board):
        thread.start()
        try:
            yield f"http://{HOST}:{port}/#{key}"
        finally:
            board.close()
            server.should_exit = True
            thread.join(_END_SECONDS)


def listen(port: int | None, wished: int | None = None) -> socket.socket:
    """Listen on a port of 127.0.0.1, or where none is given, on the wished one if it is free, else on any.

    Raises GatewayError where nobody can listen on the port that was given.
    """
    if port is not None:
        return listen_on(port, "--port {}")
    if wished is not None and wished <= 65_535:
        with suppress(OSError):
            return socket.create_server((HOST, wished))
    return socket.create_server((HOST, 0))
