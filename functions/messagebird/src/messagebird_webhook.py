"""MessageBird: inbound SMS and MMS, status reports, and what its Conversations API says of SMS.

https://developers.messagebird.com/api/sms-messaging/
"""

from inbound_sms.api import (
    Event,
    Identifier,
    InternationalNumberField,
    InvalidPayload,
    IsoTime,
    Lenient,
    Media,
    Number,
    Parsed,
    Payload,
    Price,
    Provider,
    Request,
    Response,
    Signature,
    Status,
    delivery_report,
    ignored,
    message,
    parse_local,
    parse_number,
    read,
    unknown,
    webhook,
    with_opt_out,
)

from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from pydantic import AliasChoices, Field

from messagebird_signature import MessagebirdSettings, signed

# ---- What MessageBird sends: forms and queries, and JSON by its Conversations API ------------------------------------
# Its field names come in different case (createdDatetime, CreatedDatetime): they are read in lower case.

STATUSES: dict[str, Status] = {
    "scheduled": "queued",
    "buffered": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "expired": "expired",
    "delivery_failed": "failed",
}
_MEDIA_FIELDS = ("mediaUrls", "mediaURLs")  # repeated, one for each file
_OPT_OUT_CODE = "103"  # the recipient is on the blacklist, by STOP


class Inbound(Payload):
    """A message to an ordinary number; the second names are those of a message to a short code."""

    id: Identifier = Field(validation_alias=AliasChoices("id", "mid"))
    recipient: InternationalNumberField = Field(validation_alias=AliasChoices("recipient", "shortcode"))
    originator: InternationalNumberField  # MessageBird docs: "including country code or an alphanumeric string"
    text: str = Field(validation_alias=AliasChoices("body", "message"))  # empty for an MMS without a text
    keyword: Lenient[str] = None
    operator: Lenient[str] = None  # MCC and MNC
    created: IsoTime = Field(alias="createddatetime", default=None)
    receive_datetime: Lenient[str] = None  # YYYYMMDDHHMMSS


class StatusReport(Payload):
    """What became of a message of ours. One message may have several recipients."""

    id: Identifier
    recipient: InternationalNumberField = Number()
    reference: Lenient[str] = None
    status: str
    statusdatetime: IsoTime = None
    statuserrorcode: Lenient[str] = None
    statusreason: Lenient[str] = None
    mccmnc: Lenient[str] = None
    messagepartcount: Lenient[int] = None
    datacoding: Lenient[str] = None
    amount: Lenient[Decimal] = Field(alias="price[amount]", default=None)
    currency: Lenient[str] = Field(alias="price[currency]", default=None)


class ChannelMessage(Payload):
    """A message in a conversation. Which number it came to is known by the channel only."""

    id: Identifier
    channel: Lenient[str] = Field(alias="channelId", default=None)
    platform: Lenient[str] = None
    direction: Lenient[str] = None
    sender: InternationalNumberField = Field(alias="from", default=Number())
    content: dict[str, Any] = Field(default={})
    created: IsoTime = Field(alias="createdDatetime", default=None)


def parse(request: Request) -> list[Parsed]:
    """Read one request. The ids are the same in every retry."""
    fields, payload = request.fields(lists=_MEDIA_FIELDS)
    if str(fields.get("type", "")).partition(".")[0] in ("message", "conversation"):
        return _conversation(request, fields)
    values = {name.lower(): value for name, value in fields.items()}
    if len(values) < len(fields):
        raise InvalidPayload("a field twice, in different case")
    if "status" in values:
        return [*_report(request, read(StatusReport, values), payload)]
    return [_inbound(request, values, payload)]


def _inbound(request: Request, values: Mapping[str, Any], payload: Mapping[str, Any]) -> Event:
    sms = read(Inbound, values)
    urls = [url for name in _MEDIA_FIELDS for url in _several(payload.get(name)) if isinstance(url, str) and url]
    return message(
        request,
        f"mid:{sms.id}" if "mid" in values else sms.id,
        message_id=sms.id,
        sender=sms.originator,
        recipient=sms.recipient,
        text=sms.text,
        media=[Media(url=url) for url in urls],
        keyword=sms.keyword,
        operator_id=sms.operator,
        provider_received_at=sms.created or parse_local(sms.receive_datetime, UTC, request.received_at),
        payload=payload,
    )


def _several(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _report(request: Request, report: StatusReport, payload: Mapping[str, Any]) -> list[Event]:
    code = report.statuserrorcode
    price = Price(total=report.amount, currency=report.currency)
    event = delivery_report(
        request,
        f"{report.id}:{report.recipient.raw or ''}:{report.status}:{code or ''}",
        message_id=report.id,
        client_reference=report.reference,
        recipient=report.recipient,
        status=STATUSES.get(report.status.lower().replace(" ", "_"), "unknown"),
        provider_status=report.status,
        provider_code=code,
        provider_code_meaning="opted out" if code == _OPT_OUT_CODE else None,
        description=report.statusreason,
        segments=report.messagepartcount,
        encoding=report.datacoding,
        operator_id=report.mccmnc,
        reported_at=report.statusdatetime,
        price=None if report.amount is None else price,
        payload=payload,
    )
    return with_opt_out(request, event, said=code == _OPT_OUT_CODE)


def _conversation(request: Request, payload: Mapping[str, Any]) -> list[Parsed]:
    """Read a webhook of the Conversations API, which carries every channel: only what surely is SMS is a message."""
    kind = str(payload["type"])
    if kind != "message.created":
        return [unknown(request, provider_type=kind, payload=payload)]
    sms = read(ChannelMessage, payload, within="message")
    channels = request.settings_of(MessagebirdSettings).channels
    if (sms.platform or "").lower() != "sms" and sms.channel not in channels:
        note = "a message of a channel that isn't set to be SMS"
        return [unknown(request, provider_type=sms.platform or kind, note=note, payload=payload)]
    if sms.direction == "sent":
        return ignored("a copy of a message that we sent")
    contact = payload.get("contact")
    known = parse_number(contact.get("msisdn") if isinstance(contact, dict) else None, international=True)
    files = [
        each["url"] for each in sms.content.values() if isinstance(each, dict) and isinstance(each.get("url"), str)
    ]
    text = sms.content.get("text")
    return [
        message(
            request,
            sms.id,
            message_id=sms.id,
            sender=sms.sender if sms.sender.raw else known,
            recipient=parse_number(channels.get(sms.channel or "", sms.channel)),
            text=text if isinstance(text, str) else None,
            media=[Media(url=url) for url in files],
            provider_received_at=sms.created,
            payload=payload,
        )
    ]


# ---- Authentication and responses ------------------------------------------------------------------------------------
# MessageBird expects status 200 and the body OK.

OK = Response(200, "OK", "text/plain")
MESSAGEBIRD = Provider(
    name="messagebird",
    parse=parse,
    schemes=(
        Signature(
            signed,
            headers=("messagebird-signature-jwt", "messagebird-signature", "messagebird-request-timestamp"),
        ),
    ),
    methods=("POST", "GET"),
    settings=MessagebirdSettings,
    accepted=OK,
    quarantined=OK,
)

handler = webhook(MESSAGEBIRD)
