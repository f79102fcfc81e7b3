"""Infobip: inbound SMS and MMS, delivery reports and clicks.

https://www.infobip.com/docs/api/channels/sms/inbound-sms/receive-inbound-sms-messages
"""

from inbound_sms.api import (
    Basic,
    EpochTime,
    Event,
    Identifier,
    InternationalNumberField,
    IsoTime,
    Lenient,
    Media,
    Number,
    NumberField,
    OAuth2,
    Parsed,
    Payload,
    Price,
    Provider,
    Request,
    Status,
    delivery_report,
    each_item,
    hash_of,
    ignored,
    link_click,
    message,
    read,
    unknown,
    webhook,
)

from decimal import Decimal
from typing import Any

from pydantic import AliasChoices, Field

# ---- Payloads: `results` holds messages or reports, of the SMS, the MMS or the Messages API; a click comes alone -----

STATUSES: dict[str, Status] = {  # by groupName
    "ACCEPTED": "queued",
    "PENDING": "sent",
    "UNDELIVERABLE": "failed",
    "DELIVERED": "delivered",
    "EXPIRED": "expired",
    "REJECTED": "rejected",
}
_INTERMEDIATE = {"DELIVERED_TO_OPERATOR"}  # "in flight", though its group is DELIVERED: docs, Message status codes
_SHORT_MESSAGES = ("SMS", "MMS")


class Cost(Payload):
    """What one message cost."""

    per_message: Lenient[Decimal] = Field(alias="pricePerMessage", default=None)
    currency: Lenient[str] = None


class Result(Payload):
    """What messages and reports have in common; the second names are those of the Messages API."""

    id: Identifier = Field(alias="messageId")
    sender: NumberField = Field(validation_alias=AliasChoices("from", "sender"), default=Number())
    # "Addresses must be in international format (Example: `41793026727`)" is said of destinations, not of senders.
    to: InternationalNumberField = Field(validation_alias=AliasChoices("to", "destination"), default=Number())
    callback_data: Lenient[str] = Field(alias="callbackData", default=None)
    segments: Lenient[int] = Field(validation_alias=AliasChoices("smsCount", "messageCount"), default=None)
    price: Lenient[Cost] = None

    def fields(self) -> dict[str, Any]:
        """Return the fields of an event that both have."""
        cost = self.price and Price(per_message=self.price.per_message, currency=self.price.currency)
        return {
            "message_id": self.id,
            "sender": self.sender,
            "recipient": self.to,
            "client_reference": self.callback_data,
            "segments": self.segments,
            "price": cost,
        }


class Part(Payload):
    """A part of an MMS: a text or the link to a file. The second names are those of the Messages API."""

    type: Lenient[str] = None  # TEXT, SUBJECT, IMAGE, ...
    content_type: Lenient[str] = Field(alias="contentType", default=None)
    text: str | None = Field(validation_alias=AliasChoices("value", "text"), default=None)
    url: str | None = None
    keyword: Lenient[str] = None


class Inbound(Result):
    """An inbound message: `text` of an SMS, else its parts."""

    text: str | None = None
    parts: tuple[Part, ...] = Field(validation_alias=AliasChoices("message", "content"), default=())
    keyword: Lenient[str] = None
    received_at: IsoTime = Field(alias="receivedAt", default=None)


class State(Payload):
    """The status of a message, or the error that led to it."""

    id: Lenient[str] = None
    group: Lenient[str] = Field(alias="groupName", default=None)
    name: Lenient[str] = None
    description: Lenient[str] = None


class Report(Result):
    """What became of a message of ours."""

    bulk_id: Lenient[str] = Field(alias="bulkId", default=None)
    status: State
    error: Lenient[State] = None
    network: Lenient[str] = Field(alias="mccMnc", default=None)
    done_at: IsoTime = Field(alias="doneAt", default=None)


class Click(Payload):
    """Somebody followed a link of a message of ours. It says neither which click of that link, nor a short URL."""

    id: Identifier = Field(alias="messageId")
    recipient: InternationalNumberField = Number()
    url: str
    time: str = Field(alias="sendDateTime")  # epoch milliseconds; two clicks on one link differ in it
    clicked_at: EpochTime = Field(alias="sendDateTime", default=None)


def parse(request: Request) -> list[Parsed]:
    """Read a batch of messages and reports, which may be empty, or a click."""
    payload = request.json_object()
    if "results" in payload:
        return each_item(request, payload["results"], _result) or ignored("an empty batch")
    if payload.get("notificationType") == "CLICKED":
        click = read(Click, payload)
        own_id = f"{click.id}:{hash_of(click.url.encode('utf-8', 'surrogatepass'), click.time.encode())}"
        return [
            link_click(
                request,
                own_id,
                payload=payload,
                whole_payload=True,
                message_id=click.id,
                recipient=click.recipient,
                target_url=click.url,
                clicked_at=click.clicked_at,
            )
        ]
    return [unknown(request, payload=payload)]


def _result(request: Request, item: dict[str, Any]) -> Event:
    """Read one result: a report has a status, a message has a text or parts."""
    kind, channel = item.get("event"), item.get("channel") or item.get("integrationType")
    if channel and str(channel) not in _SHORT_MESSAGES:  # WHATSAPP, VIBER_BM, ...
        return unknown(request, payload=item, provider_type=str(channel), note="a channel other than SMS and MMS")
    if isinstance(item.get("status"), dict) and kind in (None, "DELIVERY"):
        return _report(request, item)
    if kind in (None, "MO") and not {"text", "message", "content"}.isdisjoint(item):
        return _inbound(request, item)
    return unknown(request, payload=item, provider_type=None if kind is None else str(kind))


def _inbound(request: Request, item: dict[str, Any]) -> Event:
    it = read(Inbound, item)
    titles = [part.text for part in it.parts if part.type == "SUBJECT" and part.text]
    texts = [part.text for part in it.parts if part.type != "SUBJECT" and part.text is not None]
    keywords = [part.keyword for part in it.parts if part.keyword]
    return message(
        request,
        it.id,
        **it.fields(),
        text=it.text if it.text is not None else "\n".join(texts) if texts else None,
        title="\n".join(titles) or None,
        media=[Media(url=part.url, content_type=part.content_type) for part in it.parts if part.url],
        keyword=it.keyword or next(iter(keywords), None),
        provider_received_at=it.received_at,
        payload=item,
    )


def _report(request: Request, item: dict[str, Any]) -> Event:
    it = read(Report, item)
    error = it.error or State()
    return delivery_report(
        request,
        f"{it.id}:{it.status.name or it.status.group}:{error.name or ''}",
        **it.fields(),
        batch_id=it.bulk_id,
        status="sent" if it.status.name in _INTERMEDIATE else STATUSES.get(it.status.group or "", "unknown"),
        provider_status=it.status.name or it.status.group,
        provider_code=error.id,
        provider_code_meaning=error.name,
        description=it.status.description,
        operator_id=it.network,
        reported_at=it.done_at,
        payload=item,
    )


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Infobip docs (Subscriptions API): BASIC, HMAC, OAUTH; of HMAC neither header nor content are documented. 200 accepts.

INFOBIP = Provider(name="infobip", parse=parse, schemes=(Basic(), OAuth2()))

handler = webhook(INFOBIP)
