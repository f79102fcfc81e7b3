"""Callbacks that were plainly meant for another URL or another product: what they are, in words."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

_CONVERSATION_KEYS = {"project_id", "accepted_time", "message", "message_delivery_report", "event"}
_SINCH_SMS_KINDS = ("mo_", "delivery_report_", "recipient_delivery_report_")


class _Shape(NamedTuple):
    """A kind of callback: what it is, whose URL it belongs to (none of ours: None), and how it is recognised."""

    description: str
    home: str | None
    fits: Callable[[Mapping[str, Any]], bool]


def _with(*keys: str) -> Callable[[Mapping[str, Any]], bool]:
    return frozenset(keys).issubset


_SHAPES = (
    _Shape(
        "a callback of the Sinch Conversation API, whose webhooks are set in the Conversation app",
        None,
        lambda payload: "app_id" in payload and not _CONVERSATION_KEYS.isdisjoint(payload),
    ),
    _Shape("a callback of Sinch's MMS product", None, lambda payload: payload.get("origin") == "MMS_MO"),
    _Shape("a callback of the Sinch Numbers API", None, _with("eventId", "resourceId", "resourceType", "eventType")),
    _Shape(
        "a callback of Sinch SMS", "sinch", lambda payload: str(payload.get("type", "")).startswith(_SINCH_SMS_KINDS)
    ),
    _Shape("a webhook of 8x8", "8x8", _with("namespace", "eventType", "payload")),
    _Shape("an inbound SMS of URL Networks", "url-networks", _with("service_id", "sms_number", "message_id")),
    _Shape("an inbound SMS of Agile Telecom", "agile-telecom", _with("originator", "destination", "date_time")),
    _Shape(
        "an event webhook of Agile Telecom",
        "agile-telecom",
        lambda payload: "channel" in payload and payload.get("eventType") in ("DELIVERY", "READ", "INBOUND"),
    ),
    _Shape(
        "a delivery report of Agile Telecom",
        "agile-telecom",
        _with("messageId", "phoneNumber", "status", "channel", "timestamp"),
    ),
    _Shape("a notification of Amazon SNS", None, _with("Type", "TopicArn", "MessageId", "Message")),
)


def recognise(payload: Mapping[str, Any], provider: str) -> str | None:
    """Takes a payload that came to a provider's URL; says what it is when it plainly belongs elsewhere, else None."""
    for shape in _SHAPES:
        if shape.home != provider and shape.fits(payload):
            where = f"the URL of {shape.home}" if shape.home else "another URL"
            return f"this looks like {shape.description}: it came to the URL of {provider} and belongs to {where}"
    return None
