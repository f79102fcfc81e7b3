"""Answers are read as RFC 9112 says, in whatever pieces they come; what is no answer is not taken for one."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from aws_client.http1 import Answer, CutOff, Garbled, read_answer, request_bytes
from hypothesis import given
from hypothesis import strategies as st

OK = b"HTTP/1.1 200 OK\r\n"

WHOLE: list[tuple[str, bytes, int, bytes, bool]] = [
    ("a length", OK + b"Content-Length: 2\r\n\r\nhi", 200, b"hi", True),
    ("a length of nothing", OK + b"Content-Length: 0\r\n\r\n", 200, b"", True),
    ("the same length twice", OK + b"Content-Length: 2\r\ncontent-length: 2\r\n\r\nhi", 200, b"hi", True),
    ("as long as can be", OK + b"Content-Length: 100\r\n\r\n" + b"x" * 100, 200, b"x" * 100, True),
    ("chunks as long as can be", OK + b"Transfer-Encoding: chunked\r\n\r\n10\r\n" + b"x" * 16 + b"\r\n54\r\n"
     + b"x" * 84 + b"\r\n0\r\n\r\n", 200, b"x" * 100, True),
    ("no reason", b"HTTP/1.1 400\r\nContent-Length: 2\r\n\r\nhi", 400, b"hi", True),
    ("an empty reason", b"HTTP/1.1 400 \r\nContent-Length: 2\r\n\r\nhi", 400, b"hi", True),
    ("no content", b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    ("not modified, with a length", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b"", True),
    ("chunks", OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1;x=y\r\n!\r\n0\r\n\r\n", 200, b"hi!", True),
    ("chunks and trailers", OK + b"Transfer-Encoding: Chunked\r\n\r\n0a\r\n0123456789\r\n000\r\nX: y\r\n\r\n", 200,
     b"0123456789", True),
    ("chunks count, not the length", OK + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, b"",
     True),
    ("to be closed", OK + b"Content-Length: 2\r\nConnection: Close\r\n\r\nhi", 200, b"hi", False),
    ("HTTP/1.0", b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, b"hi", False),
    ("interim answers before", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK
     + b"Content-Length: 2\r\n\r\nhi", 200, b"hi", True),
]  # fmt: skip

GARBLED: list[tuple[str, bytes]] = [
    ("nothing of HTTP", b"220 smtp.example ESMTP\r\n\r\n"),
    ("TLS", b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n"),
    ("HTTP/2", b"HTTP/2 200\r\n\r\n"),
    ("a status of four digits", b"HTTP/1.1 2000 OK\r\n\r\n"),
    ("a status of letters", b"HTTP/1.1 abc OK\r\n\r\n"),
    ("a folded header", OK + b"A: b\r\n c\r\nContent-Length: 0\r\n\r\n"),
    ("a header without a name", OK + b": b\r\n\r\n"),
    ("a space before the colon", OK + b"Content-Length : 2\r\n\r\nhi"),
    ("NUL in a header", OK + b"A: b\0c\r\n\r\n"),
    ("two lengths", OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!"),
    ("a negative length", OK + b"Content-Length: -2\r\n\r\nhi"),
    ("a length in hex", OK + b"Content-Length: 0x2\r\n\r\nhi"),
    ("a list of lengths", OK + b"Content-Length: 2, 2\r\n\r\nhi"),
    ("an empty length", OK + b"Content-Length:\r\n\r\n"),
    ("too long", OK + b"Content-Length: 101\r\n\r\n"),
    ("no length", OK + b"\r\nhi"),
    ("too long in chunks", OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"32\r\n" + b"x" * 50 + b"\r\n33\r\n"),
    ("a chunk of no size", OK + b"Transfer-Encoding: chunked\r\n\r\nhi\r\n"),
    ("a chunk of negative size", OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nhi\r\n"),
    ("a chunk longer than it says", OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nhi\r\n0\r\n\r\n"),
    ("a chunk that ends in something else", OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nhXX0\r\n\r\n"),
    ("an endless chunk size", OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 3_000),
    ("compressed", OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n"),
    ("two codings", OK + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("endless trailers", OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * 20_000 + b"\r\n"),
    ("an endless head", OK + b"A: " + b"x" * 70_000),
    ("an endless head, with an end", OK + b"A: " + b"x" * 200_000 + b"\r\n\r\n"),
]  # fmt: skip


def pieces(wire: bytes, size: int) -> Iterator[bytes]:
    yield from (wire[at : at + size] for at in range(0, len(wire), size))
    while True:
        yield b""


def read(wire: bytes, size: int = 65_536) -> Answer:
    return read_answer(pieces(wire, size).__next__, 100)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 65_536])
@pytest.mark.parametrize(("wire", "status", "body", "alive"), [c[1:] for c in WHOLE], ids=[c[0] for c in WHOLE])
def test_an_answer(wire: bytes, status: int, body: bytes, alive: bool, size: int) -> None:
    answer = read(wire, size)

    assert (answer.status, answer.body, answer.keep_alive) == (status, body, alive)


@pytest.mark.parametrize("size", [1, 65_536])
@pytest.mark.parametrize("wire", [c[1] for c in GARBLED], ids=[c[0] for c in GARBLED])
def test_what_is_no_answer(wire: bytes, size: int) -> None:
    with pytest.raises(Garbled):
        read(wire, size)


@pytest.mark.parametrize("wire", [c[1] for c in WHOLE])
def test_an_answer_cut_off_anywhere(wire: bytes) -> None:
    for end in range(len(wire)):
        with pytest.raises(CutOff):
            read(wire[:end])


def test_what_comes_after_the_answer_ends_the_connection() -> None:
    assert not read(OK + b"Content-Length: 2\r\n\r\nhi" + OK).keep_alive


def test_names_are_in_lower_case_and_values_trimmed() -> None:
    answer = read(OK + b'X-Amzn-ErrorType: \t xa bx \t\r\nETag:"\xe9"\r\nContent-Length: 0\r\n\r\n')

    assert answer.headers == {"x-amzn-errortype": "xa bx", "etag": '"é"', "content-length": "0"}


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda noise: OK + noise))
def test_noise_is_an_answer_or_an_error_that_is_known(wire: bytes) -> None:
    with suppress(Garbled, CutOff):
        assert len(read(wire, 11).body) <= 100


def test_a_request() -> None:
    assert request_bytes("PUT", "/a%20b", {"host": "h:1", "x": "y"}, b"\x00\xff") == (
        b"PUT /a%20b HTTP/1.1\r\nhost: h:1\r\nx: y\r\ncontent-length: 2\r\n\r\n\x00\xff"
    )


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\r"])
def test_no_header_breaks_out_of_its_line(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        request_bytes("GET", "/", {"a": value}, b"")
    with pytest.raises(ValueError, match="line break"):
        request_bytes("GET", f"/{value}", {}, b"")
