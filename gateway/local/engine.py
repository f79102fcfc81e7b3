"""The local engine: MiniStack, an AWS emulator in one package. The rest knows it by its endpoint only."""

import shutil
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from gateway.errors import GatewayError
from gateway.local import engine_start
from gateway.local.aws import REGION, LocalAws
from gateway.paths import ENGINE_PYTHON, shown
from gateway.process import Process

HOST = "127.0.0.1"
API_DOMAIN = "execute-api.localhost"  # an API's requests come with `Host: <id>.` before this
_START_SECONDS = 30.0
_USUAL_PORT = 4566


class Engine:
    """A running engine. Leaving the `with` block ends it, with every function that it runs.

    Raises GatewayError where nobody can listen on its port.
    """

    def __init__(self, port: int, work: Path) -> None:
        listen_on(port, "make run PORT={}").close()
        self.aws = LocalAws(f"http://{HOST}:{port}")
        self._temporary = work / "engine"
        shutil.rmtree(self._temporary, ignore_errors=True)  # an engine that was killed could not tidy up
        self._temporary.mkdir(parents=True)
        environment = self.aws.environment | {
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            "IOT_MTLS_ENABLED": "0",  # would open a port of its own, on every interface
            "SFTP_ENABLED": "0",
            "STATE_DIR": str(self._temporary / "state"),
            "TMPDIR": str(self._temporary),
            "PYTHONUNBUFFERED": "1",
        }
        command = [str(ENGINE_PYTHON), "-P", engine_start.__file__]  # instead of `-m ministack`
        self._process = Process(command, environment, work / "engine.log")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.stop()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def wait_until_ready(self) -> None:
        """Return when the engine answers; raises GatewayError where it ends or take too long."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.ended_within(0.05) is not None:
                raise GatewayError(f"The local engine ended: {self._process.last_words}")
            if time.monotonic() > deadline:
                raise GatewayError(
                    f"The local engine did not come up in {_START_SECONDS:.0f} s: {self._process.last_words}"
                )

    def require_running(self) -> None:
        """Raise GatewayError where the engine has ended."""
        if self._process.ended_within(0) is not None:
            raise GatewayError(f"The local engine has ended; its log is {shown(self._process.log)}")

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.aws.endpoint}/_ministack/health", timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False


def free_port() -> int:
    """Return a port that nobody uses at the moment."""
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def listen_on(port: int, choice: str) -> socket.socket:
    """Listen on a port; raises GatewayError where nobody can, with another one in place of the {} of `choice`."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        denied = isinstance(error, PermissionError)
        why = "not for ordinary users; choose" if denied else "taken; end what uses it, or choose"
        raise GatewayError(f"Port {port} is {why} another: {choice.format(_spare_port())}") from None


def _spare_port() -> int:
    """Return a port that is free, as is the next one, where the console of a local stack listens."""
    free = (port for port in range(_USUAL_PORT, 65_535, 2) if _is_free(port) and _is_free(port + 1))
    return next(free, _USUAL_PORT)


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True
