"""A request as the provider sent it: exact bytes, headers, JSON and forms."""

import gzip
from datetime import UTC, datetime
from typing import Any

import pytest

from bench.api_event import api_event
from inbound_sms.errors import InvalidPayload
from inbound_sms.parsing.fields import base64_of
from inbound_sms.parsing.request import Request, request_from_event
from inbound_sms.settings import ParseSettings


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


JSON: dict[str, tuple[bytes, str, dict[str, Any]]] = {
    "no content type": (b'{"a":1}', "", {"a": 1}),
    "another content type": (b' {"a":1}\r\n', "text/plain", {"a": 1}),
    "a byte order mark": (b'\xef\xbb\xbf{"a":1}', "application/json", {"a": 1}),
    "as labelled": ('{"a":"привет"}'.encode("koi8-r"), "application/json; charset=koi8-r", {"a": "привет"}),
    "mislabelled": ('{"a":"città 👋"}'.encode(), "application/json; charset=utf-16", {"a": "città 👋"}),
    **{codec: ('{"a":"è"}'.encode(codec), "", {"a": "è"}) for codec in (
        "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
    )},
    "gzip that no header names": (packed('{"a":"è"}'.encode()), "application/json", {"a": "è"}),
    "pairs of surrogates": (b'{"a":"\\ud83d\\udc4d\\uD83D\\uDC4D"}', "", {"a": "👍👍"}),
    "a first half alone": (b'{"a":"x\\ud83dy"}', "", {"a": "x\ufffdy"}),
    "a second half alone": (b'{"a":"x\\udc4d"}', "", {"a": "x\ufffd"}),
    "half a pair in upper case": (b'{"a":"\\uD83D"}', "", {"a": "\ufffd"}),
    "both halves the wrong way round": (b'{"a":"\\udc4d\\ud83d"}', "", {"a": "\ufffd\ufffd"}),
    "a half before a pair": (b'{"a":"\\ud83d\\ud83d\\udc4d"}', "", {"a": "\ufffd👍"}),
    "half a pair in a name": (b'{"\\ud83d":1}', "", {"\ufffd": 1}),
    "text that looks like half a pair": (b'{"a":"\\\\ud83d"}', "", {"a": "\\ud83d"}),
    "many halves": (b'{"a":"' + b"\\ud83d" * 40_000 + b'"}', "", {"a": "\ufffd" * 40_000}),
    "many backslashes": (b'{"a":"' + b"\\" * 120_000 + b'\\ud83d"}', "", {"a": "\\" * 60_000 + "\ufffd"}),
    "control characters": (b'{"a":"\\u0000\\u001f\\uffff"}', "", {"a": "\x00\x1f\uffff"}),
    "numbers too large for a float": (b'{"a":1e999,"b":-1e999}', "", {"a": float("inf"), "b": -float("inf")}),
    "NaN": (b'{"a":NaN,"b":[Infinity]}', "", {"a": pytest.approx(float("nan"), nan_ok=True), "b": [float("inf")]}),
    "a long whole number": (b'{"a":123456789012345678901234567890}', "", {"a": 123456789012345678901234567890}),
}  # fmt: skip
NOT_JSON = {
    "the body is empty": [b"", b" \r\n\t"],
    "not JSON": [
        b'{"a":' + b"9" * 5_000 + b"}", b"[" * 200_000, b'{"a":' * 200_000, b'{"a":"private', b'{"a":private}',
        b'{"a":"\\private"}', b'{"a":"private\n"}', b"{'private':1}", b'{"a":1}{"private":2}',
        b"from=private&body=private", b"<root>private</root>", b"\xff\xfe\x00\xd8", b"\x00" * 1_000,
    ],
    "not a JSON object": [b'"private"', b'[{"a":"private"}]', b"null", b"1e999"],
    "nested more than 100 deep": [b'{"a":' + b"[" * 101 + b"]" * 101 + b"}"],
}  # fmt: skip
FORMS: dict[str, tuple[bytes, str, dict[str, Any]]] = {
    "spaces as +": (b"a=1&b=two+words", "", {"a": "1", "b": "two words"}),
    "percent-encoding": (b"a=%2B39&b=%20x%0A&%C3%A8=%00", "", {"a": "+39", "b": " x\n", "è": "\x00"}),
    "a + that was not encoded": (b"a=+39", "", {"a": " 39"}),
    "separators that aren't any": (b"a=1;b=2&c=x=y", "", {"a": "1;b=2", "c": "x=y"}),
    "blank names and values": (b"a&b=&=c&&", "", {"a": "", "b": "", "": "c"}),
    "percent signs that mean nothing": (b"a=%&b=%zz&c=%4", "", {"a": "%", "b": "%zz", "c": "%4"}),
    "the declared charset": (b"a=%A4", "; charset=iso-8859-15", {"a": "€"}),
    "each field for itself": (b"a=%C3%A8&b=%E8&c=\xc3\xa8", "", {"a": "è", "b": "è", "c": "è"}),
    "a list": (b"a[]=1&a[]=2&b=3&a[]=4", "", {"a[]": ["1", "2", "4"], "b": "3"}),
    "a field that says the same twice": (b"a=1&b=3&a=1", "", {"a": "1", "b": "3"}),
}


def of(event: object, **settings: Any) -> Request:
    received_at = datetime(2026, 1, 1, tzinfo=UTC)
    return request_from_event(
        event, provider="acme", received_at=received_at, delivery_id="d", settings=ParseSettings(**settings)
    )


def request(body: bytes, content_type: str = "", **said: Any) -> Request:
    return of(api_event("/acme", body, {"Content-Type": content_type}, **said))


# ---- Out of API Gateway's event --------------------------------------------------------------------------------------


