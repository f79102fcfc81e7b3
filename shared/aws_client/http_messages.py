"""HTTP/1.1 as far as a client of AWS needs it: writing a request, and reading its response with http.client.

http.client by itself bounds each wait for bytes, not the whole response, and takes a response whose end nobody can
tell from its being cut off. Here a response has one deadline and one size limit, and a known end.
"""

import http.client
import re
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple

from aws_client.deadline import Deadline
from aws_client.errors import IncompleteResponse, MalformedResponse

_MAX_BODY_BYTES = 16 * 1_024 * 1_024
_MAX_BYTES = _MAX_BODY_BYTES + 1_024 * 1_024  # with its headers, and the framing of its chunks
_MAX_LINE_BYTES = 65_536
_MAX_HEADERS = 100
_HEADER_NAME = re.compile("[!-9;-~]+")
_CONTINUE, _NO_CONTENT, _NOT_MODIFIED = 100, 204, 304
_BUFFER_BYTES = 65_536  # more than a TLS record holds, so that nothing of one waits inside of the socket


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
    """What http.client reads one response from: it takes the place of the socket, and of the file made from it.

    All that is received shares a deadline and a size limit, and its end before that of the response is an error.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self._received = bytearray()
        self._size = 0

    @property
    def has_begun(self) -> bool:
        """Whether a byte of the response has arrived."""
        return self._size > 0

    @property
    def has_more(self) -> bool:
        """Whether more has arrived than what was read."""
        return len(self._received) > 0

    def readline(self, limit: int) -> bytes:
        """Read a line, with the line break at its end; so many bytes where it is longer."""
        while (end := self._received.find(b"\n", 0, limit) + 1) == 0 and len(self._received) < limit:
            self._receive()
        return self._take(end or limit)

    def read(self, size: int | None = None) -> bytes:
        """Read so many bytes; refuse a size that a chunk can't have."""
        if size is None or not 0 <= size <= _MAX_BODY_BYTES:
            raise MalformedResponse("too large, or a chunk of negative size")
        while len(self._received) < size:
            self._receive()
        return self._take(size)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    def _receive(self) -> None:
        self._sock.settimeout(self._deadline.remaining())
        received = self._sock.recv(_BUFFER_BYTES)
        if not received:
            raise IncompleteResponse
        self._received += received
        self._size += len(received)
        if self._size > _MAX_BYTES:
            raise MalformedResponse("too large")

    def makefile(self, _mode: str) -> "ResponseStream":
        return self

    def flush(self) -> None:
        """Do nothing, as there is nothing to write."""

    def close(self) -> None:
        """Do nothing: http.client closes its file after each response, and the socket stays open."""


class _HttpResponse(http.client.HTTPResponse):
    """http.client's response with a head that is read more strictly, and without email's parser.

    That takes two thirds of the time of a response, for headers as mail has them: folded, and never refused. Here
    nothing may be in doubt about a header or about where the response ends.
    """

    def begin(self) -> None:
        """Read the status line and the headers; raise MalformedResponse."""
        status = _CONTINUE
        while status == _CONTINUE:
            version, status, _ = self._read_status()  # type: ignore[attr-defined]
            fields = self._read_fields()
        if not version.startswith("HTTP/1.") or not 200 <= status < 600:
            raise MalformedResponse("another version, an interim response, or a status that does not exist")
        self.status = status
        self.fields = dict(fields)
        self.will_close = version == "HTTP/1.0" or "close" in self.fields.get("connection", "").lower()
        self._begin_body(fields)

    def _read_fields(self) -> list[tuple[str, str]]:
        """Read the headers, with their names in lower case."""
        fields: list[tuple[str, str]] = []
        while (line := self.fp.readline(_MAX_LINE_BYTES)) not in (b"\r\n", b"\n"):
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or line[-1:] != b"\n" or not _HEADER_NAME.fullmatch(name) or len(fields) == _MAX_HEADERS:
                raise MalformedResponse("a malformed header, or too many")
            fields.append((name.lower(), value.strip(" \t\r\n")))
        return fields

    def _begin_body(self, fields: list[tuple[str, str]]) -> None:
        """Tell http.client how long the body is: the chunks count, not a length beside them."""
        codings = [value.lower() for name, value in fields if name == "transfer-encoding"]
        lengths = {value for name, value in fields if name == "content-length"}
        if len(lengths) > 1 or codings not in ([], ["chunked"]):
            raise MalformedResponse("more than one content-length, or a transfer coding other than chunked")
        self.chunked, self.chunk_left = bool(codings), None
        if self.chunked:
            self.length = None
        elif self.status in (_NO_CONTENT, _NOT_MODIFIED):
            self.length = 0
        elif (length := "".join(lengths)).isdecimal() and int(length) <= _MAX_BODY_BYTES:
            self.length = int(length)
        else:
            raise MalformedResponse("too large, or of no known length: its end could not be told from a cut")


def read_response(stream: ResponseStream) -> Response:
    """Read one response; raise OSError, IncompleteResponse or MalformedResponse."""
    sock: Any = stream
    response = _HttpResponse(sock)
    try:
        response.begin()
        body = response.read()
    except (http.client.HTTPException, ValueError) as error:
        raise MalformedResponse(type(error).__name__) from error
    finally:
        response.close()
    return Response(response.status, response.fields, body, not response.will_close and not stream.has_more)
