"""Targets that are the small readers by themselves: what each may return is said here, and nothing else may come."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx

from gateway.simulator.credentials import HEADER
from gateway.simulator.sender import SIGNATURES
from inbound_sms.auth import Secrets, authenticate
from inbound_sms.auth.schemes import basic_credentials
from inbound_sms.auth.tokens import client_of
from inbound_sms.errors import AuthenticationError, InvalidPayload
from inbound_sms.events.numbers import parse_number
from inbound_sms.parsing.body import charset_of, read_form
from inbound_sms.parsing.charsets import decode, known_charset
from inbound_sms.parsing.text import first_word, keyword_of, printable
from inbound_sms.parsing.times import parse_epoch, parse_iso, parse_local
from inbound_sms.parsing.udh import concatenation
from media_links import NotFetched, read_link
from tests.support.acme.sender import ACME_ENTRY
from tests.support.signing import CLIENT_ID, SECRET, malformed, parameter, sign, token
from verification.fuzz.inputs import CONTENT_TYPES
from verification.fuzz.targets import Target, split, text_of
from verification.oracle import REFUSED_BY_SQS, judge_reason, posted
from verification.sources import sources

_NOW = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
_MULTIPART = (
    b'multipart/form-data; boundary=x\n--x\r\nContent-Disposition: form-data; name="text"\r\n\r\ncaf\xe8\r\n--x\r\n'
    b'Content-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n'
    b"\xff\xfea\x00\r\n--x--\r\n"
)


def targets() -> Iterator[Target]:
    bodies = [f"{type_}\n".encode() + body for source in sources() for type_, body in source.bodies]
    encoded = [each.encode("utf-8", "surrogatepass") + "\ncaf\xe8 \u20ac".encode("utf-16") for each in CONTENT_TYPES]
    rows = [
        ("form", _form, [_MULTIPART, b"\n" + b"a=b&" * 2_001, *bodies], "read unreadable"),
        ("charset", _charset, [*encoded, _MULTIPART], "known unknown"),
        ("udh", _udh, [b"0500034f0202", b"06080412340302", b"0b0504158200000003010201", b"05"], "found none"),
        ("number", _number, [b"+447700900001", b" 22675200209", b"12345", b"ACME"], "e164 short_code alphanumeric"),
        ("time", _time, [b"2016-01-01T14:34:56.01Z", b"1576391654000", b"20261025023000", b"yesterday"],
         "iso epoch local none"),
        ("header", _header, list(_headers()), "basic authorization header oauth2 path_secret refused"),
        ("link", _link, [b"https://files.acme.test/a?b#c", b"https://a@b.test/", b"//x"], "followed refused"),
        ("token", _token, [token(SECRET, "acme").encode(), b"e30.e30.e30", b"a.b.c"], "known refused"),
    ]  # fmt: skip
    for name, run, seeds, reaches in rows:
        yield Target(name, run, tuple(seeds), frozenset(reaches.split()))


def _link(data: bytes) -> str:
    text = text_of(data)
    try:
        link = read_link(text)
    except NotFetched:
        return "refused"
    assert re.fullmatch(r"[a-z0-9.-]+", link.host), link
    assert re.fullmatch(r"/[!-~]*", link.target), link
    assert read_link(f"https://{link.host}{link.target}") == link
    with suppress(httpx.InvalidURL):
        assert httpx.URL(text).host == link.host, "another parser would go elsewhere"
    return "followed"


def _form(data: bytes) -> str:
    content_type, body = split(data)
    try:
        form = read_form(body, content_type, charset_of(content_type), "windows-1252")
    except InvalidPayload as error:
        judge_reason(error.reason)
        return "unreadable"
    assert form.raw.keys() == form.text.keys() == form.payload.keys()
    json.dumps([form.text, form.payload], ensure_ascii=False).encode()  # there are no half surrogates
    values = [value if isinstance(value, list) else [value] for value in form.payload.values()]
    assert [each[-1] for each in values] == list(form.text.values()), "of a list, the last"
    assert sum(map(len, values)) <= 2_000
    return "read"


def _charset(data: bytes) -> str:
    content_type, body = split(data)
    declared = charset_of(content_type)
    text = decode(body, declared, "iso-8859-1")
    text.encode()  # there are no half surrogates
    assert not REFUSED_BY_SQS.search(printable(text))
    assert len(text) <= len(body)
    assert all(each is None or 0 < len(each) <= 64 for each in (keyword_of(text), first_word(text)))
    charset = known_charset(declared)
    return "unknown" if charset is None else "known"


def _udh(data: bytes) -> str:
    found = concatenation(text_of(data))
    if found is None:
        return "none"
    assert 1 <= found.part <= found.total <= 255
    assert 0 <= found.reference < 2**found.reference_bits
    return "found"


def _number(data: bytes) -> str:
    text = text_of(data)
    number = parse_number(text)
    assert number.raw == text
    assert (number.kind == "e164") == (number.number is not None)
    assert number.number is None or re.fullmatch(r"\+[1-9][0-9]{7,14}", number.number)
    if text.isascii() and text.isdecimal() and len(text) < 4_000:
        parse_number(int(text))
    return number.kind


def _time(data: bytes) -> str:
    text = text_of(data)
    found = ""
    for name, time in (
        ("iso", parse_iso(text)),
        ("epoch", parse_epoch(text)),
        *(("local", parse_local(text, ZoneInfo(zone), _NOW)) for zone in ("Europe/Rome", "Pacific/Apia", "UTC")),
    ):
        if time:
            assert time.tzinfo is UTC
            time.isoformat()
            found = name
    return found or "none"


# ---- Authentication --------------------------------------------------------------------------------------------------

_KINDS = [kind for kind in ACME_ENTRY.sender.secrets if kind not in SIGNATURES]  # which the webhook's target has
_HEADERS = ("authorization", HEADER, "acme-time", "acme-signature")
_SECRETS = Secrets.model_validate(
    {"hmac": [SECRET]}
    | {name: value for kind in _KINDS for name, value in parameter(ACME_ENTRY.sender, kind, [SECRET]).items()}
)


def _header(data: bytes) -> str:
    """Read lines: the values of the headers, the path's secret."""
    *values, secret = [*text_of(data).split("\n"), "", "", "", "", ""][: len(_HEADERS) + 1]
    request = posted("acme", b"", "")._replace(
        headers=dict(zip(_HEADERS, values, strict=True)), path_secret=secret, received_at=datetime.now(UTC)
    )
    sent = basic_credentials(values[0])
    assert sent is None or isinstance(sent, bytes)
    try:
        identity = authenticate(request, _SECRETS, ACME_ENTRY.provider.schemes)
    except AuthenticationError:
        return "refused"
    shown = any(SECRET in value for value in (*values, secret)) or SECRET.encode() in (sent or b"")
    assert shown or identity == f"oauth2:{CLIENT_ID}", "let in without the secret"
    return identity.partition(":")[0]


def _headers() -> Iterator[bytes]:
    yield "\n".join(["", "", "1800000000", "0" * 64]).encode()
    for kind in _KINDS:
        right = sign(ACME_ENTRY.post(), ACME_ENTRY.sender, kind, SECRET)
        for post in (right, *malformed(kind, right, ACME_ENTRY.sender, SECRET)):
            sent = {name.lower(): value for name, value in post.headers.items()}
            secret = post.url.rpartition("/")[2] if kind == "path_secret" else ""
            yield "\n".join([*(sent.get(name, "") for name in _HEADERS), secret]).encode()


def _token(data: bytes) -> str:
    client = client_of(text_of(data), [SECRET, "x" * 32], "acme", "test")
    assert client in {None, CLIENT_ID}
    return "refused" if client is None else "known"
