"""The XML form of 8x8's webhooks, as the same nested object that its JSON form is."""

from inbound_sms.api import InvalidPayload

from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

_MAX_DEPTH = 20  # 8x8's goes down three


def read_xml(body: bytes) -> dict[str, Any]:
    """Gives the object under `<root>`; raises InvalidPayload. Document types are refused."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InvalidPayload(f"not XML: {type(error).__name__}") from None
    value = _value(root, 0)
    if not isinstance(value, dict):
        raise InvalidPayload("not an XML object")
    return value


def _value(element: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise InvalidPayload(f"nested more than {_MAX_DEPTH} deep")
    if not len(element):
        return element.text or ""
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(child.tag, []).append(_value(child, depth + 1))
    return {tag: values if len(values) > 1 else values[0] for tag, values in found.items()}
