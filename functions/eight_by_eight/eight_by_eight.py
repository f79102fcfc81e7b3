"""8x8 Connect (formerly Wavecell): webhooks of an SMS subaccount.

https://developer.8x8.com/connect/docs/webhook-object-structure
"""

from decimal import Decimal

from pydantic import Field

from inbound_sms.auth import StaticAuthorization
from inbound_sms.events import Event, Price
from inbound_sms.normalise import message, unknown
from inbound_sms.numbers import Number, NumberField
from inbound_sms.receive import Provider, webhook
from inbound_sms.request import Identifier, Lenient, Payload, Request, read
from inbound_sms.times import IsoTime

# ---- What 8x8 posts: JSON, one URL for everything, the kind in `namespace` and `eventType` ---------------------------


class Envelope(Payload):
    """The webhook object. `description` is for people, `version` tells apart formats of other products."""

    namespace: str = ""
    event_type: str = Field(alias="eventType")


class PriceObject(Payload):
    """`price`; total isn't always perSms x smsCount, not even in 8x8's own sample."""

    total: Decimal | None = None
    per_sms: Decimal | None = Field(alias="perSms", default=None)
    currency: str | None = None


class InboundSms(Payload):
    """`inbound_message_received`: https://developer.8x8.com/connect/docs/inbound-sms"""

    umid: Identifier
    sub_account_id: Lenient[str] = Field(alias="subAccountId", default=None)
    timestamp: IsoTime = None  # UTC, with 0 to 7 fraction digits
    source: NumberField = Number()
    destination: NumberField = Number()
    body: str | None = None
    encoding: Lenient[str] = None  # GSM7, UCS2, ...: an open set
    sms_count: Lenient[int] = Field(alias="smsCount", default=None)
    price: Lenient[PriceObject] = None


class InboundSmsReceived(Payload):
    """The webhook object around an inbound SMS."""

    payload: InboundSms


def parse(request: Request) -> list[Event]:
    """Reads one webhook object; one event per request, the umid is the same in every retry."""
    payload = request.json_object()
    envelope = read(Envelope, payload)
    if (envelope.namespace, envelope.event_type) != ("SMS", "inbound_message_received"):
        kind = f"{envelope.namespace}/{envelope.event_type}"
        return [unknown(request, provider_type=kind, payload=payload)]
    sms = read(InboundSmsReceived, payload).payload
    price = sms.price
    return [
        message(
            request,
            sms.umid,
            account=sms.sub_account_id,
            message_id=sms.umid,
            sender=sms.source,
            recipient=sms.destination,
            text=sms.body,
            encoding=sms.encoding,
            segments=sms.sms_count,
            provider_received_at=sms.timestamp,
            price=price and Price(total=price.total, per_message=price.per_sms, currency=price.currency),
            payload=payload,
        )
    ]


# ---- How it signs in, and what it wants to hear ----------------------------------------------------------------------
# 8x8 docs: 4xx, 5xx and time-outs are retried after 1, 10, 30 and 90 s; then the message is lost.

EIGHT_BY_EIGHT = Provider(name="8x8", parse=parse, schemes=(StaticAuthorization(),))

handler = webhook(EIGHT_BY_EIGHT)
