"""8x8's webhooks in XML, read into the same nested object as in JSON."""

from inbound_sms.api import InvalidPayload

from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

_MAX_DEPTH = 20  # 8x8's own has three levels


def read_xml(body: bytes) -> dict[str, Any]:
    """Return the object in `<root>`. Raises InvalidPayload, also for a document type declaration."""
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
    members: dict[str, list[Any]] = {}
    for child in element:
        members.setdefault(child.tag, []).append(_value(child, depth + 1))
    return {tag: values if len(values) > 1 else values[0] for tag, values in members.items()}
