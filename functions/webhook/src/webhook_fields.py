"""Reads the fields of a payload by the paths in a document."""

from inbound_sms.api import (
    Concatenation,
    InvalidPayload,
    Media,
    Number,
    base64_of,
    base64_of_hex,
    known_charset,
    parse_epoch,
    parse_iso,
    parse_number,
    parse_pattern,
)

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal

from webhook_document import Binary, Condition, Message, Parts, Report
from webhook_document import Media as MediaFields
from webhook_settings import Time

_IDENTIFIER = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,256}")
_MOST_MEDIA = 100

Paths = Sequence[str] | None


def found(payload: Any, paths: Paths) -> Any:
    """Return the value of the first path that leads to something but null; None if none does."""
    for path in paths or ():
        value = _at(payload, path)
        if value is not None:
            return value
    return None


def _at(payload: Any, path: str) -> Any:
    """Return what a path leads to: a name that contains dots itself comes before the names between them."""
    if isinstance(payload, Mapping) and path in payload:
        return payload[path]
    for name in path.split("."):
        if isinstance(payload, Mapping):
            payload = payload.get(name)
        elif isinstance(payload, list) and name.isascii() and name.isdecimal() and int(name[:4]) < len(payload):
            payload = payload[int(name[:4])]
        else:
            return None
    return payload


def scalar(value: Any) -> str | None:
    """Return a text as it is, and a number or a truth value as JSON writes it; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        with suppress(ValueError):  # an integer of thousands of digits
            return repr(value)
        return None
    return value if isinstance(value, str) else None


def text_at(payload: Any, paths: Paths) -> str | None:
    """Return a field of secondary importance as text; None if it is none."""
    return scalar(found(payload, paths))


def required_text(payload: Any, paths: Paths) -> str | None:
    """Return the text of a message, if there is any. Raises InvalidPayload if something else stands there."""
    value = found(payload, paths)
    if value is not None and scalar(value) is None:
        raise InvalidPayload("neither a text nor a number", _name(paths))
    return scalar(value)


def identifier_at(payload: Any, paths: Paths) -> str:
    """Return what identifies an event. Raises InvalidPayload if it isn't there, or can't be part of an id."""
    value = text_at(payload, paths)
    if not value:
        raise InvalidPayload("what identifies the event is missing", _name(paths))
    if not _IDENTIFIER.fullmatch(value):
        raise InvalidPayload("no identifier: up to 256 characters, none of them a control character", _name(paths))
    return value


def identity_at(payload: Any, paths: Paths) -> bytes:
    """Return one of the fields that together identify an event. Raises InvalidPayload if it isn't there."""
    value = text_at(payload, paths)
    if value is None:
        raise InvalidPayload("what identifies the event is missing", _name(paths))
    return value.encode("utf-8", "surrogatepass")


def _name(paths: Paths) -> str | None:
    return paths[0] if paths else None


def number_at(payload: Any, paths: Paths, rules: Message | Report, name: Literal["from", "to"]) -> Number:
    """Return a phone number; an empty one if there is none. A prefix of international numbers counts as their plus."""
    value, international = found(payload, paths), name in rules.international
    prefix = rules.international_prefix
    if international and prefix and isinstance(value, str) and value.startswith(prefix):
        number = parse_number("+" + value.removeprefix(prefix))
        if number.number:
            return number.model_copy(update={"raw": value})
    return parse_number(value, international=international and not prefix)


def integer_at(payload: Any, paths: Paths) -> int | None:
    """Return a small whole number; None if there is none."""
    value = text_at(payload, paths)
    return int(value) if value and len(value) <= 9 and value.isascii() and value.isdecimal() else None


def time_at(payload: Any, time: Time | None, received_at: datetime) -> datetime | None:
    """Return a time; None if it is missing or can't be read."""
    value = found(payload, time.field) if time else None
    if time is None or value is None:
        return None
    if time.format == "epoch":
        return parse_epoch(value)
    if time.format == "iso":
        return parse_iso(value, time.zone, received_at)
    return parse_pattern(scalar(value), time.format, time.zone, received_at)


def holds(payload: Any, conditions: Iterable[Condition]) -> bool:
    """Return whether every condition is true of a payload."""
    return all(_is_true(payload, condition) for condition in conditions)


def _is_true(payload: Any, condition: Condition) -> bool:
    value = found(payload, condition.field)
    if condition.equals is not None:
        return scalar(value) in condition.equals or (condition.optional and value is None)
    return (value is not None) == condition.present


def media_at(payload: Any, fields: MediaFields | None) -> list[Media]:
    """Return the files that came with a message."""
    values: list[Any] = []
    for path in fields.field if fields else ():
        value = _at(payload, path)
        values += value if isinstance(value, list) else [value]
    media = [_file(each, fields) for each in values[:_MOST_MEDIA] if fields]
    return [each for each in media if each]


def _file(value: Any, fields: MediaFields) -> Media | None:
    if isinstance(value, str):
        return Media(url=value) if value else None
    url = text_at(value, fields.url)
    return Media(url=url, content_type=text_at(value, fields.content_type)) if url else None


def parts_at(payload: Any, parts: Parts | None) -> Concatenation | None:
    """Return which part of a longer message this is; None if it doesn't say, or says what can't be."""
    if parts is None:
        return None
    reference, total, part = (integer_at(payload, each) for each in (parts.reference, parts.total, parts.part))
    if reference is None or not total or not part or part > total:
        return None
    return Concatenation(reference=reference, reference_bits=parts.reference_bits, total=total, part=part)


def decoded(payload: Any, binary: Binary | None, text: str | None) -> tuple[str | None, str | None]:
    """Return text and bytes (in Base64) of a message, of which one is None: by its coding, if that is known."""
    written = text_at(payload, binary.field) if binary else None
    if binary is None or not written:
        return text, None
    content = base64_of_hex(written) if binary.encoding == "hex" else base64_of(written)
    coding = text_at(payload, binary.coding)
    if content is None or (coding or "0") in binary.as_text:
        return text, None
    charset = known_charset(binary.charsets.get(coding or "0"))
    if charset:
        with suppress(UnicodeDecodeError):
            return base64.b64decode(content).decode(charset), None
    return None, content
