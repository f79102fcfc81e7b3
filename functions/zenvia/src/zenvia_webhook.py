"""Zenvia: messages and their statuses, as its subscriptions post them.

https://zenvia.github.io/zenvia-openapi-spec/v2/#tag/Webhooks
"""

from inbound_sms.api import (
    CustomHeader,
    Event,
    Identifier,
    InternationalNumberField,
    IsoTime,
    Lenient,
    Number,
    NumberField,
    OAuth2,
    Parsed,
    Payload,
    Provider,
    Request,
    Several,
    StaticAuthorization,
    Status,
    delivery_report,
    ignored,
    message,
    read,
    unknown,
    webhook,
)

from typing import Any

from pydantic import Field

# ---- What Zenvia posts: a JSON object of one of several types --------------------------------------------------------

STATUSES: dict[str, Status] = {
    "SENT": "sent",
    "REJECTED": "rejected",
    "DELIVERED": "delivered",
    "NOT_DELIVERED": "failed",
    "READ": "read",
    "VERIFIED": "delivered",  # and shown as from a verified sender
}


class Subscribed(Payload):
    """What every type of event has. `id` names the event: another subscription gives the same message another."""

    type: str
    channel: Lenient[str] = None
    direction: Lenient[str] = None  # IN or OUT
    timestamp: IsoTime = None


class Content(Payload):
    """A part of a message; by SMS there is only text."""

    text: str | None = None


class InboundMessage(Payload):
    """The `message` of a MESSAGE."""

    id: Identifier
    direction: Lenient[str] = None
    # Zenvia docs (SMS sender and recipient): a person's number includes the country code; ours is an account's alias.
    sender: InternationalNumberField = Field(alias="from", default=Number())
    to: NumberField = Number()
    contents: Several[Content] = ()
    timestamp: IsoTime = None


class Sent(Payload):
    """The `message` of a MESSAGE_STATUS: the one that we sent."""

    id: Lenient[Identifier] = None
    external_id: Lenient[str] = Field(alias="externalId", default=None)
    sender: NumberField = Field(alias="from", default=Number())
    to: InternationalNumberField = Number()


class Cause(Payload):
    """Why a message was not delivered."""

    channel_error_code: Lenient[str] = Field(alias="channelErrorCode", default=None)
    reason: Lenient[str] = None
    details: Lenient[str] = None


class MessageStatus(Payload):
    """The `messageStatus` of a MESSAGE_STATUS."""

    code: str
    description: Lenient[str] = None
    timestamp: IsoTime = None
    causes: Lenient[Several[Cause]] = None


class StatusEvent(Subscribed):
    """A MESSAGE_STATUS."""

    id: Identifier
    message_id: Lenient[str] = Field(alias="messageId", default=None)  # deprecated
    message: Lenient[Sent] = None
    status: MessageStatus = Field(alias="messageStatus")


def parse(request: Request) -> list[Parsed]:
    """Read one event of a subscription."""
    payload = request.json_object()
    event = read(Subscribed, payload)
    if event.type == "MESSAGE_STATUS":
        return [_report(request, payload)]
    if event.type != "MESSAGE":
        return [unknown(request, provider_type=event.type, payload=payload)]
    sms = read(InboundMessage, payload, "message")
    if {event.direction, sms.direction} - {None} == {"OUT"}:
        return ignored("a copy of a message that we sent")
    if (event.channel or "sms").lower() != "sms":
        return [unknown(request, provider_type=event.channel, payload=payload, note="a channel other than SMS")]
    texts = [content.text for content in sms.contents if content.text is not None]
    return [
        message(
            request,
            sms.id,
            message_id=sms.id,
            sender=sms.sender,
            recipient=sms.to,
            text="\n".join(texts) if texts else None,
            provider_received_at=sms.timestamp or event.timestamp,
            payload=payload,
        )
    ]


def _report(request: Request, payload: dict[str, Any]) -> Event:
    """Return the event of a status, under Zenvia's id of the event: a status such as CLICKED may come again."""
    event = read(StatusEvent, payload)
    sent, status = event.message or Sent(), event.status
    cause = status.causes[0] if status.causes else Cause()
    return delivery_report(
        request,
        event.id,
        message_id=sent.id or event.message_id,
        client_reference=sent.external_id,
        channel=event.channel,
        sender=sent.sender,
        recipient=sent.to,
        status=STATUSES.get(status.code.upper(), "unknown"),
        provider_status=status.code,
        provider_code=cause.channel_error_code,
        description=cause.details or cause.reason or status.description,
        reported_at=status.timestamp or event.timestamp,
        payload=payload,
    )


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Zenvia docs: a response within 1 s, else it counts as a failure; after 5 s there is none. Failures are tried again, at
# least 30 s apart, up to 30 attempts. Ten in a row degrade the webhook, 500 switch it off.

ZENVIA = Provider(name="zenvia", parse=parse, schemes=(CustomHeader(), StaticAuthorization(), OAuth2()))

handler = webhook(ZENVIA)
