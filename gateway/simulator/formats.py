"""The formats that providers post in: how a payload is read out of a sample, and written again with other values."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

Payload = Any  # of JSON what json.loads makes of it; of a form and of XML, texts by their names

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
XML = "application/xml"


@dataclass(frozen=True)
class Format:
    """How a payload is read and written, and the content type and method that it is posted by."""

    read: Callable[[bytes], Payload]
    write: Callable[[Payload], bytes]
    content_type: str = ""
    method: str = "POST"


def _read_form(body: bytes) -> dict[str, Any]:
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _write_form(payload: Payload) -> bytes:
    return urlencode(payload, doseq=True).encode()


def _read_xml(body: bytes) -> dict[str, Any]:
    root = ET.fromstring(body)  # noqa: S314 - a sample of ours
    return {root.tag: _content(root)}


def _content(element: ET.Element) -> Any:
    return {child.tag: _content(child) for child in element} if len(element) else (element.text or "").strip()


def _write_xml(payload: Payload) -> bytes:
    """Write each field as an element; of those that repeat only the last was read."""
    [(name, value)] = payload.items()
    return f'<?xml version="1.0" encoding="UTF-8"?>{_element(name, value)}'.encode()


def _element(name: str, value: Any) -> str:
    content = "".join(_element(*each) for each in value.items()) if isinstance(value, Mapping) else escape(str(value))
    return f"<{name}>{content}</{name}>"


BY_ENDING: Mapping[str, Format] = {
    ".json": Format(json.loads, lambda payload: json.dumps(payload).encode(), JSON),
    ".form": Format(_read_form, _write_form, FORM),
    ".xml": Format(_read_xml, _write_xml, XML),
    ".query": Format(_read_form, _write_form, method="GET"),
}
