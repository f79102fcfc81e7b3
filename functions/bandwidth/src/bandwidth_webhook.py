"""Bandwidth: inbound SMS and MMS, and status callbacks.

https://dev.bandwidth.com/docs/messaging/webhooks
"""

from inbound_sms.api import (
    Basic,
    Event,
    Identifier,
    IsoTime,
    Lenient,
    Media,
    Number,
    NumberField,
    Parsed,
    Payload,
    Provider,
    Request,
    Several,
    Status,
    delivery_report,
    each_item,
    message,
    read,
    unknown,
    webhook,
    with_opt_out,
)

from typing import Any

from pydantic import Field

# ---- What Bandwidth posts: an array of events, each about a message --------------------------------------------------

STATUSES: dict[str, Status] = {
    "message-sending": "sent",
    "message-sent": "sent",
    "message-delivered": "delivered",
    "message-failed": "failed",
    "message-read": "read",
}
_RECEIVED = "message-received"
_OPTED_OUT = {"4475", "4775"}  # destination-rejected-due-to-user-opt-out: by Bandwidth, by the carrier


class Message(Payload):
    """The message that an event is about. `owner` is the number of ours that it belongs to."""

    id: Identifier
    owner: NumberField = Number()
    sender: NumberField = Field(alias="from", default=Number())
    application: Lenient[str] = Field(alias="applicationId", default=None)
    text: str | None = None
    media: Several[str] = ()
    segments: Lenient[int] = Field(alias="segmentCount", default=None)
    time: IsoTime = None
    tag: Lenient[str] = None  # our own, given when the message was sent
    channel: Lenient[str] = None  # SMS, MMS or RBM


class Callback(Payload):
    """An event. Of an inbound message `to` is our number, of another one the recipient that it tells of."""

    to: NumberField = Number()
    time: IsoTime = None
    read_at: IsoTime = Field(alias="eventTime", default=None)
    description: Lenient[str] = None
    code: Lenient[str] = Field(alias="errorCode", default=None)
    message: Message


def parse(request: Request) -> list[Parsed]:
    """Read an array of events; a JSON object is a callback of another product (voice, numbers)."""
    payload = request.json()
    if isinstance(payload, dict):
        return [unknown(request, payload=payload, note="no array: a callback of another product")]
    return each_item(request, payload, _event)


def _event(request: Request, item: dict[str, Any]) -> Event | list[Event]:
    kind = str(item.get("type"))
    about = item.get("message")
    said = about if isinstance(about, dict) else {}
    if kind in STATUSES:
        return _report(request, item, kind)
    if kind != _RECEIVED or said.get("direction") == "out":
        return unknown(request, payload=item, provider_type=kind)
    if said.get("channel") == "RBM":
        return unknown(request, payload=item, provider_type=kind, note="a channel other than SMS and MMS")
    return _inbound(request, item)


def _inbound(request: Request, item: dict[str, Any]) -> Event:
    """Read a message. In a group, each of our numbers gets an event of its own, with an id of its own (docs)."""
    callback = read(Callback, item)
    it = callback.message
    return message(
        request,
        it.id,
        account=it.application,
        message_id=it.id,
        sender=it.sender,
        recipient=it.owner if it.owner.raw else callback.to,
        text=it.text,
        segments=it.segments,
        media=[Media(url=url) for url in it.media],
        provider_received_at=it.time or callback.time,
        payload=item,
    )


def _report(request: Request, item: dict[str, Any], kind: str) -> list[Event]:
    """Read a status callback: of a group message, one for each recipient, all with the message's id."""
    callback = read(Callback, item)
    it = callback.message
    report = delivery_report(
        request,
        f"{it.id}:{callback.to.raw or ''}:{kind}:{callback.code or ''}",
        account=it.application,
        message_id=it.id,
        client_reference=it.tag,
        channel=it.channel,
        sender=it.sender,
        recipient=callback.to,
        status=STATUSES[kind],
        provider_status=kind,
        provider_code=callback.code,
        description=callback.description,
        segments=it.segments,
        reported_at=callback.read_at or callback.time,
        payload=item,
    )
    return with_opt_out(request, report, said=callback.code in _OPTED_OUT)


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Bandwidth docs: 2xx within 10 s is success; all else is tried again for 24 h. Basic as in RFC 7235: a first request
# without credentials, a second with them after a 401 that challenges it.

BANDWIDTH = Provider(name="bandwidth", parse=parse, schemes=(Basic(),), awaits_challenge=True)

handler = webhook(BANDWIDTH)
