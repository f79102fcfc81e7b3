"""AWS End User Messaging: two-way SMS, and what became of the messages that were sent, from an SNS topic.

https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html
"""

from inbound_sms.api import (
    EpochTime,
    Event,
    Identifier,
    InvalidPayload,
    Lenient,
    Number,
    NumberField,
    Parsed,
    Payload,
    Provider,
    Request,
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

from aws_end_user_messaging_sns import AwsSettings, SnsTopic, confirmed

# ---- What it publishes: a message or an event, in JSON, inside a post of SNS -----------------------------------------

# By what follows TEXT_ or MEDIA_ in the event's type:
# https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html
STATUSES: dict[str, Status] = {
    "QUEUED": "queued",
    "PENDING": "queued",
    "SUCCESSFUL": "sent",  # the carrier accepted it; in some countries it says no more than that
    "DELIVERED": "delivered",
    "BLOCKED": "rejected",
    "CARRIER_BLOCKED": "rejected",
    "PROTECT_BLOCKED": "rejected",
    "SPAM": "rejected",
    "INVALID": "failed",
    "INVALID_MESSAGE": "failed",
    "UNREACHABLE": "failed",
    "CARRIER_UNREACHABLE": "failed",
    "TTL_EXPIRED": "expired",
}
_POSTS = {
    "SubscriptionConfirmation": "a subscription to confirm, which sns_topic in the parameter has to vouch for",
    "UnsubscribeConfirmation": "the subscription has ended: nothing comes from this topic any more",
}


class InboundSms(Payload):
    """A text from a person."""

    id: Identifier = Field(alias="inboundMessageId")
    sender: NumberField = Field(alias="originationNumber", default=Number())
    recipient: NumberField = Field(alias="destinationNumber", default=Number())
    keyword: Lenient[str] = Field(alias="messageKeyword", default=None)
    text: str | None = Field(alias="messageBody", default=None)


class Sent(Payload):
    """An event of a message that was sent."""

    id: Identifier = Field(alias="messageId")
    kind: Identifier = Field(alias="eventType")
    at: EpochTime = Field(alias="eventTimestamp", default=None)
    sender: NumberField = Field(alias="originationPhoneNumber", default=Number())
    recipient: NumberField = Field(alias="destinationPhoneNumber", default=Number())
    mcc: Lenient[str] = None
    mnc: Lenient[str] = None
    encoding: Lenient[str] = Field(alias="messageEncoding", default=None)
    status: Lenient[str] = Field(alias="messageStatus", default=None)
    description: Lenient[str] = Field(alias="messageStatusDescription", default=None)
    parts: Lenient[int] = Field(alias="totalMessageParts", default=None)


def parse(request: Request) -> list[Parsed]:
    """Read a post of SNS: what it carries counts, and stands in the events."""
    inner = _carried(request)
    if isinstance(inner, str):
        return ignored(inner)
    payload = inner.json_object()
    kind = str(payload.get("eventType", ""))
    if "inboundMessageId" in payload:
        return [_message(inner, payload)]
    if kind.startswith(("TEXT_", "MEDIA_")):
        return [_report(inner, payload)]
    if kind or "originationNumber" not in payload:
        return [unknown(inner, provider_type=kind or None, payload=payload)]
    raise InvalidPayload("a message without its id", "inboundMessageId")


def _carried(request: Request) -> Request | str:
    """Return the request as if what SNS carries had been posted by itself; or why there is nothing in it.

    Without authentication, what isn't a post of SNS is read as it is: raw message delivery.
    """
    post = request.json_object()
    if post.get("Type") in _POSTS:
        return _POSTS[post["Type"]]
    if post.get("Type") != "Notification" or not isinstance(post.get("Message"), str):
        return request
    return request._replace(body=post["Message"].encode("utf-8", "surrogatepass"), headers={})


def _message(request: Request, payload: dict[str, Any]) -> Event:
    sms = read(InboundSms, payload)
    return message(
        request,
        sms.id,
        message_id=sms.id,
        sender=sms.sender,
        recipient=sms.recipient,
        text=sms.text,
        keyword=sms.keyword,
        payload=payload,
    )


def _report(request: Request, payload: dict[str, Any]) -> Event:
    it = read(Sent, payload)
    channel, _, status = it.kind.partition("_")
    return delivery_report(
        request,
        f"{it.id}:{it.kind}",
        message_id=it.id,
        channel="MMS" if channel == "MEDIA" else "SMS",
        sender=it.sender,
        recipient=it.recipient,
        status=STATUSES.get(status, "unknown"),
        provider_status=it.status or status,
        description=it.description,
        segments=it.parts,
        encoding=it.encoding,
        operator_id=f"{it.mcc}{it.mnc}" if it.mcc and it.mnc else None,
        reported_at=it.at,
        payload=payload,
    )


# ---- Authentication and responses ------------------------------------------------------------------------------------
# SNS docs: any 2xx within 15 s; what isn't the client's fault (4xx) is tried again, by default three times after 20 s.

AWS_END_USER_MESSAGING = Provider(
    name="aws-end-user-messaging",
    parse=parse,
    schemes=(SnsTopic(),),
    handshake=confirmed,
    settings=AwsSettings,
)

handler = webhook(AWS_END_USER_MESSAGING)
