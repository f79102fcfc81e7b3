"""A request as the provider sent it: exact bytes, headers, JSON and forms."""

import gzip
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import Field

from bench.api_event import api_event
from inbound_sms.errors import InvalidPayload
from inbound_sms.parsing.fields import Identifier, Lenient, Payload, base64_of, read
from inbound_sms.parsing.request import Request, request_from_event
from inbound_sms.settings import ParseSettings


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


JSON = [
    (b'{"a":1}', "", {"a": 1}, "no content type"),
    (b' {"a":1}\r\n', "text/plain", {"a": 1}, "another content type"),
    (b'\xef\xbb\xbf{"a":1}', "application/json", {"a": 1}, "UTF-8 with a byte order mark"),
    ('{"a":"perché 👍"}'.encode(), "application/json", {"a": "perché 👍"}, "UTF-8"),
    (b'{"a":"caff\xe8"}', "application/json; charset=ISO-8859-1", {"a": "caffè"}, "declared ISO-8859-1"),
    (b'{"a":"caff\xe8"}', "application/json; charset=utf-8", {"a": "caffè"}, "ISO-8859-1 that says UTF-8"),
    ('{"a":"è"}'.encode("utf-16"), 'application/json; charset="UTF-16"', {"a": "è"}, "declared UTF-16"),
    ('{"a":"città 👋"}'.encode(), "application/json; charset=ISO-8859-1", {"a": "città 👋"}, "UTF-8, mislabelled"),
    ('{"a":"città"}'.encode(), "application/json; charset=koi8-r", {"a": "città"}, "UTF-8, labelled Cyrillic"),
    ('{"a":"città"}'.encode(), "application/json; charset=utf-16", {"a": "città"}, "UTF-8, labelled UTF-16"),
    ('{"a":"привет"}'.encode("koi8-r"), "application/json; charset=koi8-r", {"a": "привет"}, "Cyrillic, as labelled"),
    ('{"a":"città 👋","b":"'.encode() + b'Telef\xf3nica"}', "", {"a": "città 👋", "b": "Telefónica"}, "one stray byte"),
    ('{"a":"è"}'.encode("utf-16-le"), "application/json", {"a": "è"}, "UTF-16 without a byte order mark"),
    ('{"a":"è"}'.encode("utf-32"), "application/json", {"a": "è"}, "UTF-32"),
    (packed('{"a":"è"}'.encode()), "application/json", {"a": "è"}, "gzip that no header names"),
    (b'{"a":"caff\xc3\xa8"}', "application/json; charset=rot13", {"a": "caffè"}, "a codec that is no charset"),
    (b'{"a":"\\ud83d\\udc4d"}', "", {"a": "👍"}, "a pair of surrogates"),
    (b'{"a":"\\uD83D\\uDC4D"}', "", {"a": "👍"}, "a pair of surrogates in upper case"),
    (b'{"a":"x\\ud83dy"}', "", {"a": "x\ufffdy"}, "a first half alone"),
    (b'{"a":"x\\udc4d"}', "", {"a": "x\ufffd"}, "a second half alone"),
    (b'{"a":"\\uD83D"}', "", {"a": "\ufffd"}, "half a pair in upper case"),
    (b'{"a":"\\udc4d\\ud83d"}', "", {"a": "\ufffd\ufffd"}, "both halves the wrong way round"),
    (b'{"a":"\\ud83d\\ud83d\\udc4d"}', "", {"a": "\ufffd👍"}, "a half before a pair"),
    (b'{"\\ud83d":1}', "", {"\ufffd": 1}, "half a pair in a name"),
    (b'{"a":"\\\\ud83d"}', "", {"a": "\\ud83d"}, "a backslash and text that looks like half a pair"),
    (b'{"a":"\\u0000\\u001f\\uffff"}', "", {"a": "\x00\x1f\uffff"}, "control characters"),
    (b'{"a":1e999,"b":-1e999}', "", {"a": float("inf"), "b": -float("inf")}, "numbers too large for a float"),
    (b'{"a":NaN,"b":[Infinity]}', "", {"a": pytest.approx(float("nan"), nan_ok=True), "b": [float("inf")]}, "NaN"),
    (b'{"a":123456789012345678901234567890}', "", {"a": 123456789012345678901234567890}, "a long whole number"),
]

