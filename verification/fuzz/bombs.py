"""Bodies that are small to send and could be dear to read, at any size, for the targets of `make fuzz`.

Those of the providers are made of their samples: whatever is a text there becomes a bomb, lists are repeated, and
something large is put beside the rest.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from verification.fuzz.targets import provider_modules
from verification.oracle import posted
from verification.sources import Source, sources

Make = Callable[[int], bytes]

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_PARTS = b"multipart/form-data; boundary=x\n"
_PART = b"--x\r\nContent-Disposition: form-data; name=a%s\r\n\r\n%s"
_HOLE = "HOLE"


class Bomb(NamedTuple):
    """What it is, the target that reads it, and what makes the input of about so many bytes."""

    why: str
    target: str
    make: Make


def run_of(item: bytes, start: bytes = b"", end: bytes = b"") -> Make:
    """Return what makes the item again and again between start and end."""
    return lambda size: start + item * max(1, (size - len(start) - len(end)) // len(item)) + end


def numbered(item: bytes, separator: bytes, start: bytes, end: bytes) -> Make:
    return lambda size: start + separator.join(item % n for n in range(size // (len(item) + 4))) + end


def nested(start: bytes, opening: bytes, closing: bytes, end: bytes) -> Make:
    def make(size: int) -> bytes:
        depth = size // len(opening + closing)
        return start + opening * depth + closing * depth + end

    return make


# ---- Made of samples -------------------------------------------------------------------------------------------------

_TEXTS = [
    ("escapes", b"\\u0001"), ("half surrogates", b"\\ud800"), ("backslashes", b"\\\\"),
    ("no characters", b"\xef\xbf\xbf"), ("what grows in lower case", "\u0130".encode()),
    ("what grows without case", "\u0390".encode()), ("not UTF-8", b"\xe8"), ("spaces", b" "), ("digits", b"9"),
    ("zeros", b"00"), ("Base64", b"AAAA"),
]  # fmt: skip
_VALUES = [
    ("deep arrays, open", b"[", b""), ("deep objects, open", b'{"a":', b""), ("arrays", b"[],", b"0"),
    ("objects", b"{},", b"0"),
    ("97 deep, side by side", b"[" * 97 + b"]" * 97 + b",", b"0"), ("numbers", b"1e300,", b"0"),
    ("numbers just not too long", b"9" * 4_300 + b",", b"0"), ("keys of one name", b'{"a":0},', b"0"),
]  # fmt: skip
_FIELDS = [
    ("percent signs", b"%"), ("escapes", b"%00"), ("escapes of no character", b"%81"), ("plus signs", b"+"),
    ("equal signs", b"="), ("empty fields", b"&"), ("fields", b"&a=b"), ("names alone", b"&a"),
    ("long fields of one name", b"&a=" + b"x" * 300),
]  # fmt: skip
_MARKUP = [
    ("siblings", run_of(b"<a/>", b"<root>", b"</root>")),
    ("siblings of many names", numbered(b"<a%x/>", b"", b"<root>", b"</root>")),
    ("attributes", numbered(b'a%x=""', b" ", b"<root ", b"><a/></root>")),
    ("namespaces", numbered(b'xmlns:a%x="u"', b" ", b"<root ", b"><a/></root>")),
    ("deep", nested(b"<root>", b"<a>", b"</a>", b"</root>")),
    ("deep, open", run_of(b"<a>", b"<root>")),
    ("19 deep, side by side", run_of(b"<a>" * 19 + b"</a>" * 19, b"<root>", b"</root>")),
    ("references", run_of(b"&#65;", b"<root><a>", b"</a></root>")),
    ("sections", run_of(b"<![CDATA[]]>", b"<root><a>", b"</a></root>")),
    ("instructions", run_of(b"<?a?>x", b"<root><a>", b"</a></root>")),
    ("a name without end", run_of(b"a", b"<root><", b"/></root>")),
    ("a document type without end", run_of(b"a", b"<!DOCTYPE ")),
    ("entities",
     run_of(b"&a;", b'<!DOCTYPE r [<!ENTITY a "' + b"x" * 9_000 + b'">]><root><a>', b"</a></root>")),
    ("a billion laughs", run_of(b"&l11;", b'<!DOCTYPE r [<!ENTITY l0 "x">' + b"".join(
        b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12)) + b"]><root>", b"</root>")),
]  # fmt: skip


def _of_providers() -> Iterator[tuple[str, str, Make]]:
    for source in sources():
        target = f"{source.provider.name} parser"
        known = set[str]()
        for kind, (content_type, body) in _one_of_each_kind(source).items():
            is_first = content_type not in known
            known.add(content_type)
            for why, make in _of_body(content_type, body, is_first=is_first):
                yield f"{kind}: {why}", target, _posted_as(content_type, make)


def _one_of_each_kind(source: Source) -> dict[str, tuple[str, bytes]]:
    """Return a body of each content type and type of event, as far as it is read."""
    found: dict[str, tuple[str, bytes]] = {}
    for content_type, body in source.bodies:
        try:
            first = source.provider.parse(posted(source.provider.name, body, content_type))[0]
        except Exception:  # noqa: BLE001 - what can't be read is no sample of what can
            continue
        if type_ := getattr(first, "type", ""):
            found.setdefault(f"{content_type.partition(';')[0]} {type_.split('.')[1]}", (content_type, body))
    return found


def _posted_as(content_type: str, make: Make) -> Make:
    return lambda size: f"{content_type}\n".encode() + make(size)


def _in_each(names: list[bytes], make: Make) -> Make:
    return lambda size: b"&".join(name + b"=" + make(size // len(names)) for name in names)


def _of_body(content_type: str, body: bytes, *, is_first: bool) -> Iterator[tuple[str, Make]]:
    """Return bombs made of a body; what doesn't depend on its fields, of the first of its content type."""
    media_type = content_type.partition(";")[0]
    if media_type.endswith("xml"):
        yield from _MARKUP if is_first else ()
    elif media_type == _FORM:
        names = [part.partition(b"=")[0] for part in body.split(b"&")]
        for why, item in (*_FIELDS, *_TEXTS[3:]):
            yield f"{why} in each field", _in_each(names, run_of(item))
    elif body[:1] == b"{":
        document = json.loads(body)
        for why, item in _TEXTS:
            yield f"texts of {why}", _filled(_each_text(document), item)
        for why, item, end in _VALUES if is_first else ():
            start, _, rest = json.dumps({**document, "more": [_HOLE]}).encode().partition(f'"{_HOLE}"'.encode())
            yield why, run_of(item, start, end + rest)
        for name, item in [("at fault", b"0,"), ("that lack all", b"{},")] if _each_list(document) != document else ():
            yield f"lists of items {name}", _filled(_each_list(document), item, f'"{_HOLE}"'.encode(), b"0")