def test_a_body_is_the_exact_bytes_that_were_sent_and_text_or_what_is_no_base64_is_taken_as_utf_8() -> None:
    for sent in (b"a=+39&b=%E8", "caffè 👍".encode(), b"", b"\xff\xfe\x00", b"\r\n x \r\n"):
        assert request(sent).body == sent
    for text, is_base64 in (("caffè 👍", False), ("\ud800", False), ("AAAAA", True), ("caffè", True), ("\ud800", True)):
        assert of({"body": text, "isBase64Encoded": is_base64}).body == text.encode("utf-8", "surrogatepass")


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
        ("Application/JSON;charset=UTF-8", "application/json", "UTF-8"),
        ("text/plain ; boundary=x; Charset = 'latin1' ; y=z", "text/plain", "latin1"),
        ('text/plain; charset="utf-8", text/html', "text/plain", "utf-8"),
        ("text/plain; charset=", "text/plain", None),
        ("; charset=utf-8", "", "utf-8"),
        (";;;" + "charset" * 10_000, "", None),
    ],
    ids=range(6),
)
def test_the_content_type_is_read_with_and_without_parameters(
    header: str, content_type: str, charset: str | None
) -> None:
    made = request(b"", header)

    assert (made.content_type, made.charset) == (content_type, charset)


def test_a_request_in_a_log_shows_nothing_of_what_was_sent() -> None:
    assert repr(request(b"private", "private/private")) == "Request('acme', delivery_id='d')"


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
    ids=range(8),
)
def test_a_compressed_body_is_read_up_to_the_limit(body: bytes, encoding: str, content: bytes | str) -> None:
    made = of(api_event("/acme", body, {"Content-Encoding": encoding}))

    if isinstance(content, bytes):
        assert made.content == content
    else:
        with pytest.raises(InvalidPayload, match=f"^{content}$"):
            _ = made.content
    assert made.body == body, "what a signature covers"


# ---- JSON ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "content_type", "value"), JSON.values(), ids=JSON)
def test_json_is_read_whatever_the_content_type(body: bytes, content_type: str, value: dict[str, Any]) -> None:
    assert request(body, content_type).json_object() == value


def test_json_nested_a_hundred_deep_is_read() -> None:
    """The fan-out reads the payload two levels down in an event, and must not fail on what was acknowledged."""
    assert request(b'{"a":' + b"[" * 98 + b"]" * 98 + b',"b":2}').json_object()["b"] == 2


@pytest.mark.parametrize("reason", NOT_JSON)
def test_what_is_no_json_object_is_unreadable_with_a_reason_that_quotes_nothing(reason: str) -> None:
    for body in NOT_JSON[reason]:
        with pytest.raises(InvalidPayload, match=f"^{reason}") as caught:
            request(body, "application/json").json_object()
        assert "private" not in str(caught.value)


# ---- Forms and queries -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "suffix", "payload"), FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "", "text/plain"])
def test_a_form_is_read_whatever_the_content_type(
    body: bytes, suffix: str, payload: dict[str, Any], content_type: str
) -> None:
    assert request(body, content_type + suffix).form().payload == payload


def test_a_form_in_no_known_charset_is_read_by_the_fallback_that_is_set() -> None:
    event = api_event("/acme", b"a=%A4", {})
    assert of(event, form_fallback_charset="iso-8859-15").form().text == {"a": "€"}


@pytest.mark.parametrize(
    ("reason", "bodies"),
    [
        ("the body is empty", [b"", b" \r\n"]),
        ("a field has two different values", [b"a=1&a=2", b"a=&b=x&a=private", b"a=%E8&a=%C3%A8"]),
        ("a form of more than 1000 fields", [b"a=1&" * 1_001, b"&" * 1_001]),
    ],
    ids=["empty", "a contradiction", "too long"],
)
def test_a_form_that_cannot_be_read_gives_a_reason_that_quotes_nothing(reason: str, bodies: list[bytes]) -> None:
    for body in bodies:
        with pytest.raises(InvalidPayload, match=f"^{reason}$"):
            request(body).form()


@pytest.mark.parametrize(
    ("sent", "values", "payload"),
    [
        (request(b'{"a":"1","b":[2]}'), {"a": "1", "b": [2]}, {"a": "1", "b": [2]}),
        (request(b"a=2", "application/json"), {"a": "2"}, {"a": "2"}),
        (request(b'{"a":"1"}', method="GET", query="a[]=+2&a[]=%E8"), {"a[]": "è"}, {"a[]": [" 2", "è"]}),
        (request(b"own=1&own=2&b=3"), {"own": "2", "b": "3"}, {"own": ["1", "2"], "b": "3"}),
        (request(b"", method="GET", query="own=1&own=1&own=2"), {"own": "2"}, {"own": ["1", "1", "2"]}),
        (request(b"own=1&b=3"), {"own": "1", "b": "3"}, {"own": "1", "b": "3"}),
    ],
    ids=["JSON", "form", "query", "repeated in a form", "repeated in a query", "not repeated"],
)
def test_fields_are_read_wherever_they_stand_and_what_the_provider_repeats_is_a_list(
    sent: Request, values: dict[str, Any], payload: dict[str, Any]
) -> None:
    assert sent.fields(lists=("own",)) == (values, payload)


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


# ---- Beside it -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "standard"),
    [
        ("AB+/", "AB+/"), ("AB-_", "AB+/"), ("QUI=", "QUI="), ("QUI", "QUI="), ("QQ\r\n", "QQ=="), ("", ""),
        ("A", None), ("AB!CD", None), ("perché", None), ("QUI=QUI=", None),
    ],
)  # fmt: skip
def test_base64_is_read_url_safe_unpadded_or_in_lines(sent: str, standard: str | None) -> None:
    assert base64_of(sent) == standard
