"""Sinch SMS REST API (XMS): callbacks.

https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks
"""

from pydantic import Field

from inbound_sms.auth import Basic
from inbound_sms.events import Event
from inbound_sms.normalise import message, unknown
from inbound_sms.numbers import Number, NumberField
from inbound_sms.receive import Provider, webhook
from inbound_sms.request import Identifier, Lenient, Payload, Request, read
from inbound_sms.times import IsoTime

# ---- What Sinch posts: JSON, the kind of callback in `type` ----------------------------------------------------------


class Callback(Payload):
    """Every callback: mo_text, mo_binary, mo_media, delivery_report_sms, recipient_delivery_report_sms, ..."""

    type: str


class MoText(Payload):
    """`mo_text`: an inbound text. Long texts arrive joined."""

    id: Identifier
    sender: NumberField = Field(alias="from", default=Number())
    to: NumberField = Number()
    body: str | None = None
    received_at: IsoTime = None
    sent_at: IsoTime = None  # only if the operator gives it
    operator_id: Lenient[str] = None  # MCC and MNC
    client_reference: Lenient[str] = None


def parse(request: Request) -> list[Event]:
    """Reads one callback; Sinch docs: one event per request, the id is the same in every retry."""
    payload = request.json_object()
    kind = read(Callback, payload).type
    if kind != "mo_text":
        return [unknown(request, provider_type=kind, payload=payload)]
    mo = read(MoText, payload)
    return [
        message(
            request,
            mo.id,
            message_id=mo.id,
            sender=mo.sender,
            recipient=mo.to,
            text=mo.body,
            sent_at=mo.sent_at,
            provider_received_at=mo.received_at,
            operator_id=mo.operator_id,
            client_reference=mo.client_reference,
            payload=payload,
        )
    ]


# ---- How it signs in, and what it wants to hear ----------------------------------------------------------------------
# Sinch docs: 2xx is success, 5xx is retried for up to 45 hours, 429 too; any other 4xx is never retried.

SINCH = Provider(name="sinch", parse=parse, schemes=(Basic(),))

handler = webhook(SINCH)
