"""Inputs near to a target's seeds: their JSON or form changed in some places, or their bytes; and any bytes at all."""

import base64
import json
import unicodedata
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

from verification.fuzz.targets import Target
from verification.oracle import CANARY

# What breaks readers: limits of numbers, characters without a meaning, things that look like something else.
_NUMBERS = [
    0, -1, 2**31, 2**63, 2**64, 10**40, 10**400, 0.1, 1e308, -0.0, float("inf"), float("nan"), 1_576_391_654,
    1_576_391_654_000,
]  # fmt: skip
_CHARACTERS = [chr(point) for point in (*range(0x3100), *range(0xD7F0, 0xE010), *range(0xFE00, 0x10100), 0x10FFFF)]
_ODD = [each for each in _CHARACTERS if unicodedata.category(each) in {"Cs", "Cc", "Cn", "Nd", "Zs"}]
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


def inputs(target: Target, count: int) -> Iterator[bytes]:
    """Return so many inputs for a target, the same ones every time."""
    chance = Random(target.name)
    for _ in range(count):
        yield chance.randbytes(chance.randint(0, 200)) if chance.random() < 0.1 else _near(chance, target.seeds)


def _near(chance: Random, seeds: tuple[bytes, ...]) -> bytes:
    seed = chance.choice(seeds)
    head, line_feed, body = seed.partition(b"\n")
    if not line_feed or _document(seed) is not None:
        return _changed(chance, seed)
    if chance.random() < 0.1:
        head = chance.choice(CONTENT_TYPES).encode("utf-8", "surrogatepass")
    return head + b"\n" + _changed(chance, body)


def _changed(chance: Random, body: bytes) -> bytes:
    document = _document(body)
    if document and chance.random() < 0.7:
        return json.dumps(_altered(chance, document), ensure_ascii=False).encode("utf-8", "surrogatepass")
    if b"=" in body and body[:1] not in b"<[{" and chance.random() < 0.7:
        return _form(chance, body)
    start = chance.randint(0, len(body))
    return body[:start] + _word(chance) + body[start + chance.choice((0, 0, 1, 5, 20)) :]


def _document(body: bytes) -> dict[str, Any] | list[Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict | list) else None


def _altered(chance: Random, document: dict[str, Any] | list[Any]) -> Any:
    """Change a document: some values, at any depth, are replaced, left out or added."""
    altered = dict(document) if isinstance(document, dict) else dict(enumerate(document))
    for key in chance.sample(list(altered), min(len(altered), chance.randint(1, 3))):
        altered[key] = _instead(chance, key, altered[key])
        if chance.random() < 0.2:
            del altered[key]
    if isinstance(document, list):
        return list(altered.values())
    return altered | ({_text(chance): _value(chance)} if chance.random() < 0.2 else {})


def _instead(chance: Random, key: object, value: Any) -> Any:
    if isinstance(value, dict | list) and value and chance.random() < 0.8:
        return _altered(chance, value)
    if key == "body" and isinstance(value, str) and len(value) > 8:  # of API Gateway's event
        try:
            return base64.b64encode(_changed(chance, base64.b64decode(value, validate=True))).decode()
        except ValueError:
            return _changed(chance, value.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
    return f"{value}{CANARY}" if chance.random() < 0.2 else _value(chance)


def _value(chance: Random, depth: int = 3) -> Any:
    match chance.randrange(7 if depth else 5):
        case 0:
            return chance.choice((None, True, False, [], {}))
        case 1 | 2:
            return chance.choice((*_NUMBERS, chance.getrandbits(64)))
        case 3 | 4:
            return _text(chance)
        case 5:
            return [_value(chance, depth - 1) for _ in range(chance.randint(1, 3))]
    return {_text(chance): _value(chance, depth - 1) for _ in range(chance.randint(1, 3))}


def _text(chance: Random) -> str:
    if chance.random() < 0.5:
        return chance.choice(_TEXTS)
    return "".join(chance.choices(chance.choice((_CHARACTERS, _ODD)), k=chance.randint(1, 12)))


def _word(chance: Random) -> bytes:
    return chance.choice(_WORDS) if chance.random() < 0.7 else chance.randbytes(chance.randint(0, 12))


def _form(chance: Random, body: bytes) -> bytes:
    """Change some fields of a form: their values, their names, their order, how often they come."""
    fields = body.split(b"&")
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(fields))
        name, _, _ = fields[place].partition(b"=")
        value = _word(chance)
        fields[place] = chance.choice((name + b"=" + quote_from_bytes(value).encode(), name + b"=" + value, value))
    if chance.random() < 0.3:
        chance.shuffle(fields)
        return b"&".join([*fields[: chance.randint(0, len(fields))], chance.choice(fields)])
    return b"&".join(fields)