NOT_JSON = [
    (b"", "the body is empty"),
    (b" \r\n\t", "the body is empty"),
    (b'{"a":' + b"9" * 5_000 + b"}", "not JSON"),
    (b'{"a":' + b"[" * 300 + b"]" * 300 + b"}", "not JSON"),
    (b"[" * 200_000, "not JSON"),
    (b'{"a":' * 200_000, "not JSON"),
    (b'{"a":"private', "not JSON"),
    (b'{"a":private}', "not JSON"),
    (b'{"a":"\\private"}', "not JSON"),
    (b'{"a":"private\n"}', "not JSON"),
    (b"{'private':1}", "not JSON"),
    (b'{"a":1}{"private":2}', "not JSON"),
    (b"from=private&body=private", "not JSON"),
    (b"<root>private</root>", "not JSON"),
    (b"\xff\xfe\x00\xd8", "not JSON"),
    (b"\x00" * 1_000, "not JSON"),
    (b'"private"', "not a JSON object"),
    (b'[{"a":"private"}]', "not a JSON object"),
    (b"null", "not a JSON object"),
    (b"1e999", "not a JSON object"),
]

FORMS: list[tuple[bytes, str, dict[str, Any], str]] = [
    (b"a=1&b=two+words", "", {"a": "1", "b": "two words"}, "spaces as +"),
    (b"a=%2B39&b=%20x%0A", "", {"a": "+39", "b": " x\n"}, "percent-encoding"),
    (b"a=+39", "", {"a": " 39"}, "a + that was not encoded"),
    (b"a=1;b=2&c=x=y", "", {"a": "1;b=2", "c": "x=y"}, "separators that aren't any"),
    (b"a&b=&=c&&", "", {"a": "", "b": "", "": "c"}, "blank names and values"),
    (b"a=%&b=%zz&c=%4", "", {"a": "%", "b": "%zz", "c": "%4"}, "percent signs that mean nothing"),
    (b"a=caff%C3%A8", "", {"a": "caffè"}, "UTF-8"),
    (b"a=caff\xc3\xa8", "", {"a": "caffè"}, "UTF-8 that was not percent-encoded"),
    (b"a=caff%E8", "", {"a": "caffè"}, "the fallback charset"),
    (b"a=%A4", "; charset=iso-8859-15", {"a": "€"}, "the declared charset"),
    (b"a=%C3%A8&b=%E8", "", {"a": "è", "b": "è"}, "each field for itself"),
    (b"a=%C3%A8+%F0%9F%91&b=%C3%A8", "", {"a": "è \ufffd", "b": "è"}, "a character cut off at the end"),
    (b"a=%ED%A0%BD%ED%B1%8B+%C3%A8", "", {"a": "👋 è"}, "an emoji in CESU-8"),
    (b"%C3%A8=1", "", {"è": "1"}, "a name beyond ASCII"),
    (b"a=%00%EF%BF%BF", "", {"a": "\x00\uffff"}, "control characters"),
    (b"a[]=1&a[]=2&b=3&a[]=4", "", {"a[]": ["1", "2", "4"], "b": "3"}, "a list"),
    (b"a=1&b=3&a=1", "", {"a": "1", "b": "3"}, "a field that says the same twice"),
]


API = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"


class Sms(Payload):
    id: Identifier
    text: str | None = None
    parts: Lenient[int] = None
    inner: Lenient[Payload] = Field(default=None, alias="in")


class Envelope(Payload):
    payload: Sms


def of(event: object, **settings: Any) -> Request:
    received_at = datetime(2026, 1, 1, tzinfo=UTC)
    return request_from_event(
        event, provider="acme", received_at=received_at, delivery_id="d", settings=ParseSettings(**settings)
    )


def request(body: bytes, content_type: str = "", **said: Any) -> Request:
    return of(api_event("/acme", body, {"Content-Type": content_type}, **said))


