"""Bodies that are small to send and could be dear to read, at any size: for the targets of verification/fuzz."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

Make = Callable[[int], bytes]

_JSON, _FORM, _XML = b"application/json\n", b"application/x-www-form-urlencoded\n", b"text/xml\n"
_PARTS = b"multipart/form-data; boundary=x\n"
_PART = b"--x\r\nContent-Disposition: form-data; name=a%s\r\n\r\n%s"
_MO = b'{"type":"mo_text","id":"1","from":"447700900001","to":"447700900002","body":"'
_REPORT = b'{"type":"delivery_report_sms","batch_id":"1","statuses":['
_STATUS = b'{"status":"x","count":1}'
_8X8 = b'{"namespace":"SMS","eventType":"inbound_message_received","payload":{"umid":"1",'
_SURVEY = b'{"umid":"1","surveyId":"1",'
_URL = _FORM + b"message_id=1&body="
_AGILE = _FORM + b"originator=1&destination=2&date_time=20260101000000&text="


class Bomb(NamedTuple):
    """What it is, the target that reads it, and the input of about so many bytes."""

    why: str
    target: str
    make: Make


def run_of(item: bytes, start: bytes = b"", end: bytes = b"") -> Make:
    """The item again and again between start and end."""
    return lambda size: start + item * max(1, (size - len(start) - len(end)) // len(item)) + end


def numbered(item: bytes, separator: bytes, start: bytes, end: bytes) -> Make:
    """As many different items as there is room for; `%x` in an item is its number."""
    return lambda size: (
        start + separator.join(item.replace(b"%x", b"%x" % n) for n in range(size // (len(item) + 4))) + end
    )


def array(start: bytes, item: bytes, end: bytes) -> Make:
    """An array of the same items."""
    return run_of(b"," + item, start + item, end)


def nested(start: bytes, opening: bytes, closing: bytes, end: bytes) -> Make:
    """As deep as there is room for."""
    return lambda size: (
        start + opening * (size // len(opening + closing)) + closing * (size // len(opening + closing)) + end
    )


def _json() -> Iterator[tuple[str, str, Make]]:
    extra = _JSON + _MO + b'x","a":'
    yield "deep arrays, open", "sinch parser", run_of(b"[", extra)
    yield "deep objects, open", "sinch parser", run_of(b'{"a":', extra)
    yield "deep arrays", "8x8 parser", nested(_JSON + b'{"a":', b"[", b"]", b"}")
    yield "arrays beside each other", "sinch parser", array(extra + b"[", b"[]", b"]}")
    yield "objects beside each other", "sinch parser", array(extra + b"[", b"{}", b"]}")
    yield "97 deep, side by side", "sinch parser", array(extra + b"[", b"[" * 97 + b"]" * 97, b"]}")
    yield "numbers", "sinch parser", array(extra + b"[", b"1e300", b"]}")
    yield "a number without end", "sinch parser", run_of(b"9", extra, b"}")
    yield "numbers just not too long", "sinch parser", array(extra + b"[", b"9" * 4_300, b"]}")
    yield "an exponent without end", "sinch parser", run_of(b"9", extra + b"1e", b"}")
    yield "a fraction without end", "sinch parser", run_of(b"9", extra + b"0.", b"}")
    yield "one key again and again", "sinch parser", run_of(b',"a":0', _JSON + _MO + b'x"', b"}")
    yield "keys", "sinch parser", numbered(b'"%x":0', b",", _JSON + _MO + b'x",', b"}")
    yield "blanks before it", "sinch parser", run_of(b" ", _JSON, _MO + b'"}')
    yield "nothing but blanks", "sinch parser", run_of(b" ", _JSON)
    yield "null bytes", "8x8 parser", run_of(b"\x00", _JSON)
    yield "reports at fault", "sinch parser", array(_JSON + _REPORT, b"0", b"]}")
    yield "reports that lack all", "sinch parser", array(_JSON + _REPORT, b"{}", b"]}")
    yield "reports", "sinch parser", array(_JSON + _REPORT, _STATUS, b"]}")
    yield (
        "recipients at fault",
        "sinch parser",
        array(_JSON + _REPORT + _STATUS[:-1] + b',"recipients":[', b"0", b"]}]}"),
    )
    yield "files", "sinch parser", array(_JSON + b'{"type":"mo_media","id":"1","body":{"media":[', b"{}", b"]}}")
    yield (
        "files at fault",
        "sinch parser",
        array(_JSON + b'{"type":"mo_media","id":"1","body":{"media":[', b"0", b"]}}"),
    )
    yield "addresses at fault", "8x8 parser", array(_JSON + _8X8 + b'"mediaUrls":[', b"[]", b"]}}")
    yield "answers at fault", "8x8 parser", array(_JSON + _SURVEY + b'"answers":[', b"0", b"]}")
    yield "variables", "8x8 parser", array(_JSON + _SURVEY + b'"templateVariables":[', b'{"name":"a"}', b"]}")
    yield "an id of arrays", "agile-telecom parser", array(_JSON + b'{"eventType":"READ","messageId":[', b"[]", b"]}")


def _texts() -> Iterator[tuple[str, str, Make]]:
    for why, item in (
        ("escapes", b"\\u0001"), ("half surrogates", b"\\ud800"), ("backslashes", b"\\\\"),
        ("no characters", b"\xef\xbf\xbf"),
        ("what grows in lower case", "\u0130".encode()), ("what grows without case", "\u0390".encode()),
        ("not UTF-8", b"\xe8"), ("in no charset", b"\x81"), ("spaces", b" "),
    ):  # fmt: skip
        yield f"a text of {why}", "sinch parser", run_of(item, _JSON + _MO, b'"}')
    yield "a text of backslashes and half a surrogate", "sinch parser", run_of(b"\\\\", _JSON + _MO, b'\\ud83d"}')
    yield (
        "a text in UTF-16",
        "sinch parser",
        lambda size: (
            b"application/json; charset=utf-16\n" + (_MO.decode() + "\U0001f600" * (size // 4) + '"}').encode("utf-16")
        ),
    )
    yield "halves in UTF-16", "sinch parser", run_of(b"\x00\xd8", b"application/json; charset=utf-16\n\xff\xfe")
    for charset, item in (
        (b"utf-7", b"+AGE-"),
        (b"idna", b"xn--"),
        (b"rot13", b"a"),
        (b"hex", b"61"),
        (b"unicode_escape", b"\\x41"),
    ):
        yield f"charset {charset.decode()}", "charset", run_of(item, b"charset=" + charset + b"\n")
    yield "charset punycode", "charset", lambda size: b"charset=punycode\n" + b"a-" * (size // 4) + b"9" * (size // 2)
    yield "charset zip", "charset", run_of(zlib.compress(b"a" * 1_000_000), b"charset=zip\n")
    yield "iso-2022-jp", "charset", run_of(b"\x1b$B\x1b(B", b"charset=iso-2022-jp\n")
    yield "gb18030", "charset", run_of(b"\x81\x30\x81\x30", b"charset=gb18030\n")
    yield "parts in UTF-16", "charset", run_of(b"&a", b"charset=utf-16\n")
    yield "a gzipped body", "sinch parser", run_of(gzip.compress(b"a" * 1_000_000), _JSON)


def _values() -> Iterator[tuple[str, str, Make]]:
    mo = _JSON + b'{"type":"mo_binary","id":"1",'
    yield "a time", "sinch parser", run_of(b"0", mo + b'"received_at":"2016-01-01T00:00:00.', b'"}')
    yield "a number to call", "sinch parser", run_of(b"0", mo + b'"from":"+4', b'"}')
    yield "a header of user data", "sinch parser", run_of(b"00", mo + b'"udh":"ff', b'"}')
    yield "a header of spaces", "sinch parser", run_of(b" ", mo + b'"udh":"', b'"}')
    yield "Base64", "sinch parser", run_of(b"AAAA", mo + b'"body":"', b'"}')
    yield "no Base64", "sinch parser", run_of(b"====", mo + b'"body":"', b'"}')
    yield "an account", "8x8 parser", run_of("\u20ac".encode(), _JSON + _8X8 + b'"subAccountId":"', b'"}}')
    yield "a price", "agile-telecom parser", run_of(b"9", _JSON + b'{"eventType":"READ","price":"', b'"}')
    yield "a price of zeros", "agile-telecom parser", run_of(b"0", _JSON + b'{"eventType":"READ","price":"0.', b'1"}')
    yield "seconds", "url-networks parser", run_of(b"9", _FORM + b"message_id=1&timestamp=")
    yield "a code of a shared number", "agile-telecom parser", run_of(b"a", _AGILE)
    for why, item in (("time", b"2016-01-01T"), ("time", b"9"), ("number", b"+1"), ("number", b" "), ("udh", b"00")):
        yield f"{item.decode()!r} as a {why}", why, run_of(item)


def _forms() -> Iterator[tuple[str, str, Make]]:
    for why, item in (
        ("percent signs", b"%"), ("escapes", b"%00"), ("escapes of no character", b"%81"), ("plus signs", b"+"),
        ("equal signs", b"="), ("empty fields", b"&"), ("fields", b"&a=b"), ("names alone", b"&a"),
        ("long fields of one name", b"&body=" + b"x" * 300),
    ):  # fmt: skip
        yield why, "url-networks parser", run_of(item, _URL)
    yield "names", "url-networks parser", numbered(b"%x=", b"&", _URL, b"")
    yield (
        "999 fields in no charset",
        "agile-telecom parser",
        lambda size: _AGILE + b"&a=%81" * 900 + b"%ef%bf%bf" * (size // 9),
    )
    yield "parts", "url-networks parser", run_of(_PART % (b"", b"\r\n"), _PARTS, b"--x--")
    yield "files posted", "url-networks parser", run_of(_PART % (b";filename=a", b"\r\n"), _PARTS, b"--x--")
    yield "a part of line ends", "url-networks parser", run_of(b"\r\n", _PARTS + _PART % (b"", b""), b"\r\n--x--")
    yield "a part of carriage returns", "form", run_of(b"\r", _PARTS + _PART % (b"", b""), b"\r\n--x--")
    yield "boundaries", "form", run_of(b"--x\r\n", _PARTS)
    yield "boundaries without line ends", "form", run_of(b"--x", _PARTS)
    yield "headers", "form", run_of(b"A: b\r\n", _PARTS + b"--x\r\n")
    yield "parameters of a header", "form", run_of(b"; a=", _PARTS + _PART[: _PART.index(b";")], b"\r\n\r\n\r\n--x--")
    yield "nearly a boundary", "form", run_of(b"\r\n--", _PARTS + _PART % (b"", b""), b"\r\n--x--")
    yield "a header continued", "form", run_of(b"\r\n a", _PARTS + b"--x\r\nA: b")


def _xml() -> Iterator[tuple[str, str, Make]]:
    yield "siblings", "xml", run_of(b"<a/>", b"<root>", b"</root>")
    yield "siblings of many names", "xml", numbered(b"<a%x/>", b"", b"<root>", b"</root>")
    yield "attributes", "xml", numbered(b'a%x=""', b" ", b"<root ", b"><a/></root>")
    yield "namespaces", "xml", numbered(b'xmlns:a%x="u"', b" ", b"<root ", b"><a/></root>")
    yield "deep", "xml", nested(b"<root>", b"<a>", b"</a>", b"</root>")
    yield "deep, open", "xml", run_of(b"<a>", b"<root>")
    yield "19 deep, side by side", "8x8 parser", run_of(b"<a>" * 19 + b"</a>" * 19, _XML + b"<root>", b"</root>")
    yield "references", "xml", run_of(b"&#65;", b"<root><a>", b"</a></root>")
    yield "sections", "xml", run_of(b"<![CDATA[]]>", b"<root><a>", b"</a></root>")
    yield "instructions", "xml", run_of(b"<?a?>x", b"<root><a>", b"</a></root>")
    yield "a name without end", "xml", run_of(b"a", b"<root><", b"/></root>")
    yield "a document type without end", "xml", run_of(b"a", b"<!DOCTYPE ")
    yield (
        "entities",
        "xml",
        run_of(b"&a;", b'<!DOCTYPE r [<!ENTITY a "' + b"x" * 9_000 + b'">]><root><a>', b"</a></root>"),
    )
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    yield (
        "a billion laughs",
        "xml",
        run_of(b"&l11;", b'<!DOCTYPE r [<!ENTITY l0 "x">' + laughs + b"]><root>", b"</root>"),
    )


def _headers() -> Iterator[tuple[str, str, Make]]:
    for why, start, item in (
        ("spaces before charset", b"text/plain; charset", b" "), ("charsets", b"", b"charset = "),
        ("boundaries", b"multipart/form-data;", b"boundary = "),
        ("quoted boundaries", b"multipart/form-data;", b'boundary="x'),
        ("spaces before a boundary", b"multipart/form-data;boundary", b" "),
        ("boundaries of nothing", b"multipart/form-data;", b"boundary"),
        ("semicolons", b"multipart/form-data", b";"), ("types", b"", b"multipart/form-data;"),
    ):  # fmt: skip
        yield f"a content type of {why}", "form", run_of(item, start, b"\na=1")
    for why, start, item in (
        ("Basic", b"Basic ", b"AAAA"), ("no Base64", b"Basic ", b"\xff"), ("spaces", b"Basic", b" "),
        ("Bearer", b"Bearer ", b"a."),
        ("a token", b"Bearer eyJhbGciOiJIUzI1NiJ9.", b"AAAA"),
    ):  # fmt: skip
        yield f"an Authorization of {why}", "header", run_of(item, start)
    yield "a signature", "header", run_of(b"AAAA", b"\n\n", b"\nHmacSHA256\n1\n1")
    yield "a nonce", "header", run_of(b"A", b"\n\nAAAA\nHmacSHA256\n", b"\n1")
    yield "a token of arrays", "token", run_of(b"W1tb", b"", b".e30.e30")
    yield "a token of dots", "token", run_of(b".")


def _queues() -> Iterator[tuple[str, str, Make]]:
    envelope = b'{"Type":"Notification","TopicArn":"arn:aws:sns:us-west-2:123456789012:MyTopic","Message":"'
    yield "a deep envelope", "sinch topic", run_of(b"[")
    yield "an envelope of a number", "sinch topic", run_of(b"9")
    yield "an envelope of escapes", "sinch topic", run_of(b"\\ud800", envelope, b'"}')
    yield "a deep message", "fanout", run_of(b"[")
    yield (
        "files of an event",
        "fanout",
        array(b'{"id":"1","type":"a","data":{"provider":"a","delivery_id":"b","media":[', b"{}", b"]}}"),
    )
    yield "an address posted to the token endpoint", "token endpoint", run_of(b"%", b"scope=")
    yield "fields posted to the token endpoint", "token endpoint", run_of(b"&a", b"scope=")


BOMBS = [
    Bomb(*row) for group in (_json, _texts, _values, _forms, _xml, _headers, _queues) for row in group()
]  # fmt: skip
