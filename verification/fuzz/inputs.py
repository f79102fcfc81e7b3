"""Inputs near to a target's seeds: their JSON or form changed in some places, or their bytes; and any bytes at all."""

import base64
import json
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from verification.fuzz.targets import Target
from verification.oracle import CANARY

# What breaks readers: limits of numbers, characters without a meaning, things that look like something else.
_NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**40, 10**400, 1e308, -0.0, 1_576_391_654, 1_576_391_654_000]),
)
_TEXTS = st.one_of(
    st.text(max_size=30),
    st.text(alphabet=st.characters(codec=None, categories=["Cs", "Cc", "Cn", "Nd", "Zs"]), max_size=10),
    st.sampled_from(
        ["", " ", "+", "+39", " 393351234567", "00000000000000", "20261025023000", "99999999999999", "0500034f0202",
         "\x00", "\ufeff", "\uffff", "\ud800", "STOP", "AAH", "AwE=", "1e400", "2016-01-01T00:00:00.0000000001Z",
         "0001-01-01T00:00:00+23:59", CANARY]
    ),
)  # fmt: skip
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=8,
)
_WORDS = st.binary(max_size=8) | st.sampled_from(
    [b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xff\xfe", b"%", b"%00", b"%ED%A0%80", b"&", b"=", b"&amp;", b"<![CDATA[",
     b"[", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"\\ud800", b"1e400", b"9" * 400, b"[" * 200, b'{"a":' * 99, b"\r\n",
     b"--x--", CANARY.encode()]
)  # fmt: skip
CONTENT_TYPES = (
    "", "application/json", "application/json; charset=utf-16", "application/json;charset=utf-7", "text/xml",
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=iso-2022-jp",
    "text/plain; charset=shift_jis", "multipart/form-data; boundary=x", 'multipart/form-data; boundary="a b"',
    "multipart/form-data; boundary=\u2013", "a/b; charset=zip", "a/b; charset=idna", "charset=\x00",
    "application/json; charset=\ud800", "multipart/form-data; boundary=\ud800",
)  # fmt: skip


def inputs(target: Target) -> st.SearchStrategy[bytes]:
    """Return inputs for a target."""
    return st.sampled_from(target.seeds).flatmap(_near) | st.binary(max_size=200)


@st.composite
def _near(draw: st.DrawFn, seed: bytes) -> bytes:
    head, line_feed, body = seed.partition(b"\n")
    if not line_feed or _document(seed) is not None:
        return draw(_body(seed))
    if draw(st.integers(0, 9)) == 0:
        head = draw(st.sampled_from(CONTENT_TYPES)).encode("utf-8", "surrogatepass")
    return head + b"\n" + draw(_body(body))


def _body(body: bytes) -> st.SearchStrategy[bytes]:
    document = _document(body)
    near = [_damaged(body)]
    if document:
        near.append(_altered(document).map(_json))
    elif b"=" in body and body[:1] != b"<":
        near.append(_form(body))
    return st.one_of(near)


def _document(body: bytes) -> dict[str, Any] | list[Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict | list) else None


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


@st.composite
def _altered(draw: st.DrawFn, document: dict[str, Any] | list[Any]) -> Any:
    """Change a document: some values, at any depth, are replaced, left out or added."""
    altered = dict(document) if isinstance(document, dict) else dict(enumerate(document))
    for key in draw(st.lists(st.sampled_from(sorted(altered, key=str)), max_size=3, unique=True)) if altered else ():
        altered[key] = draw(_value(key, altered[key]))
        if draw(st.integers(0, 3)) == 0:
            del altered[key]
    if isinstance(document, list):
        return list(altered.values())
    return altered | draw(st.dictionaries(_TEXTS, _VALUES, max_size=1))


def _value(key: object, value: Any) -> st.SearchStrategy[Any]:
    if isinstance(value, dict | list) and value:
        return _altered(value) | _VALUES
    if key == "body" and isinstance(value, str) and len(value) > 8:  # of API Gateway's event
        try:
            inner = base64.b64decode(value, validate=True)
        except ValueError:
            return _body(value.encode("utf-8", "surrogatepass")).map(lambda body: body.decode("utf-8", "replace"))
        return _body(inner).map(lambda body: base64.b64encode(body).decode())
    return _VALUES | st.just(f"{value}{CANARY}")


@st.composite
def _damaged(draw: st.DrawFn, body: bytes) -> bytes:
    """Cut a stretch out of some bytes, or put another one in its place."""
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(len(body), start + 20)))
    return body[:start] + draw(_WORDS) + body[end:]


@st.composite
def _form(draw: st.DrawFn, body: bytes) -> bytes:
    """Change some fields of a form: their values, their names, their order."""
    fields = body.split(b"&")
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(fields) - 1))
        name, _, _ = fields[place].partition(b"=")
        value = draw(_WORDS | st.binary(max_size=20))
        changed = [name + b"=" + quote_from_bytes(value).encode(), name + b"=" + value, value, fields[place]]
        fields[place] = draw(st.sampled_from(changed))
        fields.append(draw(st.sampled_from(fields)))
    return b"&".join(draw(st.lists(st.sampled_from(fields), max_size=len(fields), unique=True)))
