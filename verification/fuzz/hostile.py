"""Strategies for what a hostile, or just broken, sender could post."""

import json
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from tests.support.providers import Registered
from verification.fuzz.targets import samples_of

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
         "\x00", "\ufeff", "\uffff", "STOP", "AAH", "AwE=", "2016-01-01T00:00:00.0000000001Z",
         "0001-01-01T00:00:00+23:59"]
    ),
)  # fmt: skip
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=8,
)
_CONTENT_TYPES = st.sampled_from(
    [
        "", "application/json", "application/json; charset=utf-16", "text/xml", "text/plain; charset=shift_jis",
        "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=iso-8859-1",
        "multipart/form-data; boundary=x", 'multipart/form-data; boundary="a b"', "\x00", "a/b; charset=zip",
    ]
)  # fmt: skip


def requests(entry: Registered) -> st.SearchStrategy[tuple[bytes, str]]:
    """Gives bodies with content types, many of them near to what this provider sends."""
    samples = list(samples_of(entry))
    objects = [document for document in map(_json_object, samples) if document]
    bodies = [st.binary(max_size=200), _damaged(st.sampled_from(samples)), _form(samples)]
    if objects:
        bodies.append(st.sampled_from(objects).flatmap(_altered).map(_as_json))
    return st.tuples(st.one_of(bodies), st.one_of(st.just(entry.content_type), _CONTENT_TYPES))


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _as_json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=True).encode()


@st.composite
def _altered(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """A sample with some of its values, at any depth, replaced, left out or added."""
    altered = dict(document)
    for key in draw(st.lists(st.sampled_from(sorted(document)), max_size=3)):
        value = document[key]
        if isinstance(value, dict) and value and draw(st.booleans()):
            altered[key] = draw(_altered(value))
        elif draw(st.booleans()):
            altered[key] = draw(_VALUES)
        else:
            altered.pop(key, None)
    return altered | draw(st.dictionaries(_TEXTS, _VALUES, max_size=1))


@st.composite
def _damaged(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> bytes:
    """A sample that was cut, or has other bytes somewhere."""
    body = draw(bodies)
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(len(body), start + 20)))
    return body[:start] + draw(st.binary(max_size=8)) + body[end:]


@st.composite
def _form(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """A form with the names that the samples have, and any bytes as values."""
    names = sorted({part.partition(b"=")[0] for body in samples for part in body.split(b"&") if b"=" in part})
    known = st.sampled_from(names) if names else st.just(b"text")
    fields = draw(st.lists(st.tuples(known | st.binary(max_size=6), st.binary(max_size=20)), max_size=10))
    return "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in fields).encode()
