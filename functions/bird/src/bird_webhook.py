"""Bird: SMS and MMS of its Channels API, and what became of those sent.

https://docs.bird.com/api/channels-api/supported-channels/programmable-sms/receiving-messages
"""

from inbound_sms.api import (
    Event,
    Identifier,
    IsoTime,
    Lenient,
    Lookup,
    Media,
    Number,
    NumberField,
    Payload,
    Provider,
    ProviderSettings,
    Request,
    Response,
    Signature,
    Signed,
    Status,
    as_sent,
    delivery_report,
    message,
    parse_number,
    read,
    unknown,
    webhook,
)

import hashlib
from typing import Any

from pydantic import Field

# ---- What Bird posts: an event of one of its services, in JSON -------------------------------------------------------

STATUSES: dict[str, Status] = {
    "accepted": "queued",
    "sent": "sent",
    "sending_failed": "failed",
    "delivered": "delivered",
    "delivery_failed": "failed",
    "rejected": "rejected",
}


class BirdSettings(ProviderSettings):
    """Bird's own settings.

    `channels` names the number behind each channel's id. A retry is signed as the first attempt was, with its time,
    hours later: an answer to it may come as late as `signature_window_seconds`.
    """

    channels: Lookup = Field(default={})
    signature_window_seconds: float = Field(default=86_400, gt=0)


class Party(Payload):
    """Whom it is from, or to: a person, or one of our channels."""

    value: NumberField = Field(alias="identifierValue", default=Number())


class Side(Payload):
    """The sender or the receiver of a message: `contact` of one that came in, `contacts` of one of ours."""

    contact: Lenient[Party] = None
    contacts: Any = None
    connector: Lenient[Party] = None

    def person(self) -> Number:
        """Return the number of the person at the other end; of several, the first."""
        if self.contact or not isinstance(self.contacts, list) or not self.contacts:
            return self.contact.value if self.contact else Number()
        first = self.contacts[0]
        return parse_number(first.get("identifierValue") if isinstance(first, dict) else None)


class ChannelMessage(Payload):
    """A message of the Channels API, in either direction."""

    id: Identifier
    channel: Identifier = Field(alias="channelId")
    sender: Side = Side()
    receiver: Side = Side()
    body: dict[str, Any] = Field(default={})
    reference: Lenient[str] = None
    status: Lenient[str] = None
    reason: Lenient[str] = None
    details: Lenient[str] = None
    created: IsoTime = Field(alias="createdAt", default=None)
    last_status: IsoTime = Field(alias="lastStatusAt", default=None)


def parse(request: Request) -> list[Event]:
    """Read one event. A message's id is the same in every retry."""
    payload = request.json_object()
    kind = str(payload.get("event"))
    if payload.get("service") != "channels" or kind not in ("sms.inbound", "sms.outbound"):
        return [unknown(request, provider_type=kind, payload=payload)]
    sms = read(ChannelMessage, payload, within="payload")
    return [(_message if kind == "sms.inbound" else _report)(request, sms, payload)]


def _message(request: Request, sms: ChannelMessage, payload: dict[str, Any]) -> Event:
    content = sms.body.get(str(sms.body.get("type")))
    content = content if isinstance(content, dict) else {}
    files = [each for values in content.values() if isinstance(values, list) for each in values]
    return message(
        request,
        sms.id,
        message_id=sms.id,
        sender=sms.sender.person(),
        recipient=_ours(request, sms, sms.receiver),
        text=_string(content, "text"),
        media=[
            Media(url=url, content_type=_string(file, "contentType"))
            for file in files
            if (url := _string(file, "mediaUrl"))
        ],
        provider_received_at=sms.created,
        payload=payload,
    )


def _report(request: Request, sms: ChannelMessage, payload: dict[str, Any]) -> Event:
    status, reason = sms.status or "", sms.reason
    return delivery_report(
        request,
        f"{sms.id}:{status}:{reason or ''}",
        message_id=sms.id,
        client_reference=sms.reference,
        sender=_ours(request, sms, sms.sender),
        recipient=sms.receiver.person(),
        status=STATUSES.get(status.lower(), "unknown"),
        provider_status=sms.status,
        provider_code=reason,
        description=sms.details,
        reported_at=sms.last_status,
        payload=payload,
    )


def _ours(request: Request, sms: ChannelMessage, side: Side) -> Number:
    """Return our number: as set for the channel, or as sent, or else the channel's id."""
    if number := request.settings_of(BirdSettings).channels.get(sms.channel):
        return parse_number(number)
    return side.connector.value if side.connector and side.connector.value.raw else parse_number(sms.channel)


def _string(members: object, name: str) -> str | None:
    value = members.get(name) if isinstance(members, dict) else None
    return value if isinstance(value, str) else None


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Bird docs: anything but 2xx is tried again at increasing intervals, for 8 hours.


def signed(request: Request) -> Signed | None:
    """Return what a request says about its signature: over its time, the URL and the body's hash.

    https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions/verifying-a-webhook-subscription
    """
    time = request.headers.get("messagebird-request-timestamp", "")
    if not (time.isdecimal() and time.isascii()):
        return None
    return Signed(
        request.headers.get("messagebird-signature", ""),
        (as_sent(f"{time}\n{request.url}\n") + hashlib.sha256(request.body).digest(),),
        ("sha256/base64",),
        time=float(time),
        max_age=request.settings_of(BirdSettings).signature_window_seconds,
    )


BIRD = Provider(
    name="bird",
    parse=parse,
    schemes=(Signature(signed, headers=("messagebird-signature", "messagebird-request-timestamp")),),
    settings=BirdSettings,
    accepted=Response(200, "OK", "text/plain"),
    quarantined=Response(200, "quarantined", "text/plain"),
)

handler = webhook(BIRD)
