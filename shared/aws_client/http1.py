"""HTTP/1.1 as far as a client of AWS needs it (RFC 9112): writing a request, reading its answer.

The standard library's http.client bounds each wait for bytes, but not the whole answer, and doesn't tell whether a
connection was closed before the first byte of it or later; both matter here. It also costs 3 ms to import.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

_MAX_HEAD_BYTES = 65_536
_HEAD = re.compile(
    rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: [^\r\n]*)?"  # the status line
    rb"((?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*)*)"
)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?")


class Garbled(Exception):
    """What came is no HTTP/1.1 answer, or a larger one than anybody asked for."""


class CutOff(Exception):
    """The connection was closed in the middle of the answer, or before it began."""


class Answer(NamedTuple):
    """An answer; the names of its headers are in lower case. Where `keep_alive`, another request may follow."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    keep_alive: bool


def request_bytes(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Gives a request as it is sent; raises ValueError where a header would break out of its line."""
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"content-length: {len(body)}")
    written = "".join(lines)
    if "\r" in written or "\n" in written:
        raise ValueError("a line break in a header")
    return b"".join(("\r\n".join(lines).encode("latin-1"), b"\r\n\r\n", body))


def read_answer(receive: Callable[[], bytes], max_body_bytes: int) -> Answer:
    """Reads one answer. `receive` gives the next bytes, none where the connection was closed.

    Raises Garbled, CutOff and whatever `receive` raises.
    """
    buffer = _Buffer(receive)
    status, minor, headers = 100, 1, dict[str, str]()
    while status < 200:  # an interim answer is none
        status, minor, headers = _head(buffer.until(b"\r\n\r\n", _MAX_HEAD_BYTES))
    if status in (204, 304):
        body = b""
    elif "transfer-encoding" in headers:
        if headers["transfer-encoding"].lower() != "chunked":
            raise Garbled("another transfer coding than chunked")
        body = _chunked(buffer, max_body_bytes)
    elif "content-length" in headers:
        body = buffer.exactly(_length(headers["content-length"], max_body_bytes))
    else:
        raise Garbled("no length: its end could not be told from its being cut off")
    closes = "close" in headers.get("connection", "").lower()
    return Answer(status, headers, body, minor == 1 and not closes and not buffer.data)


def _head(head: bytes) -> tuple[int, int, dict[str, str]]:
    parts = _HEAD.fullmatch(head)
    if not parts:
        raise Garbled("no status line, or a malformed header")
    minor, status, fields = parts.groups()
    headers: dict[str, str] = {}
    for field in fields.decode("latin-1").split("\r\n")[1:]:
        name, _, value = field.partition(":")
        name, value = name.lower(), value.strip(" \t")
        if headers.get(name, value) != value and name in ("content-length", "transfer-encoding"):
            raise Garbled(f"more than one {name}")
        headers[name] = value
    return int(status), int(minor), headers


def _length(value: str, limit: int) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", value, re.ASCII):
        raise Garbled("a malformed content-length")
    if int(value) > limit:
        raise Garbled("too large")
    return int(value)


def _chunked(buffer: "_Buffer", limit: int) -> bytes:
    """RFC 9112, 7.1; what follows the last chunk (trailers) is dropped."""
    body = bytearray()
    while True:
        size = _CHUNK.fullmatch(buffer.until(b"\r\n", 1_024))
        if not size:
            raise Garbled("a malformed chunk")
        length = int(size[1], 16)
        if len(body) + length > limit:
            raise Garbled("too large")
        if not length:
            break
        body += buffer.exactly(length)
        if buffer.exactly(2) != b"\r\n":
            raise Garbled("a chunk that doesn't end where it should")
    trailers = 0
    while line := buffer.until(b"\r\n", _MAX_HEAD_BYTES):
        trailers += len(line)
        if trailers > _MAX_HEAD_BYTES:
            raise Garbled("too large")
    return bytes(body)


class _Buffer:
    """Bytes that came and were not read yet."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self.data = bytearray()

    def until(self, end: bytes, limit: int) -> bytes:
        """Gives what stands before `end`, and drops both."""
        seen = 0
        while (at := self.data.find(end, max(0, seen - len(end)))) < 0:
            seen = len(self.data)
            if seen > limit:
                raise Garbled("too large")
            self._more()
        taken = bytes(self.data[:at])
        del self.data[: at + len(end)]
        return taken

    def exactly(self, size: int) -> bytes:
        while len(self.data) < size:
            self._more()
        taken = bytes(self.data[:size])
        del self.data[:size]
        return taken

    def _more(self) -> None:
        came = self._receive()
        if not came:
            raise CutOff
        self.data += came
