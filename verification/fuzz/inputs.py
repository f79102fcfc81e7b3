"""Inputs near to a target's seeds: some parts of their JSON, forms or headers are replaced; and any bytes at all."""

import base64
import json
import re
import unicodedata
from collections.abc import Iterator
from random import Random
from urllib.parse import quote_from_bytes

from verification.fuzz.targets import Target
from verification.oracle import CANARY

# What breaks readers: limits of numbers, characters without a meaning, things that look like something else.
_CHARACTERS = [chr(point) for point in (*range(0x3100), *range(0xD7F0, 0xE010), *range(0xFE00, 0x10100), 0x10FFFF)]
_ODD = [each for each in _CHARACTERS if unicodedata.category(each) in {"Cs", "Cc", "Cn", "Nd", "Zs"}]
_VALUES = [
    None, True, [], {}, [None], {"a": [{}]}, 0, -1, 2**31, 2**63, 2**64, 10**40, 10**400, 0.1, 1e308, -0.0,
    float("inf"), float("nan"), 1_576_391_654, 1_576_391_654_000,
]  # fmt: skip
_TEXTS = [
    "", " ", "+", "+39", " 393351234567", "00000000000000", "20261025023000", "99999999999999", "0500034f0202", "\x00",
    "\ufeff", "\uffff", "\ud800", "STOP", "AAH", "AwE=", "1e400", "2016-01-01T00:00:00.0000000001Z",
    "0001-01-01T00:00:00+23:59", CANARY,
]  # fmt: skip
_WORDS = [
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xff\xfe", b"%", b"%00", b"%ED%A0%80", b"&", b"=", b"&amp;", b"<![CDATA[", b"[",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"\\ud800", b"1e400", b"9" * 400, b"[" * 200, b'{"a":' * 99, b"\r\n", b"--x--",
    CANARY.encode(),
]  # fmt: skip
CONTENT_TYPES = (
    "", "application/json", "application/json; charset=utf-16", "application/json;charset=utf-7", "text/xml",
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=iso-2022-jp",
    "text/plain; charset=shift_jis", "multipart/form-data; boundary=x", 'multipart/form-data; boundary="a b"',
    "multipart/form-data; boundary=\u2013", "a/b; charset=zip", "a/b; charset=idna", "charset=\x00",
    "application/json; charset=\ud800", "multipart/form-data; boundary=\ud800",
)  # fmt: skip
_PART = re.compile(rb'"(?:[^"\\]|\\.)*"|[^\s"&=;,:{}\[\]<>]+')  # a value or a name, of whatever it is written in


def inputs(target: Target, count: int) -> Iterator[bytes]:
    """Return so many inputs for a target, the same ones every time."""
    chance = Random(target.name)
    for _ in range(count):
        yield chance.randbytes(chance.randint(0, 200)) if chance.random() < 0.1 else _near(chance, target.seeds)


def _near(chance: Random, seeds: tuple[bytes, ...]) -> bytes:
    head, line_feed, body = chance.choice(seeds).partition(b"\n")
    if line_feed and chance.random() < 0.9:  # a content type, and what it says of the body
        return head + line_feed + _changed(chance, body)
    if line_feed and chance.random() < 0.5:
        return chance.choice(CONTENT_TYPES).encode("utf-8", "surrogatepass") + line_feed + body
    return _changed(chance, head + line_feed + body)


def _changed(chance: Random, seed: bytes) -> bytes:
    parts = list(_PART.finditer(seed))
    for part in sorted(chance.sample(parts, min(len(parts), chance.randint(1, 3))), key=re.Match.start, reverse=True):
        seed = seed[: part.start()] + _instead(chance, part[0]) + seed[part.end() :]
    if chance.random() < 0.2:  # something is cut out, or doubled, or stands where nothing did
        start = chance.randint(0, len(seed))
        seed = seed[:start] + chance.choice(_WORDS) + seed[max(0, start + chance.choice((-20, 0, 1, 5, 20))) :]
    return seed


def _instead(chance: Random, part: bytes) -> bytes:
    if not part.startswith(b'"'):
        value = chance.choice((*_WORDS, part + CANARY.encode(), _text(chance).encode("utf-8", "surrogatepass")))
        return chance.choice((b"", part + b"&" + part, value, quote_from_bytes(value).encode()))
    if len(part) > 40 and chance.random() < 0.8:  # the body in API Gateway's event
        try:
            return b'"' + base64.b64encode(_changed(chance, base64.b64decode(part[1:-1], validate=True))) + b'"'
        except ValueError:
            pass
    value = chance.choice((*_VALUES, f"{part[1:-1]!r}{CANARY}", _text(chance), _text(chance), {_text(chance): None}))
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _text(chance: Random) -> str:
    if chance.random() < 0.5:
        return chance.choice(_TEXTS)
    return "".join(chance.choices(chance.choice((_CHARACTERS, _ODD)), k=chance.randint(1, 12)))
