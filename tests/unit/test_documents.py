"""Multipart forms: whatever the bytes are, they give a form or InvalidPayload, in bounded time."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inbound_sms.errors import InvalidPayload
from inbound_sms.parsing.body import Form, _urlencoded, charset_of, read_form

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
LATIN = b"\r\nContent-Type: text/plain; charset=ISO-8859-1"


def read(body: bytes, content_type: str = MULTIPART) -> Form:
    return read_form(body, content_type, charset_of(content_type), "windows-1252")


READ: dict[str, tuple[bytes, str, dict[str, object]]] = {
    "two fields": (ONE + field(b"b", b"two words") + END, MULTIPART, {"a": "1", "b": "two words"}),
    "text around the parts": (b"a preamble\r\n" + ONE + END + b"an epilogue", MULTIPART, {"a": "1"}),
    "nothing in it is encoded": (field(b"a", b"+39 &%20=") + END, MULTIPART, {"a": "+39 &%20="}),
    "line ends, nearly a boundary": (field(b"a", b" x\r\n\r\n--XX\r\n") + END, MULTIPART, {"a": " x\r\n\r\n--XX\r\n"}),
    "an empty field": (field(b"a", b"") + END, MULTIPART, {"a": ""}),
    "no field": (END, MULTIPART, {}),
    "a byte order mark": (b"\xef\xbb\xbf" + ONE + END, MULTIPART, {"a": "1"}),
    "a boundary beyond ASCII":
        ((ONE + END).replace(b"XX-42", "\u2013".encode()), "multipart/form-data; boundary=\u2013", {"a": "1"}),
    "the last line end missing": (ONE + END[:-2], MULTIPART, {"a": "1"}),
    "a content type written in another way":
        (ONE + END, f'Multipart/Form-Data ; charset=utf-8; Boundary = "{BOUNDARY}"; x=y', {"a": "1"}),
    "a header in another case": (part(b"content-DISPOSITION:form-data;name=a", b"1") + END, MULTIPART, {"a": "1"}),
    "no name": (part(b"Content-Disposition: form-data", b"1") + END, MULTIPART, {"": "1"}),
    "a name beyond ASCII": (field("è".encode(), b"1") + END, MULTIPART, {"è": "1"}),
    "repeated fields are all kept":
        (ONE + field(b"b", b"3") + field(b"a", b"2") + ONE + END, MULTIPART, {"a": ["1", "2", "1"], "b": "3"}),
    "the charset that a part declares":
        (field(b"a", b"\xc3\xa8", LATIN) + field(b"b", b"1") + END, MULTIPART, {"a": "Ã¨", "b": "1"}),
    "a charset that nobody knows":
        (field(b"a", b"caff\xc3\xa8", LATIN.replace(b"ISO-8859-1", b"hologram")) + END, MULTIPART, {"a": "caffè"}),
    "a file changes no other field":
        (field(b"a", "è".encode()) + part(FILE, b"\xff\xd8\x00\x80") + END, MULTIPART, {"a": "è", "photo": "ÿØ\x00€"}),
}  # fmt: skip

UNREADABLE = [
    (b"", "^the body is empty$", "nothing"),
    (field(b"a", b"private"), "ParserError", "the last boundary missing"),
    (part(b"X: private", b"private") + END, "ParserError", "a part without a disposition"),
    (part(b"Content-Disposition: attachment; name=a", b"private") + END, "ParserError", "another disposition"),
    (part(b"private", b"private") + END, "ParserError", "a header that is none"),
    ((field(b"a", b"private") + END).replace(b"\r\n", b"\n"), "ParserError", "line ends of one byte"),
    (field(b"a", b"1") * 1_001 + END, "ParserLimitReached", "more than 1000 fields"),
    (part((b"X-Private: 1\r\n" * 8) + NAME % b"a", b"private") + END, "ParserLimitReached", "nine headers"),
    (part(NAME % (b"private" * 1_000), b"1") + END, "ParserLimitReached", "a header of 7 kB"),
]


@pytest.mark.parametrize(("body", "content_type", "payload"), READ.values(), ids=READ)
def test_a_multipart_form_is_read(body: bytes, content_type: str, payload: dict[str, object]) -> None:
    assert read(body, content_type).payload == payload


def test_the_last_of_repeated_fields_counts_and_its_bytes_are_kept() -> None:
    form = read(field(b"a", b"1") + field(b"b", b"x") + field(b"a", b"\xe8") + END)

    assert form.text == {"a": "è", "b": "x"}
    assert form.raw == {"a": b"\xe8", "b": b"x"}


@pytest.mark.parametrize(("body", "reason", "_why"), UNREADABLE, ids=[why for *_, why in UNREADABLE])
def test_a_damaged_form_is_unreadable_with_a_reason_that_quotes_nothing(body: bytes, reason: str, _why: str) -> None:
    with pytest.raises(InvalidPayload, match=reason) as caught:
        read(body)

    assert "private" not in str(caught.value)


@pytest.mark.parametrize(
    "content_type",
    [
        MULTIPART, "multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary="',
        f"multipart/form-data; boundary={'x' * 71}", "multipart/form-data; boundary=another",
        "multipart/form-data; boundary=\ud800", "multipart/mixed; boundary=XX-42",
        "x; multipart/form-data; boundary=XX-42", "text/plain; boundary=XX-42", "",
    ],
)  # fmt: skip
def test_without_a_boundary_that_is_in_the_body_a_form_is_url_encoded(content_type: str) -> None:
    assert read(b"a=1&b=x+y", content_type).text == {"a": "1", "b": "x y"}
    if content_type != MULTIPART:
        assert "a" not in read(ONE + END, content_type).text


@given(st.lists(st.sampled_from([b"--XX-42", b"--", b"\r\n", b"\r\n\r\n", NAME % b"a", FILE, b"x"]) | st.binary()))
@example([field(b"a", b"1"), END])
def test_whatever_the_bytes_they_give_a_form_or_unreadable(pieces: list[bytes]) -> None:
    try:
        form = read(b"".join(pieces))
    except InvalidPayload:
        return
    assert form.raw.keys() == form.text.keys() == form.payload.keys()


@given(
    st.lists(st.sampled_from([b"%", b"%4", b"%41", b"%e8", b"%zz", b"%u0041", b"&", b"=", b"+", b"a"]) | st.binary())
)
@example([b"a=%", b"%41", b"1"])
def test_a_url_encoded_form_is_read_as_by_the_standard_library(pieces: list[bytes]) -> None:
    body = b"x=1&" + b"".join(pieces)
    pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")

    assert _urlencoded(body) == [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
