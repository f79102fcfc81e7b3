"""HTTP/1.1 as far as a client of AWS needs it: writing a request, and reading its response with http.client.

http.client by itself bounds each wait for bytes, not the whole response, and takes a response whose end nobody can
tell from its being cut off. Here a response has one deadline and one size limit, and a known end.
"""

import http.client
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple

from aws_client.deadline import Deadline
from aws_client.errors import IncompleteResponse, MalformedResponse

_MAX_BODY_BYTES = 16 * 1_024 * 1_024
_MAX_BYTES = _MAX_BODY_BYTES + 1_024 * 1_024  # with its headers, and the framing of its chunks
_RECEIVE_BYTES = 65_536  # more than a TLS record holds, so that nothing of one waits inside of the socket


class Response(NamedTuple):
    """A response; the names of its headers are in lower case. Where `keep_alive`, another request may follow."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    keep_alive: bool


def request_bytes(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a request as it is sent; raise ValueError where a header would break out of its line."""
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"content-length: {len(body)}")
    written = "".join(lines)
    if "\r" in written or "\n" in written:
        raise ValueError("a line break in a header")
    return b"".join(("\r\n".join(lines).encode("latin-1"), b"\r\n\r\n", body))


class ResponseStream:
    """What http.client reads one response from. It takes the place of the socket, and of the file made from it.

    All reads share a deadline and a size limit, and the end of the connection is an error: a response that is taken
    has ended before.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self.received = 0
        self.unread = bytearray()

    def makefile(self, _mode: str) -> "ResponseStream":
        return self

    def readline(self, limit: int) -> bytes:
        while (end := self.unread.find(b"\n", 0, limit)) < 0 and len(self.unread) < limit:
            self._receive()
        return self._take(limit if end < 0 else end + 1)

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MAX_BODY_BYTES:
            raise MalformedResponse("too large, or a chunk of negative size")
        while len(self.unread) < size:
            self._receive()
        return self._take(size)

    def flush(self) -> None:
        """Do nothing, as a file that is only read."""

    def close(self) -> None:
        """Do nothing: http.client closes its file after each response, and the socket stays open."""

    def _take(self, size: int) -> bytes:
        taken = bytes(self.unread[:size])
        del self.unread[:size]
        return taken

    def _receive(self) -> None:
        self._sock.settimeout(self._deadline.remaining())
        data = self._sock.recv(_RECEIVE_BYTES)
        if not data:
            raise IncompleteResponse
        self.received += len(data)
        if self.received > _MAX_BYTES:
            raise MalformedResponse("too large")
        self.unread += data


def read_response(stream: ResponseStream) -> Response:
    """Read one response. Raise OSError, IncompleteResponse or MalformedResponse."""
    sock: Any = stream
    response = http.client.HTTPResponse(sock)
    try:
        response.begin()
        _check(response)
        body = response.read()
    except (http.client.HTTPException, ValueError) as error:
        raise MalformedResponse(type(error).__name__) from error
    headers = {name.lower(): value.strip(" \t") for name, value in response.headers.items()}
    return Response(response.status, headers, body, not response.will_close and not stream.unread)


def _check(response: http.client.HTTPResponse) -> None:
    """Refuse what http.client takes, but what leaves in doubt where the response ends, or whether it is one."""
    headers = response.headers
    if headers.get_payload():
        raise MalformedResponse("a malformed header")
    if not 200 <= response.status < 600:
        raise MalformedResponse("an interim response, or a status that does not exist")
    if len(set(headers.get_all("content-length", ()))) > 1:
        raise MalformedResponse("more than one content-length")
    codings = headers.get_all("transfer-encoding", ())
    if [coding.lower() for coding in codings] not in ([], ["chunked"]):
        raise MalformedResponse("a transfer coding other than chunked")
    if not codings and response.length is None:
        raise MalformedResponse("no content-length: its end could not be told from its being cut off")
    if (response.length or 0) > _MAX_BODY_BYTES:
        raise MalformedResponse("too large")
