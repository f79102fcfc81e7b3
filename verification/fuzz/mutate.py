"""Changes to an input that keep its structure: of JSON, of a form, of the content type before them, of Base64 within.

Changes of single bytes leave most inputs broken in their first syntax; these reach what lies behind it. An input of a
webhook is its content type, a line feed, and the body.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

Mutate = Callable[[bytes], bytes]

LONGEST = 8_192  # bytes of an input; what is large belongs into verification/fuzz/test_bombs.py

CONTENT_TYPES = (
    b"", b"application/json", b"application/json; charset=utf-16", b"application/json;charset=utf-7", b"text/xml",
    b"application/x-www-form-urlencoded", b"application/x-www-form-urlencoded; charset=iso-2022-jp",
    b"text/plain; charset=shift_jis", b"multipart/form-data; boundary=x", b'multipart/form-data; boundary="a b"',
    "multipart/form-data; boundary=\u2013".encode(), b"a/b; charset=zip", b"a/b; charset=idna", b"charset=\x00",
    b"application/json; charset=\xed\xa0\x80", b"multipart/form-data; boundary=\xed\xa0\x80",
)  # fmt: skip
WORDS = (
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xef\xbf\xbf", b"\xff\xfe", b"\xfe\xff\xd8\x00", b"+", b" ",
    b"%", b"%00", b"%ED%A0%80", b"%u0041", b"&", b"=", b";", b"&amp;", b"&#0;", b"<", b"<![CDATA[", b"]]>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b'<?xml version="1.0" encoding="utf-7"?>', b"\\ud800", b"\\udc00", b"\\uffff",
    b"1e400", b"-0.0", b"9" * 400, b"1e-400", b"0x10", b"1_000", b"NaN", b"Infinity", b"null", b"[" * 200,
    b'{"a":' * 99,
    b"0500034f0202", b"20261025023000", b"2016-01-01T00:00:00.0000000001Z", b"0001-01-01T00:00:00+23:59", b"24:00",
    b"\r\n", b"--x", b"--x--", b"STOP", b"=?utf-8?q?=00?=", "\u2028\u0130\ufb03\U0010ffff".encode(),
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**31, 2**63, 2**64, 10**40, 10**400, 10**4200, 1e308, 5e-324, float("inf"),
    float("nan"), -0.0, 1_576_391_654, 1_576_391_654_000, "", " ", "\x00", "\ud800", "\uffff", "\ufeff", [], {}, [[]],
    [None], {"": {}}, "1e400", "STOP", "A" * 300, "AwE=", "0500034f0202", "+39 335", "20261025023000",
    "0001-01-01T00:00:00+23:59", ["a"] * 5,
)  # fmt: skip


def mutated(data: bytes, random: Random, words: Sequence[bytes], mutate_bytes: Mutate | None = None) -> bytes:
    """Gives an input near to this one; `mutate_bytes` is the fuzzer's own way, where there is one."""
    head, line_feed, body = data.partition(b"\n")
    if not line_feed:
        head, body = b"", data
    if line_feed and random.random() < 0.1:
        head = random.choice(CONTENT_TYPES) if random.random() < 0.7 else _bytes(head, random, words)
    else:
        body = _body(body, random, words, mutate_bytes)
    return (head + line_feed + body)[:LONGEST]


def _body(body: bytes, random: Random, words: Sequence[bytes], mutate_bytes: Mutate | None) -> bytes:
    chance = random.random()
    if chance < 0.6:
        if changed := _json(body, random, words):
            return changed
        if b"=" in body and body[:1] != b"<":
            return _form(body, random, words)
    if mutate_bytes and chance < 0.9:
        return mutate_bytes(body)
    return _bytes(body, random, words)


def _json(body: bytes, random: Random, words: Sequence[bytes]) -> bytes | None:
    """None for what isn't JSON, or is too deep or has too long numbers for Python's own reader and writer."""
    try:
        document = json.loads(body)
        if not isinstance(document, dict | list):
            return None
        document = _altered(document, random, words)
        text = json.dumps(document, ensure_ascii=random.random() < 0.7, separators=(",", ":"))
    except (ValueError, RecursionError):
        return None
    return text.encode("utf-8", "surrogatepass")


def _altered(document: Any, random: Random, words: Sequence[bytes]) -> Any:
    """The document with one to three of its values changed, removed, renamed or copied elsewhere."""
    for _ in range(random.choice((1, 1, 2, 3))):
        places = list(_places(document))
        if not places:
            return _anything(random)
        container, key = random.choice(places)
        match random.randrange(6):
            case 0:
                container[key] = _anything(random)
            case 1:
                del container[key]
            case 2:
                other, where = random.choice(places)
                container[key] = json.loads(json.dumps(other[where]))  # a copy: nothing may hold itself
            case 3 if isinstance(container, dict):
                container[_text(str(key), random, words)] = container[key]
            case 4:
                container[key] = [container[key]] if random.random() < 0.5 else {"a": container[key]}
            case _:
                container[key] = _value(key, container[key], random, words)
    return document


def _anything(random: Random) -> Any:
    return deepcopy(random.choice(VALUES))  # what is put into a document is changed with it


def _places(document: Any) -> Any:
    """Every place of a value in it: its container, and its key or index there."""
    waiting = [document]
    while waiting:
        container = waiting.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            yield container, key
            if isinstance(container[key], dict | list):
                waiting.append(container[key])


def _value(key: object, value: Any, random: Random, words: Sequence[bytes]) -> Any:
    if isinstance(value, str):
        if key == "body" and (inner := _base64_of(value)):
            return base64.b64encode(_body(inner, random, words, None)).decode()
        return _text(value, random, words)
    if isinstance(value, int | float):
        return random.choice((-value, value * 10**12, value + 1, str(value), random.getrandbits(64)))
    return _anything(random)


def _base64_of(value: str) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True) if len(value) > 8 else None
    except (binascii.Error, ValueError):
        return None


def _text(value: str, random: Random, words: Sequence[bytes]) -> str:
    return _bytes(value.encode("utf-8", "surrogatepass"), random, words).decode("utf-8", "replace")


def _form(body: bytes, random: Random, words: Sequence[bytes]) -> bytes:
    fields = body.split(b"&")
    place = random.randrange(len(fields))
    name, equals, value = fields[place].partition(b"=")
    match random.randrange(5):
        case 0:
            del fields[place]
        case 1:
            fields.insert(random.randrange(len(fields) + 1), fields[place])
        case 2:
            fields[place] = name + equals + quote_from_bytes(_bytes(value, random, words)).encode()
        case 3:
            fields[place] = _bytes(name, random, words) + equals + value
        case _:
            fields[place] = name + equals + _bytes(value, random, words)
    return b"&".join(fields)


def _bytes(body: bytes, random: Random, words: Sequence[bytes]) -> bytes:
    """A stretch of it removed, repeated, or replaced by a word or by noise."""
    start = random.randint(0, len(body))
    end = random.randint(start, min(len(body), start + random.choice((0, 1, 4, 30))))
    match random.randrange(4):
        case 0:
            middle = b""
        case 1:
            middle = body[start:end] * random.choice((2, 3, 20))
        case 2:
            middle = random.choice(words)
        case _:
            middle = random.randbytes(random.choice((1, 1, 2, 8)))
    return body[:start] + middle + body[end:]
