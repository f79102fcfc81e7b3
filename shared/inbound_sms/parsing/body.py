"""Request bodies: JSON and forms. Any bytes whatsoever result in a value or InvalidPayload."""

import io
import re
from collections.abc import Collection
from typing import Any, NamedTuple

from pydantic_core import from_json

from inbound_sms.errors import InvalidPayload
from inbound_sms.parsing.charsets import decode

_MAX_FIELDS = 1_000
_MAX_DEPTH = 100  # well below the limits of the JSON parsers that subscribers may use
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_PERCENT = re.compile("%([0-9A-Fa-f]{2})")
_GZIP = b"\x1f\x8b\x08"
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# Which of the first four bytes are zero: JSON and XML begin with two ASCII characters.
_BY_ZEROS: dict[tuple[bool, ...], str] = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
_BOUNDARY = re.compile(r"""\s*multipart/form-data\s*;.*?boundary\s*=\s*("?)([^";,\s]{1,70})\1""", re.IGNORECASE)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


class Form(NamedTuple):
    """The fields of a form.

    `raw` holds their exact bytes and `text` their decoded values; `payload` the same as `text`, but all values of a
    list (`name[]`, or a name that the provider repeats).
    """

    raw: dict[str, bytes]
    text: dict[str, str]
    payload: dict[str, str | list[str]]


class _Field(NamedTuple):
    """A name and a value as bytes, and the charset that this part of a multipart form declares."""

    name: bytes
    value: bytes
    charset: str | None = None


def charset_of(content_type: str) -> str | None:
    """Return the charset that a content type declares, if any."""
    match = _CHARSET.search(content_type)
    return match[1] if match else None


def read_json(body: bytes, charset: str | None) -> Any:
    """Read JSON of any type: as UTF-8 if it is UTF-8 (JSON has no charset parameter), else in `charset`.

    NaN and the infinities, which some providers send, are accepted. Raises InvalidPayload.
    """
    if not body.strip():
        raise InvalidPayload("the body is empty")
    text = decode(body, charset, "windows-1252")
    if "\\ud" in text or "\\uD" in text:
        text = _without_lone_surrogates(text)
    try:
        value = from_json(text)
    except ValueError as error:
        raise InvalidPayload(f"not JSON: {error}") from None
    if text.count("{") + text.count("[") > _MAX_DEPTH and _depth(value) > _MAX_DEPTH:
        raise InvalidPayload(f"nested more than {_MAX_DEPTH} deep")
    return value


def read_form(body: bytes, content_type: str, charset: str | None, fallback: str, lists: Collection[str] = ()) -> Form:
    """Read a form: multipart/form-data if the content type says so and the body agrees, else URL-encoded.

    Each name and value is decoded independently, and `charset` (the declared one) and `fallback` count only for one
    that isn't UTF-8. `lists` names the fields that may repeat, besides those called `name[]`. Raises InvalidPayload,
    also if any other field has two different values: which of them is meant?
    """
    if not body.strip():
        raise InvalidPayload("the body is empty")
    match = _BOUNDARY.match(content_type)
    boundary = match[2].encode("utf-8", "surrogatepass") if match else b""
    posted = _multipart(body, boundary) if boundary and b"--" + boundary in body else _urlencoded(body)
    form = Form({}, {}, {})
    for field in posted:
        name, value = (decode(each, field.charset or charset, fallback) for each in (field.name, field.value))
        if name not in form.text:
            form.payload[name] = value
        elif name in lists or name.endswith("[]"):  # as PHP and others write a list
            earlier = form.payload[name]
            form.payload[name] = [*([earlier] if isinstance(earlier, str) else earlier), value]
        elif form.raw[name] != field.value:
            raise InvalidPayload("a field has two different values")
        form.raw[name], form.text[name] = field.value, value
    return form


def plain(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Return a body without its content encoding (gzip) and byte order mark; UTF-16 and UTF-32 become UTF-8.

    Raises InvalidPayload if it can't be decompressed, or becomes larger than `max_bytes`.
    """
    if body.startswith(_GZIP) or encoding.lower() in {"gzip", "x-gzip"}:
        body = _decompressed(body, max_bytes)
    elif encoding.lower() not in {"", "identity"}:
        raise InvalidPayload("a content encoding other than gzip")
    for mark, marked in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return _as_utf8(body.removeprefix(mark), marked)
    charset = _BY_ZEROS.get(tuple(byte == 0 for byte in body[:4])) if b"\0" in body[:4] else None
    return _as_utf8(body, charset) if charset else body


def _as_utf8(body: bytes, charset: str) -> bytes:
    return body if charset == "utf-8" else body.decode(charset, "replace").encode("utf-8", "replace")


def _decompressed(body: bytes, max_bytes: int) -> bytes:
    import zlib  # noqa: PLC0415 - no provider is known to compress

    decompressor = zlib.decompressobj(wbits=31)  # gzip only
    try:
        content = decompressor.decompress(body, max_bytes + 1)
    except zlib.error:
        raise InvalidPayload("not gzip, as its content encoding says") from None
    if len(content) > max_bytes:
        raise InvalidPayload(f"decompressed, it is larger than {max_bytes} bytes")
    if not decompressor.eof:
        raise InvalidPayload("its gzip stream is cut off")
    return content


def _urlencoded(body: bytes) -> list[_Field]:
    if body.count(b"&") >= _MAX_FIELDS:
        raise InvalidPayload(f"a form of more than {_MAX_FIELDS} fields")
    return [_Field(name, value) for name, value in urlencoded_pairs(body)]


def urlencoded_pairs(body: bytes) -> list[tuple[bytes, bytes]]:
    """Return the names and values of a URL-encoded form, in order. Accepts any bytes.

    It replaces urllib's parse_qsl, which for a body of percent signs allocates 190 times its size.
    """
    fields = body.decode("latin-1").replace("+", " ").split("&")
    pairs = (field.partition("=") for field in fields if field)
    return [(_unquoted(name), _unquoted(value)) for name, _, value in pairs]


def _unquoted(text: str) -> bytes:
    return _PERCENT.sub(lambda escape: chr(int(escape[1], 16)), text).encode("latin-1")


def _multipart(body: bytes, boundary: bytes) -> list[_Field]:
    from multipart import MultipartError, MultipartParser  # noqa: PLC0415 - few requests need it

    try:
        parser = MultipartParser(
            io.BytesIO(body), boundary, charset="latin-1", part_limit=_MAX_FIELDS, spool_limit=len(body)
        )
        parts = parser.parts()
    except MultipartError as error:
        raise InvalidPayload(f"not multipart/form-data: {type(error).__name__}") from None
    return [
        _Field(part.name.encode("latin-1"), part.raw, charset_of(part.headers.get("Content-Type", "")))
        for part in parts
    ]


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


def _without_lone_surrogates(text: str) -> str:
    """Replace each escaped lone surrogate, which UTF-8 can't encode, by U+FFFD."""
    return _ESCAPE.sub(lambda escape: "\\ufffd" if escape[1] else escape[0], text)