# ---- Out of API Gateway's event --------------------------------------------------------------------------------------


def test_where_it_came_from_and_where_to_are_read() -> None:
    made = request(b"", method="get", query="a=1&b=%2B", path_secret="a-secret-of-the-path")

    assert made.source_ip == "192.0.2.1"
    assert (made.method, made.subpath, made.raw_query) == ("GET", "a-secret-of-the-path", "a=1&b=%2B")
    assert made.url == f"https://{API}/acme/a-secret-of-the-path?a=1&b=%2B"
    assert request(b"").url == f"https://{API}/acme"


@pytest.mark.parametrize("body", [b"a=+39&b=%E8", "caffè 👍".encode(), b"", b"\xff\xfe\x00", b"\r\n x \r\n"])
def test_a_base64_body_is_the_exact_bytes_that_were_sent(body: bytes) -> None:
    assert request(body).body == body


@pytest.mark.parametrize(
    ("body", "is_base64"),
    [("caffè 👍", False), ("", False), ("\ud800", False)]
    + [(body, True) for body in ("A", "AAAAA", "caffè", "\ud800")],
)
def test_text_and_what_is_said_to_be_base64_and_is_not_are_taken_as_utf_8(body: str, is_base64: bool) -> None:
    made = of({"body": body, "isBase64Encoded": is_base64, "headers": {"Content-Type": "Text/Plain"}})

    assert (made.body, made.content_type) == (body.encode("utf-8", "surrogatepass"), "text/plain")


# Nothing that API Gateway would hand over; an error would be answered 503.
NO_EVENTS: list[object] = [
    None, "", [], 1, {}, {"body": None, "headers": None, "pathParameters": None, "isBase64Encoded": True},
    {"body": {"a": 1}}, {"body": ["a"], "isBase64Encoded": True}, {"body": 1.5}, {"headers": "content-type"},
    {"headers": [["content-type", "a"]]}, {"headers": {"content-type": ["a"]}}, {"headers": {"content-type": None}},
    {"pathParameters": "secret"}, {"pathParameters": {"secret": {}}}, {"requestContext": "http"},
    {"requestContext": {"http": []}}, {"requestContext": {"http": {"sourceIp": 3221225985}}},
]  # fmt: skip


@pytest.mark.parametrize("event", NO_EVENTS, ids=ascii)
def test_an_event_without_body_or_headers_is_an_empty_request(event: object) -> None:
    made = of(event)

    assert (made.body, made.headers, made.path_parameters, made.content_type, made.charset) == (b"", {}, {}, "", None)
    assert (made.source_ip, made.url, made.subpath, made.method) == ("", "", "", "POST")


@pytest.mark.parametrize(
    ("header", "content_type", "charset"),
    [
        ("application/json", "application/json", None),
        ("Application/JSON;charset=UTF-8", "application/json", "UTF-8"),
        ("text/plain ; boundary=x; Charset = 'latin1' ; y=z", "text/plain", "latin1"),
        ('text/plain; charset="utf-8", text/html', "text/plain", "utf-8"),
        ("text/plain; charset=", "text/plain", None),
        ("; charset=utf-8", "", "utf-8"),
        (";;;" + "charset" * 10_000, "", None),
    ],
)
def test_the_content_type_is_read_with_and_without_parameters(
    header: str, content_type: str, charset: str | None
) -> None:
    made = request(b"", header)

    assert (made.content_type, made.charset) == (content_type, charset)


# ---- JSON ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "content_type", "value", "_why"), JSON, ids=[row[3] for row in JSON])
def test_json_is_read_whatever_the_content_type(
    body: bytes, content_type: str, value: dict[str, Any], _why: str
) -> None:
    assert request(body, content_type).json_object() == value


def test_json_nested_a_hundred_deep_is_read_and_no_deeper() -> None:
    """The fan-out reads the payload two levels down in an event, and must not fail on what was acknowledged."""
    assert request(b'{"a":' + b"[" * 98 + b"]" * 98 + b',"b":2}').json_object()["b"] == 2
    with pytest.raises(InvalidPayload, match=r"^nested more than 100 deep$"):
        request(b'{"a":' + b"[" * 101 + b"]" * 101 + b"}").json_object()


