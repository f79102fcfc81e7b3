"""What a provider sent, as it is shown: its text, its format, and the place that is broken."""

import json
import re
from collections.abc import Mapping
from typing import Any

from gateway.console.rows import parts_of

_STEP = re.compile(r"[^.\[\]]+")


def format_of(text: str, content_type: str = "") -> str:
    """Return json, form, xml or text: by what it begins with, for that is what it is read as."""
    begin = text.lstrip()[:1]
    if begin in {"{", "["} or "json" in content_type:
        return "json"
    if begin == "<" or "xml" in content_type:
        return "xml"
    if "form" in content_type or re.fullmatch(r"[^\s=&]+=[^\s]*", text):
        return "form"
    return "text"


def payload_of(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the provider's payload as an event holds it, or those of its parts; None where it is kept elsewhere."""
    parts = [part.get("provider_payload") for part in parts_of(event)]
    payload: Any = parts or event["data"].get("provider_payload")
    if payload is None:
        return None
    if isinstance(payload, str):
        return {"text": payload, "format": format_of(payload), "exact": False}
    return {"text": json.dumps(payload, indent=2, ensure_ascii=False), "format": "json", "exact": False}


def mark_of(text: str, record: Mapping[str, Any]) -> dict[str, int] | None:
    """Return the place in a body that the record of the quarantine names: where JSON breaks off, or the value at the
    path of a field (in the first item of a batch that is wrong), or what lacks it. None where that can't be told.
    """
    field = str(record.get("field") or "")
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        if format_of(text) != "json":
            return _mark_in_form(text, field)
        at = min(error.pos, max(len(text) - 1, 0))
        return _mark(text, at, len(text) - at if error.msg.startswith("Unterminated") else min(1, len(text)))
    except (ValueError, RecursionError):
        return None
    return _mark_at(text, _way_to_item(whole, record) + _STEP.findall(field))


def _way_to_item(whole: Any, record: Mapping[str, Any]) -> list[str]:
    """Return the path of the first item of a batch that is wrong; empty for what is no batch."""
    items = record.get("items")
    if not items:
        return []
    position = str(items[0]["item"])
    if isinstance(whole, dict):
        return next(([name, position] for name, held in whole.items() if isinstance(held, list)), [])
    return [position]


def _mark_in_form(text: str, field: str) -> dict[str, int] | None:
    found = field and re.search(rf"(?:^|(?<=[?&])){re.escape(field.rpartition('.')[2])}=[^&]*", text)
    return _mark(text, found.start(), len(found[0])) if found else None


def _mark_at(text: str, path: list[str]) -> dict[str, int] | None:
    """Go down a sound JSON text along a path, as far as it goes; the whole of it would be no place."""
    reader = _Reader(text)
    found, inside = None, reader.value(0)
    for step in path:
        member = reader.member(inside[0], step)
        if member is None:
            break
        found = inside = member
    return _mark(text, found[0], found[1] - found[0]) if found else None


def _mark(text: str, offset: int, length: int) -> dict[str, int]:
    before = text[:offset]
    column = offset - (before.rfind("\n") + 1) + 1
    return {"line": before.count("\n") + 1, "column": column, "offset": offset, "length": length}


class _Reader:
    """Finds where the values of a JSON text, which is sound, begin and end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decode = json.JSONDecoder().raw_decode

    def value(self, at: int) -> tuple[int, int]:
        """Return where the value begins and ends that comes next."""
        begin = self._skip(at)
        return begin, self._decode(self._text, begin)[1]

    def member(self, begin: int, step: str) -> tuple[int, int] | None:
        """Return where a member of an object or an array stands, by its name or number; None where there is none."""
        closing = {"{": "}", "[": "]"}.get(self._text[begin])
        at, number = self._skip(begin + 1), 0
        found = None
        while closing and self._text[at] != closing:
            name: Any = str(number)
            if closing == "}":
                name, at = self._decode(self._text, at)
                at = self._skip(at) + 1  # the colon
            inside = self.value(at)
            if name == step:
                found = inside  # of the same name twice, the last one counts
            at, number = self._skip(inside[1]), number + 1
            at = self._skip(at + 1) if self._text[at] == "," else at
        return found

    def _skip(self, at: int) -> int:
        while at < len(self._text) and self._text[at] in " \t\r\n":
            at += 1
        return at
