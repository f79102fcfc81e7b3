"""Request bodies: JSON and forms. Any bytes whatsoever result in a value or InvalidPayload."""

import io
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic_core import from_json

from inbound_sms.errors import InvalidPayload
from inbound_sms.parsing.text import decode

_MAX_FIELDS = 1_000
_MAX_DEPTH = 100  # well below the limits of the JSON parsers that subscribers may use
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_PERCENT = re.compile("%([0-9A-Fa-f]{2})")
_BOM = b"\xef\xbb\xbf"
_BOUNDARY = re.compile(r"""\s*multipart/form-data\s*;.*?boundary\s*=\s*("?)([^";,\s]{1,70})\1""", re.IGNORECASE)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


class Form(NamedTuple):
    """The fields of a form.

    `raw` holds their exact bytes and `text` their decoded values (of a repeated field, the last); `payload` holds all
    decoded values, as a list where a field is repeated.
    """

    raw: dict[str, bytes]
    text: dict[str, str]
    payload: dict[str, str | list[str]]


class _Posted(NamedTuple):
    """Names and values as bytes. `charset` is the first one that a part of a multipart form declares."""

    fields: list[tuple[bytes, bytes]]
    files: Sequence[tuple[bytes, bytes]] = ()
    charset: str | None = None


def charset_of(content_type: str) -> str | None:
    """Return the charset that a content type declares, if any."""
    match = _CHARSET.search(content_type)
    return match[1] if match else None


def read_json_object(body: bytes, charset: str | None) -> dict[str, Any]:
    """Read a JSON object in this charset, else in UTF-8. Raises InvalidPayload."""
    value = read_json(body, charset)
    if not isinstance(value, dict):
        raise InvalidPayload("not a JSON object")
    return value


def read_json(body: bytes, charset: str | None) -> Any:
    """Read JSON of any type in this charset, else in UTF-8. Raises InvalidPayload."""
    if not body.strip():
        raise InvalidPayload("the body is empty")
    [text] = decode([body.removeprefix(_BOM)], charset, "windows-1252")
    if "\\ud" in text or "\\uD" in text:
        text = _without_lone_surrogates(text)
    try:
        value = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidPayload(f"not JSON: {error}") from None
    if text.count("{") + text.count("[") > _MAX_DEPTH and _depth(value) > _MAX_DEPTH:
        raise InvalidPayload(f"nested more than {_MAX_DEPTH} deep")
    return value


def read_form(body: bytes, content_type: str, charset: str | None, fallback: str) -> Form:
    """Read a form: multipart/form-data if the content type says so and the body agrees, else URL-encoded.

    `charset` is the declared one and `fallback` the one for text that is not UTF-8 either. Raises InvalidPayload.
    """
    body = body.removeprefix(_BOM)
    if not body.strip():
        raise InvalidPayload("the body is empty")
    match = _BOUNDARY.match(content_type)
    boundary = match[2].encode("utf-8", "surrogatepass") if match else b""
    posted = _multipart(body, boundary) if boundary and b"--" + boundary in body else _Posted(_urlencoded(body))
    raw = [part for pair in posted.fields for part in pair]
    decoded = decode(raw, charset or posted.charset, fallback)
    for file in posted.files:  # each by itself: the bytes of a file say nothing about the fields' charset
        raw += file
        decoded += decode(list(file), charset, fallback)
    names, values = decoded[::2], decoded[1::2]
    payload: dict[str, str | list[str]] = {}
    for name, value in zip(names, values, strict=True):
        earlier = payload.get(name)
        payload[name] = value if earlier is None else [*([earlier] if isinstance(earlier, str) else earlier), value]
    return Form(
        raw=dict(zip(names, raw[1::2], strict=True)), text=dict(zip(names, values, strict=True)), payload=payload
    )


def _urlencoded(body: bytes) -> list[tuple[bytes, bytes]]:
    if body.count(b"&") >= _MAX_FIELDS:
        raise InvalidPayload(f"a form of more than {_MAX_FIELDS} fields")
    return urlencoded_pairs(body)


def urlencoded_pairs(body: bytes) -> list[tuple[bytes, bytes]]:
    """Return the names and values of a URL-encoded form, in order. Accepts any bytes.

    It replaces urllib's parse_qsl, which for a body of percent signs allocates 190 times its size.
    """
    fields = body.decode("latin-1").replace("+", " ").split("&")
    pairs = (field.partition("=") for field in fields if field)
    return [(_unquoted(name), _unquoted(value)) for name, _, value in pairs]


def _unquoted(text: str) -> bytes:
    return _PERCENT.sub(lambda escape: chr(int(escape[1], 16)), text).encode("latin-1")


def _multipart(body: bytes, boundary: bytes) -> _Posted:
    from multipart import MultipartError, MultipartParser  # noqa: PLC0415 - few requests need it

    try:
        parser = MultipartParser(
            io.BytesIO(body), boundary, charset="latin-1", part_limit=_MAX_FIELDS, spool_limit=len(body)
        )
        parts = parser.parts()
    except MultipartError as error:
        raise InvalidPayload(f"not multipart/form-data: {type(error).__name__}") from None
    fields = [part for part in parts if part.filename is None]
    files = [part for part in parts if part.filename is not None]
    declared = (charset_of(part.headers.get("Content-Type", "")) for part in fields)
    return _Posted(
        fields=[(part.name.encode("latin-1"), part.raw) for part in fields],
        files=[(part.name.encode("latin-1"), part.raw) for part in files],
        charset=next(filter(None, declared), None),
    )


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