@pytest.mark.parametrize(("body", "reason"), NOT_JSON, ids=lambda value: ascii(value)[:30])
def test_what_is_no_json_object_is_unreadable_with_a_reason_that_quotes_nothing(body: bytes, reason: str) -> None:
    with pytest.raises(InvalidPayload, match=f"^{reason}") as caught:
        request(body, "application/json").json_object()

    assert "private" not in str(caught.value)


# ---- Forms and queries -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "suffix", "payload", "_why"), FORMS, ids=[row[3] for row in FORMS])
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "", "text/plain"])
def test_a_form_is_read_whatever_the_content_type(
    body: bytes, suffix: str, payload: dict[str, Any], _why: str, content_type: str
) -> None:
    assert request(body, content_type + suffix).form().payload == payload


def test_a_form_of_several_parts_is_read_by_the_boundary_in_its_content_type() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1&2\r\n--b--\r\n'
    assert request(body, "multipart/form-data; boundary=b").form().text == {"a": "1&2"}


@pytest.mark.parametrize("body", [b"a=1&a=2", b"a=&b=x&a=private", b"a=%E8&a=%C3%A8"])
def test_a_field_with_two_different_values_is_a_contradiction_and_no_choice(body: bytes) -> None:
    with pytest.raises(InvalidPayload, match=r"^a field has two different values$"):
        request(body).form()


@pytest.mark.parametrize(
    ("sent", "payload"),
    [
        (b"a=1&a=2&b=3", {"a": ["1", "2"], "b": "3"}),
        (b"a=1&a=1&a=2", {"a": ["1", "1", "2"]}),
        (b"a=1&b=3", {"a": "1", "b": "3"}),
    ],
)
def test_a_field_that_the_provider_repeats_is_a_list(sent: bytes, payload: dict[str, object]) -> None:
    assert request(sent).fields(lists=("a",)).payload == payload
    assert request(b"", method="GET", query=sent.decode()).fields(lists=("a",)).payload == payload
    with pytest.raises(InvalidPayload, match=r"^a field has two different values$"):
        request(b"b=1&b=2").fields(lists=("a",))


def test_a_form_in_no_known_charset_is_read_by_the_fallback_that_is_set() -> None:
    event = api_event("/acme", b"a=%A4", {})
    assert of(event, form_fallback_charset="iso-8859-15").form().text == {"a": "€"}


@pytest.mark.parametrize(
    ("sent", "values", "payload"),
    [
        (request(b'{"a":"1","b":[2]}'), {"a": "1", "b": [2]}, {"a": "1", "b": [2]}),
        (request(b"a=2", "application/json"), {"a": "2"}, {"a": "2"}),
        (request(b'{"a":"1"}', method="GET", query="a[]=+2&a[]=%E8"), {"a[]": "è"}, {"a[]": [" 2", "è"]}),
    ],
    ids=["JSON", "form", "query"],
)
def test_fields_are_read_wherever_they_stand(sent: Request, values: dict[str, Any], payload: dict[str, Any]) -> None:
    assert sent.fields() == (values, payload)


@pytest.mark.parametrize(
    ("sent", "of_query", "pairs"),
    [
        (request(b"b=1&a=%2B+2&b=3&c"), None, [("b", "1"), ("a", "+ 2"), ("b", "3"), ("c", "")]),
        (request(b"a=1", query="q=2"), None, [("a", "1")]),
        (request(b"a=1", query="q=2"), True, [("q", "2")]),
        (request(b"", method="GET", query="q=2&q=3"), None, [("q", "2"), ("q", "3")]),
        (request(b"\xff=%FF"), None, [("\ufffd", "\ufffd")]),
        (request(b""), None, []),
    ],
)
def test_the_pairs_that_a_signature_covers_come_in_order_and_never_raise(
    sent: Request, of_query: bool | None, pairs: list[tuple[str, str]]
) -> None:
    assert sent.pairs(of_query=of_query) == pairs


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_an_empty_form_is_unreadable(body: bytes) -> None:
    with pytest.raises(InvalidPayload, match=r"^the body is empty$"):
        request(body).form()


