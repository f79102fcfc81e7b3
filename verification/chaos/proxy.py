"""Stands between the functions and the local engine, and lets things go wrong on the way."""

import http.client
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from gateway.local.engine import HOST
from verification.chaos.faults import NOT_CARRIED_OUT, Fault, Plan
from verification.chaos.journal import Entry, Journal
from verification.chaos.wire import Answer, all_published, read, refusal
from verification.chaos.workers import Workers

# How long the functions wait for an answer (aws_client), and how much longer "too late" is.
_PATIENCE = {"sns": 5.0}
_PATIENCE_ELSEWHERE = 2.0
_TOO_LATE = 1.0
_SURE = 0.9  # an answer that takes more of the patience than this may have come too late
_ENGINE_SECONDS = 30.0
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Proxy(ThreadingHTTPServer):
    """Hands requests on to an engine, as the plan allows, and writes the journal."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, engine: str, plan: Plan, workers: Workers) -> None:
        super().__init__((HOST, 0), _Handler)
        self.engine = urlsplit(engine).netloc
        self.plan = plan
        self.workers = workers
        self.journal = Journal()
        self.closing = threading.Event()

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    @contextmanager
    def serving(self) -> Iterator["Proxy"]:
        thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self.shutdown()
            self.server_close()
            thread.join(5)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: a worker that was killed can't hear."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Proxy

    def setup(self) -> None:
        super().setup()
        self._worker = self.server.workers.owner_of(self.client_address[1], self.server.server_port)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called
        """Keep silent: the journal has it."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        call = read(self.command, {name.lower(): value for name, value in self.headers.items()}, body)
        entry = Entry(call, self._worker, self.server.plan.next(call.service))
        self.server.journal.append(entry)
        try:
            self._serve(entry, body)
        finally:
            entry.over = True

    do_DELETE = do_GET = do_PUT = do_POST  # noqa: N815 - as they are called

    def _serve(self, entry: Entry, body: bytes) -> None:
        fault, patience = entry.fault, _PATIENCE.get(entry.call.service, _PATIENCE_ELSEWHERE)
        if fault is None:
            answer = self._ask_engine(entry, body)
            waits = not self._has_hung_up()
            self._answer(*answer)
            entry.heard = waits and monotonic() - entry.began < patience * _SURE
            return
        if fault is Fault.LATE:  # the client has gone by now, or goes when it hears of its own impatience
            self.server.closing.wait(patience + _TOO_LATE)
        if fault not in NOT_CARRIED_OUT:
            self._ask_engine(entry, body)
        if fault is Fault.SLOW:
            self.server.closing.wait(patience + _TOO_LATE)
        if fault in {Fault.REFUSED, Fault.THROTTLED, Fault.FAILED_AFTER}:
            self._answer(*refusal(entry.call.service, fault))
            return
        if fault in {Fault.KILLED_BEFORE, Fault.KILLED_AFTER} and self._worker:
            self.server.workers.kill(self._worker)
        self._cut()

    def _ask_engine(self, entry: Entry, body: bytes) -> Answer:
        connection = http.client.HTTPConnection(self.server.engine, timeout=_ENGINE_SECONDS)
        try:
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if entry.call.service == "sns" and response.status == 200 and not all_published(entry.call, content):
            raise NotImplementedError("the engine published a batch in part, which the journal can't express")
        entry.carried_out, entry.status = monotonic(), response.status
        kept = [(name, value) for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP]
        return response.status, kept, content

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _has_hung_up(self) -> bool:
        """Return whether the worker, tired of waiting, has closed its end: what is written then goes nowhere."""
        try:
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _cut(self) -> None:
        """Reset the connection: the other end gets an error, not an end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
