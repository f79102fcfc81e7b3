"""AWS on loopback, in a process of its own: answers every call after a set delay and keeps a record of it.

    python -m bench.aws_stub DELAY_SECONDS

It prints its port, and ends when its standard input does. Paths under /-/ are for the benchmark: what is in force, and
what happened since the last time it asked.
"""

import asyncio
import json
import subprocess
import sys
import time
from http import HTTPStatus
from http.client import HTTPConnection
from select import select
from types import TracebackType
from typing import Any, Self

from bench.aws_services import Answer, Services
from bench.rounds import Call
from gateway.errors import GatewayError
from gateway.paths import ROOT

_HOST = "127.0.0.1"
_START_SECONDS = 30.0


class _Server:
    def __init__(self, delay_seconds: float) -> None:
        self.services = Services()
        self.calls: list[tuple[str, float, float, int]] = []
        self.delay = delay_seconds

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the requests of one connection, which is kept alive."""
        try:
            while True:
                method, path, headers, body = await _read(reader, writer)
                if path.startswith("/-/"):
                    answer = Answer("", json.dumps(self._about(path, body)).encode(), content_type="application/json")
                else:
                    answer = await self._aws(method, path, headers, body)
                writer.write(_written(answer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _aws(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        start = time.perf_counter()
        answer = self.services.answer(method, path, headers, body)
        await asyncio.sleep(self.delay - (time.perf_counter() - start))
        self.calls.append((answer.operation, start, time.perf_counter(), answer.units))
        return answer

    def _about(self, path: str, body: bytes) -> Any:
        match path:
            case "/-/parameters":
                self.services.parameters.update(json.loads(body))
            case "/-/record":
                record = {
                    "calls": self.calls,
                    "queued": self.services.queued,
                    "published": self.services.published,
                }
                self.calls, self.services.queued, self.services.published = [], [], []
                return record
        return None


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, str, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("expect") == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return method, path, headers, body


def _written(answer: Answer) -> bytes:
    headers = {
        "Content-Type": answer.content_type,
        "Content-Length": str(len(answer.body)),
        "x-amzn-RequestId": "00000000-0000-4000-8000-000000000000",
        **answer.headers,
    }
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + answer.body


async def _main(delay_seconds: float) -> None:
    served = await asyncio.start_server(_Server(delay_seconds).serve, _HOST, 0, limit=1 << 20)
    print(served.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)  # until who started us closes it, or is gone
    served.close()


class Record:
    """What happened at the stub since the last time."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.calls = [Call(*call) for call in record["calls"]]
        self.queued: list[str] = record["queued"]
        self.published: list[str] = record["published"]


class AwsStub:
    """The stub's process, as the benchmark sees it. Leaving the `with` block ends it."""

    def __init__(self, delay_seconds: float) -> None:
        self._command = [sys.executable, "-m", "bench.aws_stub", str(delay_seconds)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self._port = self._printed_port()
        except BaseException:
            self._process.kill()
            self._process.communicate()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=10)

    @property
    def endpoint(self) -> str:
        """Its address, for AWS_ENDPOINT_URL."""
        return f"http://{_HOST}:{self._port}"

    def set_parameters(self, parameters: dict[str, str]) -> None:
        """Store parameters in Parameter Store."""
        self._ask("parameters", parameters)

    def record(self) -> Record:
        """Return what happened since it was asked last, and forgets it; the table keeps its items."""
        return Record(self._ask("record"))

    def _printed_port(self) -> int:
        printed = self._process.stdout
        assert printed  # noqa: S101 - it is a pipe
        if not select([printed], [], [], _START_SECONDS)[0]:
            raise GatewayError(f"The benchmark's AWS (bench/aws_stub.py) did not start within {_START_SECONDS:g} s")
        line = printed.readline()
        if not line:
            raise GatewayError("The benchmark's AWS (bench/aws_stub.py) ended at its start; above is why")
        return int(line)

    def _ask(self, what: str, body: object = None) -> Any:
        connection = HTTPConnection(_HOST, self._port, timeout=10)
        try:
            connection.request("POST", f"/-/{what}", json.dumps(body))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


if __name__ == "__main__":
    asyncio.run(_main(float(sys.argv[1])))