@pytest.mark.parametrize("body", [b"a=1&" * 1_001, b"&" * 1_001, b"a=1&" * 1_000_000])
def test_a_form_of_too_many_fields_is_unreadable(body: bytes) -> None:
    with pytest.raises(InvalidPayload, match=r"^a form of more than 1000 fields$"):
        request(body).form()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"a":"' + b"\\ud83d" * 40_000 + b'"}', "\ufffd" * 40_000),
        (b'{"a":"' + b"\\" * 120_000 + b'\\ud83d"}', "\\" * 60_000 + "\ufffd"),
        (b'{"a":"' + b"\\" * 120_000 + b'ud83d"}', "\\" * 60_000 + "ud83d"),
    ],
    ids=["halves", "backslashes and a half", "backslashes"],
)
def test_a_body_full_of_half_surrogates_is_read(body: bytes, text: str) -> None:
    assert request(body).json_object() == {"a": text}


# ---- Models of payloads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "payload"),
        ({"payload": "private"}, "payload"),
        ({"payload": {}}, "payload.id"),
        ({"payload": {"id": ""}}, "payload.id"),
        ({"payload": {"id": "private" * 100}}, "payload.id"),
        ({"payload": {"id": ["private"]}}, "payload.id"),
        ({"payload": {"id": "1", "text": {"private": 1}}}, "payload.text"),
    ],
)
def test_the_first_field_at_fault_is_named_and_its_content_is_not(payload: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPayload) as caught:
        read(Envelope, payload)

    assert caught.value.field == field
    assert "private" not in str(caught.value)


@pytest.mark.parametrize(
    ("sent", "standard"),
    [
        ("AB+/", "AB+/"), ("AB-_", "AB+/"), ("QUI=", "QUI="), ("QUI", "QUI="), ("QQ\r\n", "QQ=="), ("", ""),
        ("A", None), ("AB!CD", None), ("perché", None), ("QUI=QUI=", None),
    ],
)  # fmt: skip
def test_base64_is_read_url_safe_unpadded_or_in_lines(sent: str, standard: str | None) -> None:
    assert base64_of(sent) == standard


@pytest.mark.parametrize(
    ("body", "encoding", "content"),
    [
        (packed(b'{"a":1}'), "gzip", b'{"a":1}'),
        (packed(b"a=1"), "X-GZIP", b"a=1"),
        (b"a=1", "identity", b"a=1"),
        (b"\xef\xbb\xbfa=1", "", b"a=1"),
        (b"a=1", "gzip", "not gzip, as its content encoding says"),
        (b"a=1", "br", "a content encoding other than gzip"),
        (packed(b"private")[:-9], "gzip", "its gzip stream is cut off"),
        (packed(b"x" * 300_000), "gzip", "decompressed, it is larger than 262144 bytes"),
    ],
)
def test_a_compressed_body_is_read_up_to_the_limit(body: bytes, encoding: str, content: bytes | str) -> None:
    made = of(api_event("/acme", body, {"Content-Encoding": encoding}))

    if isinstance(content, bytes):
        assert made.content == content
    else:
        with pytest.raises(InvalidPayload, match=f"^{content}$"):
            _ = made.content
    assert made.body == body, "what a signature covers"


def test_a_request_in_a_log_shows_nothing_of_what_was_sent() -> None:
    assert repr(request(b"private", "private/private")) == "Request('acme', delivery_id='d')"


@pytest.mark.parametrize("parts", [None, "two", "", [], {}, float("inf"), 1.5])
def test_a_field_beside_the_message_rejects_nothing(parts: object) -> None:
    sms = read(Sms, {"id": 12345, "parts": parts, "in": parts, "a field of tomorrow": parts})

    assert (sms.id, sms.parts, sms.inner) == ("12345", None, Payload() if parts == {} else None)
