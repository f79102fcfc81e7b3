"""Forms as they are posted: of several parts, and URL-encoded."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inbound_sms.errors import InvalidPayload
from inbound_sms.parsing.body import Form, charset_of, read_form, urlencoded_pairs

BOUNDARY = "XX-42"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
NAME = b'Content-Disposition: form-data; name="%s"'
FILE = b'Content-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg'


def part(head: bytes, value: bytes) -> bytes:
    return b"--XX-42\r\n" + head + b"\r\n\r\n" + value + b"\r\n"


def field(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    return part(NAME % name + more, value)


ONE = field(b"a", b"1")
END = b"--XX-42--\r\n"
LATIN9 = b"\r\nContent-Type: text/plain; charset=ISO-8859-15"


def read(body: bytes, content_type: str = MULTIPART) -> Form:
    return read_form(body, content_type, charset_of(content_type), "windows-1252")


READ: dict[str, tuple[bytes, str, dict[str, object]]] = {
    "nothing in it is encoded": (field(b"a", b"+39 &%20=") + field(b"b", b"") + END, "", {"a": "+39 &%20=", "b": ""}),
    "line ends, nearly a boundary": (field(b"a", b" x\r\n\r\n--XX\r\n") + END, "", {"a": " x\r\n\r\n--XX\r\n"}),
    "no field": (END, "", {}),
    "text around the parts": (b"a preamble\r\n" + ONE + END + b"an epilogue", "", {"a": "1"}),
    "the last line end missing": (ONE + END[:-2], "", {"a": "1"}),
    "a content type written in another way":
        (ONE + END, f'Multipart/Form-Data ; charset=utf-8; Boundary = "{BOUNDARY}"; x=y', {"a": "1"}),
    "a boundary beyond ASCII":
        ((ONE + END).replace(b"XX-42", "\u2013".encode()), "multipart/form-data; boundary=\u2013", {"a": "1"}),
    "no name": (part(b"Content-Disposition: form-data", b"1") + END, "", {"": "1"}),
    "a name beyond ASCII": (field("è".encode(), b"1") + END, "", {"è": "1"}),
    "a list":
        (field(b"a[]", b"1") + field(b"b", b"3") + field(b"a[]", b"2") + END, "", {"a[]": ["1", "2"], "b": "3"}),
    "the fallback charset": (field(b"a", b"caff\xe8") + END, "", {"a": "caffè"}),
    "the charset of the content type": (field(b"a", b"\xa4") + END, MULTIPART + "; charset=iso-8859-15", {"a": "€"}),
    "the charset that a part declares":
        (field(b"a", b"10 \xa4", LATIN9) + field(b"b", b"10 \xa4") + END, "", {"a": "10 €", "b": "10 ¤"}),
    "URL-encoded, whatever it says": (b"a=1&b=x+y", "", {"a": "1", "b": "x y"}),
    "a file changes no other field":
        (field(b"a", "è".encode()) + part(FILE, b"\xff\xd8\x00\x80") + END, "", {"a": "è", "photo": "ÿØ\x00€"}),
}  # fmt: skip
PRIVATE = field(b"a", b"private")
UNREADABLE = {
    "^the body is empty$": [b"", b" \r\n"],
    "^a field has two different values$": [ONE + PRIVATE + END],
    "ParserError": [
        PRIVATE, PRIVATE + b"--XX-42", PRIVATE[:-9], b"--XX-42\r\n" + NAME % b"private", b"--XX-42",  # it ends too soon
        part(b"X: private", b"private") + END, part(b"private", b"private") + END,
        part(b"Content-Disposition: attachment; name=a", b"private") + END,
        (PRIVATE + END).replace(b"\r\n", b"\n"),
    ],
    "ParserLimitReached": [
        field(b"a", b"1") * 1_001 + END,
        part((b"X-Private: 1\r\n" * 8) + NAME % b"a", b"private") + END,
        part(NAME % (b"private" * 1_000), b"1") + END,
    ],
}  # fmt: skip


@pytest.mark.parametrize(("body", "content_type", "payload"), READ.values(), ids=READ)
def test_a_multipart_form_is_read(body: bytes, content_type: str, payload: dict[str, object]) -> None:
    assert read(body, content_type or MULTIPART).payload == payload


@pytest.mark.parametrize("reason", UNREADABLE)
def test_a_damaged_form_is_unreadable_with_a_reason_that_quotes_nothing(reason: str) -> None:
    for body in UNREADABLE[reason]:
        with pytest.raises(InvalidPayload, match=reason) as caught:
            read(body)
        assert "private" not in str(caught.value)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary="',
        f"multipart/form-data; boundary={'x' * 71}", "multipart/form-data; boundary=another",
        "multipart/form-data; boundary=\ud800", "multipart/mixed; boundary=XX-42",
        "x; multipart/form-data; boundary=XX-42", "text/plain; boundary=XX-42", "",
    ],
)  # fmt: skip
def test_without_a_boundary_that_is_in_the_body_a_form_is_url_encoded(content_type: str) -> None:
    assert read(b"a=1&b=x+y", content_type).text == {"a": "1", "b": "x y"}
    assert "a" not in read(field(b"a", b"1") + END, content_type).text


@settings(max_examples=settings().max_examples // 3)
@given(
    st.lists(st.sampled_from([b"%", b"%4", b"%41", b"%e8", b"%zz", b"%u0041", b"&", b"=", b"+", b"a"]) | st.binary())
)
@example([b"a=%", b"%41", b"1"])
def test_a_url_encoded_form_is_read_as_by_the_standard_library(pieces: list[bytes]) -> None:
    body = b"x=1&" + b"".join(pieces)
    pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")

    assert urlencoded_pairs(body) == [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
