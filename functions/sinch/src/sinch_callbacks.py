"""The callbacks of Sinch's SMS REST API (XMS), and how they become events.

https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks
"""

from inbound_sms.api import Event, Media, Request, base64_of, message, read, unknown
from inbound_sms.parsing.udh import concatenation

from collections.abc import Callable
from typing import Any

from sinch_payloads import Callback, InboundMessage, MediaBody, MoBinary, MoMedia, MoText

_CONVERSATION = {"project_id", "accepted_time", "message", "message_delivery_report", "event"}
_NUMBERS = {"eventId", "resourceId", "resourceType", "eventType"}


def parse(request: Request) -> list[Event]:
    """Read one callback."""
    payload = request.json_object()
    if note := _sibling(payload):
        return [unknown(request, payload=payload, note=note)]
    kind = read(Callback, payload).type
    if reader := _READERS.get(kind):
        return [reader(request, payload)]
    return [unknown(request, provider_type=kind, payload=payload)]


def _sibling(payload: dict[str, Any]) -> str | None:
    """Return a note for a callback of another Sinch product that was given this URL by mistake; else None."""
    if "app_id" in payload and not _CONVERSATION.isdisjoint(payload):
        return "a callback of the Conversation API, whose webhooks are set in the Conversation app"
    if payload.get("origin") == "MMS_MO":
        return "a callback of the MMS product"
    return "a callback of the Numbers API" if _NUMBERS.issubset(payload) else None


def _text(request: Request, payload: dict[str, Any]) -> Event:
    mo = read(MoText, payload)
    return _message(request, mo, payload, text=mo.body)


def _binary(request: Request, payload: dict[str, Any]) -> Event:
    mo = read(MoBinary, payload)
    binary = base64_of(mo.body) if mo.body else mo.body
    text = mo.body if binary is None else None  # what isn't Base64 at all is kept as it is
    return _message(request, mo, payload, text=text, binary=binary, udh=mo.udh, concatenation=concatenation(mo.udh))


def _media(request: Request, payload: dict[str, Any]) -> Event:
    mo = read(MoMedia, payload)
    body = mo.body or MediaBody()
    media = [Media.model_validate(each, from_attributes=True) for each in body.media or ()]
    return _message(request, mo, payload, text=body.message, title=body.subject, media=media)


def _recipient_report(request: Request, payload: dict[str, Any]) -> Event:
    from sinch_reports import recipient_report  # noqa: PLC0415 - messages don't need it

    return recipient_report(request, payload)


def _batch_report(request: Request, payload: dict[str, Any]) -> Event:
    from sinch_reports import batch_report  # noqa: PLC0415 - the same

    return batch_report(request, payload)


def _message(request: Request, mo: InboundMessage, payload: dict[str, Any], **content: Any) -> Event:
    """Return the event of a `mo_*` callback. Its id is the same in every retry."""
    return message(
        request,
        mo.id,
        message_id=mo.id,
        sender=mo.sender,
        recipient=mo.to,
        sent_at=mo.sent_at,
        provider_received_at=mo.received_at,
        operator_id=mo.operator_id,
        client_reference=mo.client_reference,
        keyword=mo.keyword,
        payload=payload,
        **content,
    )


_READERS: dict[str, Callable[[Request, dict[str, Any]], Event]] = {
    "mo_text": _text,
    "mo_binary": _binary,
    "mo_media": _media,
    "recipient_delivery_report_sms": _recipient_report,
    "recipient_delivery_report_mms": _recipient_report,
    "delivery_report_sms": _batch_report,
    "delivery_report_mms": _batch_report,
}
