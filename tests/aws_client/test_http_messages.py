"""A response is read by http.client, in whatever pieces it arrives; what is in doubt is not taken for one."""

import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_client import http_messages
from aws_client.deadline import Deadline
from aws_client.errors import IncompleteResponse, MalformedResponse
from aws_client.http_messages import Response, ResponseStream, read_response, request_bytes

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LIMIT = 100

WHOLE: dict[str, tuple[bytes, int, bytes, bool]] = {
    "a length": (OK + b"Content-Length: 2\r\n\r\nhi", 200, b"hi", True),
    "the same length twice": (OK + b"Content-Length: 2\r\ncontent-length: 2\r\n\r\nhi", 200, b"hi", True),
    "as long as can be": (OK + b"Content-Length: 100\r\n\r\n" + b"x" * 100, 200, b"x" * 100, True),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    "chunks": (CHUNKED + b"2\r\nhi\r\n1;x=y\r\n!\r\n0\r\n\r\n", 200, b"hi!", True),
    "chunks and trailers": (CHUNKED + b"0a\r\n0123456789\r\n000\r\nX: y\r\n\r\n", 200, b"0123456789", True),
    "chunks count, not the length": (OK + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, b"",
                                     True),
    "to be closed": (OK + b"Content-Length: 2\r\nConnection: Close\r\n\r\nhi", 200, b"hi", False),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, b"hi", False),
    "100 before": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi", 200, b"hi", True),
}  # fmt: skip

MALFORMED: dict[str, bytes] = {
    "nothing of HTTP": b"220 smtp.example ESMTP\r\n\r\n",
    "HTTP/2": b"HTTP/2 200\r\n\r\n",
    "a status that does not exist": b"HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n",
    "an interim response": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
    "a space before the colon": OK + b"Content-Length: 0\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
    "a negative length": OK + b"Content-Length: -2\r\n\r\nhi",
    "no length": OK + b"\r\nhi",
    "too long": OK + b"Content-Length: 101\r\n\r\n",
    "too long in chunks": CHUNKED + b"32\r\n" + b"x" * 50 + b"\r\n" + (b"32\r\n" + b"x" * 50 + b"\r\n") * 30,
    "a chunk of negative size": CHUNKED + b"-1\r\nhi\r\n",
    "a chunk longer than it says": CHUNKED + b"1\r\nhi\r\n0\r\n\r\n",
    "an endless chunk size": CHUNKED + b"1;" + b"x" * 70_000,
    "two codings": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
    "endless trailers": CHUNKED + b"0\r\n" + b"A: b\r\n" * 1_000,
    "an endless header": OK + b"A: " + b"x" * 70_000,
    "endless headers": OK + b"A: b\r\n" * 200,
    "endless interim responses": b"HTTP/1.1 100 Continue\r\n\r\n" * 200,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_messages, "_MAX_BODY_BYTES", LIMIT)
    monkeypatch.setattr(http_messages, "_MAX_BYTES", 1_000)


class Pieces(io.BytesIO):
    """What arrives on a socket until the other side closes it, in pieces."""

    def __init__(self, wire: bytes, size: int) -> None:
        super().__init__(wire)
        self._size = size

    def settimeout(self, _seconds: float) -> None:
        """Do nothing: nothing here waits."""

    def recv(self, size: int) -> bytes:
        return self.read(min(size, self._size))


def read(wire: bytes, piece: int = 65_536) -> Response:
    sock: Any = Pieces(wire, piece)
    return read_response(ResponseStream(sock, Deadline(20)))


@pytest.mark.parametrize("piece", [1, 65_536])
@pytest.mark.parametrize("name", WHOLE)
def test_a_response(name: str, piece: int) -> None:
    wire, status, body, alive = WHOLE[name]
    response = read(wire, piece)
    assert (response.status, response.body, response.keep_alive) == (status, body, alive)


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_response(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name.startswith(("an endless", "endless headers")):  # http.client's own limits, of lines and of headers
        monkeypatch.setattr(http_messages, "_MAX_BYTES", 1_000_000)
    with pytest.raises(MalformedResponse):
        read(MALFORMED[name])


@pytest.mark.parametrize("name", WHOLE)
def test_a_response_that_is_cut_off_anywhere(name: str) -> None:
    wire = WHOLE[name][0]
    for end in range(len(wire)):
        with pytest.raises(IncompleteResponse):
            read(wire[:end])


def test_names_are_in_lower_case_and_values_trimmed_and_what_arrives_after_the_response_ends_the_connection() -> None:
    response = read(OK + b'X-Amzn-ErrorType: \t xa bx \t\r\nETag:"\xe9"\r\nContent-Length: 0\r\n\r\n' + OK)
    assert response.headers == {"x-amzn-errortype": "xa bx", "etag": '"é"', "content-length": "0"}
    assert not response.keep_alive


@given(st.binary(max_size=300) | st.binary(max_size=100).map(OK.__add__) | st.binary(max_size=100).map(CHUNKED.__add__))
def test_noise_is_a_response_or_an_error_that_is_known(wire: bytes) -> None:
    with suppress(MalformedResponse, IncompleteResponse):
        assert len(read(wire, 11).body) <= 1_000


def test_a_request() -> None:
    assert request_bytes("PUT", "/a%20b", {"host": "h:1", "x": "y"}, b"\x00\xff") == (
        b"PUT /a%20b HTTP/1.1\r\nhost: h:1\r\nx: y\r\ncontent-length: 2\r\n\r\n\x00\xff"
    )


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\r"])
def test_no_header_breaks_out_of_its_line(value: str) -> None:
    for target, headers in ((f"/{value}", {}), ("/", {"a": value})):
        with pytest.raises(ValueError, match="line break"):
            request_bytes("GET", target, headers, b"")