def _filled(document: Any, item: bytes, hole: bytes = _HOLE.encode(), end: bytes = b"") -> Make:
    parts = json.dumps(document).encode().split(hole)
    return lambda size: (item * max(1, size // len(item) // max(1, len(parts) - 1)) + end).join(parts)


def _each_text(value: Any, key: str = "") -> Any:
    """Return a document with a hole for each text, but for what says what kind of document it is."""
    if isinstance(value, dict):
        return {name: _each_text(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_each_text(each, key) for each in value]
    return _HOLE if isinstance(value, str) and "type" not in key.lower() and key != "namespace" else value


def _each_list(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _each_list(each) for name, each in value.items()}
    return [*value, _HOLE] if isinstance(value, list) else value


# ---- For the readers by themselves -----------------------------------------------------------------------------------


def _readers() -> Iterator[tuple[str, str, Make]]:
    for charset, item in (
        (b"utf-7", b"+AGE-"), (b"idna", b"xn--"), (b"rot13", b"a"), (b"hex", b"61"), (b"unicode_escape", b"\\x41"),
        (b"zip", zlib.compress(b"a" * 1_000_000)), (b"iso-2022-jp", b"\x1b$B\x1b(B"), (b"gb18030", b"\x81\x30\x81\x30"),
        (b"utf-16", b"&a"),
    ):  # fmt: skip
        yield f"charset {charset.decode()}", "charset", run_of(item, b"charset=" + charset + b"\n")
    yield "charset punycode", "charset", lambda size: b"charset=punycode\n" + b"a-" * (size // 4) + b"9" * (size // 2)
    for why, item in (("time", b"2016-01-01T"), ("time", b"9"), ("number", b"+1"), ("number", b" "), ("udh", b"00")):
        yield f"{item.decode()!r} as a {why}", why, run_of(item)
    yield "a gzipped body", "acme parser", run_of(gzip.compress(b"a" * 1_000_000, mtime=0), b"application/json\n")
    yield "nothing but blanks", "acme parser", run_of(b" ", b"application/json\n")
    yield "null bytes", "acme parser", run_of(b"\x00", b"application/json\n")
    yield "halves in UTF-16", "acme parser", run_of(b"\x00\xd8", b"application/json; charset=utf-16\n\xff\xfe")


def _forms() -> Iterator[tuple[str, str, Make]]:
    yield "names", "form", numbered(b"%x=", b"&", b"\n", b"")
    yield "999 fields in no charset", "form", lambda size: b"\na=b" + b"&a=%81" * 900 + b"%ef%bf%bf" * (size // 9)
    yield "parts", "form", run_of(_PART % (b"", b"\r\n"), _PARTS, b"--x--")
    yield "files", "form", run_of(_PART % (b";filename=a", b"\r\n"), _PARTS, b"--x--")
    yield "a part of line ends", "form", run_of(b"\r\n", _PARTS + _PART % (b"", b""), b"\r\n--x--")
    yield "a part of carriage returns", "form", run_of(b"\r", _PARTS + _PART % (b"", b""), b"\r\n--x--")
    yield "boundaries", "form", run_of(b"--x\r\n", _PARTS)
    yield "boundaries without line ends", "form", run_of(b"--x", _PARTS)
    yield "headers", "form", run_of(b"A: b\r\n", _PARTS + b"--x\r\n")
    yield "parameters of a header", "form", run_of(b"; a=", _PARTS + _PART[: _PART.index(b";")], b"\r\n\r\n\r\n--x--")
    yield "nearly a boundary", "form", run_of(b"\r\n--", _PARTS + _PART % (b"", b""), b"\r\n--x--")
    yield "a header continued", "form", run_of(b"\r\n a", _PARTS + b"--x\r\nA: b")
    for why, start, item in (
        ("spaces before charset", b"text/plain; charset", b" "), ("charsets", b"", b"charset = "),
        ("boundaries", b"multipart/form-data;", b"boundary = "),
        ("quoted boundaries", b"multipart/form-data;", b'boundary="x'),
        ("spaces before a boundary", b"multipart/form-data;boundary", b" "),
        ("boundaries of nothing", b"multipart/form-data;", b"boundary"),
        ("semicolons", b"multipart/form-data", b";"), ("types", b"", b"multipart/form-data;"),
    ):  # fmt: skip
        yield f"a content type of {why}", "form", run_of(item, start, b"\na=1")


def _headers_and_queues() -> Iterator[tuple[str, str, Make]]:
    for why, start, item in (
        ("Basic", b"Basic ", b"AAAA"), ("no Base64", b"Basic ", b"\xff"), ("spaces", b"Basic", b" "),
        ("Bearer", b"Bearer ", b"a."), ("a token", b"Bearer eyJhbGciOiJIUzI1NiJ9.", b"AAAA"),
    ):  # fmt: skip
        yield f"an Authorization of {why}", "header", run_of(item, start)
    yield "a signature", "header", run_of(b"AAAA", b"\n\n1800000000\n")
    yield "a token of arrays", "token", run_of(b"W1tb", b"", b".e30.e30")
    yield "a token of dots", "token", run_of(b".")
    yield "a deep message", "fanout", run_of(b"[")
    media = b'{"id":"1","type":"a","data":{"provider":"a","delivery_id":"b","media":['
    yield "files of an event", "fanout", run_of(b"{},", media, b"{}]}}")
    yield "an address posted to the token endpoint", "token endpoint", run_of(b"%", b"scope=")
    yield "fields posted to the token endpoint", "token endpoint", run_of(b"&a", b"scope=")


@cache
def bombs() -> list[Bomb]:
    groups = [_of_providers, _readers, _forms, _headers_and_queues, *(each.bombs for each in provider_modules())]
    return [Bomb(*row) for group in groups for row in group()]
