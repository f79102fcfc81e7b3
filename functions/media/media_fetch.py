"""Fetches a file from where a provider's link leads, and from nowhere else.

A host's name is looked up once; what is checked is what is connected to. Each redirect is checked like a first link,
and credentials go to the link's own host only. All of it has one deadline, and the file a size limit.
"""

import io
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any, NamedTuple

from aws_client.connecting import in_time
from aws_client.deadline import Deadline
from media_links import Link, NotFetched, Source, read_link, require_public

MAX_BYTES = 16 * 1_024 * 1_024  # an MMS has 5 MB at most; in memory, three times over (file, request, TLS)
_MAX_REDIRECTS = 3
_MAX_ADDRESSES = 3  # of a host, tried one after the other
_CONNECT_SECONDS = 5.0
_IDLE_SECONDS = 10.0
_CHUNK_BYTES = 65_536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSED = frozenset({401, 403})
_GONE = 410


class File(NamedTuple):
    """A file, and the type that the server gave it."""

    content: bytes
    declared_type: str | None


class _Refused(NotFetched):
    """The server wants other credentials."""


def addresses_of(host: str, deadline: Deadline) -> list[str]:
    """Return the addresses of a host, as text. Of IPv4 only: a function outside of a VPC has no other."""
    found: Any = in_time(deadline, lambda: socket.getaddrinfo(host, 443, socket.AF_INET, socket.SOCK_STREAM))
    return [where[0] for *_, where in found]


def dialled(address: str, deadline: Deadline) -> socket.socket:
    """Return a connection to an address, which is not looked up again."""
    return socket.create_connection((address, 443), timeout=deadline.remaining())


class _Stream(io.RawIOBase):
    """A socket as http.client reads it: each wait is limited, and all of them together by the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(min(self._deadline.remaining(), _IDLE_SECONDS))
        return self._sock.recv_into(buffer)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, _CHUNK_BYTES)


@dataclass(frozen=True)
class Fetcher:
    """Fetches files. `look_up` and `dial` are the network, `context` what a server is verified by."""

    look_up: Callable[[str, Deadline], Sequence[str]] = addresses_of
    dial: Callable[[str, Deadline], socket.socket] = dialled
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def fetch(self, url: str, source: Source, credentials: Sequence[str], deadline: Deadline) -> File:
        """Return the file at a link. Raises NotFetched.

        `credentials` are values of the header Authorization, tried one after the other while the server refuses.
        """
        link = read_link(url)
        source.check(link)
        *others, last = [*credentials] if credentials and source.trusts(link.host) else [None]
        for each in others:
            try:
                return self._followed(link, source, each, deadline)
            except _Refused:
                continue
        return self._followed(link, source, last, deadline)

    def _followed(self, first: Link, source: Source, authorization: str | None, deadline: Deadline) -> File:
        link = first
        for _ in range(_MAX_REDIRECTS + 1):
            source.check(link)
            found = self._asked(link, authorization if link.host == first.host else None, deadline)
            if isinstance(found, File):
                return found
            link = link.followed_by(found)
        raise NotFetched("too many redirects", final=True)

    def _asked(self, link: Link, authorization: str | None, deadline: Deadline) -> File | str:
        """Return the file, or where the server says that it is."""
        try:
            with self._connected(link.host, deadline) as sock:
                sock.sendall(_request(link, authorization))
                return _read(_Stream(sock, deadline))
        except TimeoutError as error:
            raise NotFetched("no answer in time") from error
        except (OSError, HTTPException, ValueError) as error:  # ValueError: a secret that no header carries
            raise NotFetched(f"connection failed: {type(error).__name__}") from error

    def _connected(self, host: str, deadline: Deadline) -> ssl.SSLSocket:
        addresses = [*dict.fromkeys(self.look_up(host, deadline.within(_CONNECT_SECONDS)))][:_MAX_ADDRESSES]
        require_public(addresses)
        failure: OSError = OSError("a name without an address")
        for address in addresses:
            try:
                plain = self.dial(address, deadline.within(_CONNECT_SECONDS))
            except OSError as error:
                failure = error
                continue
            try:
                plain.settimeout(deadline.within(_CONNECT_SECONDS).remaining())
                # An end without TLS's farewell is a cut, not the end of a file whose length nobody knows.
                return self.context.wrap_socket(plain, server_hostname=host, suppress_ragged_eofs=False)
            except BaseException:
                plain.close()
                raise
        raise failure


def _request(link: Link, authorization: str | None) -> bytes:
    headers = {"Host": link.host, "User-Agent": "inbound-sms", "Accept": "*/*", "Accept-Encoding": "identity"}
    headers |= {"Connection": "close"} | ({"Authorization": authorization} if authorization else {})
    lines = [f"GET {link.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _read(stream: Any) -> File | str:
    with HTTPResponse(stream, method="GET") as response:
        response.begin()
        status = response.status
        if status in _REDIRECTS:
            return response.headers.get("Location") or ""
        if status in _REFUSED:
            raise _Refused(f"refused with {status}")
        if status != 200:
            raise NotFetched(f"answered with {status}", final=status == _GONE)
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise NotFetched("compressed, although nobody asked for that", final=True)
        return File(_content(response), response.headers.get("Content-Type"))


def _content(response: HTTPResponse) -> bytes:
    if (response.length or 0) > MAX_BYTES:
        raise NotFetched("too large", final=True)
    content = bytearray()
    while chunk := response.read(_CHUNK_BYTES):
        content += chunk
        if len(content) > MAX_BYTES:
            raise NotFetched("too large", final=True)
    if response.length:  # so much is missing
        raise NotFetched("cut off")
    return bytes(content)
