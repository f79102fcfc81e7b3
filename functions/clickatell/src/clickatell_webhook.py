"""Clickatell: replies and delivery reports, of its platform (JSON) and of Developers' Central (forms), the older one.

https://docs.clickatell.com/
"""

from inbound_sms.api import (
    Basic,
    EpochTime,
    Event,
    Identifier,
    InternationalNumberField,
    Lenient,
    Number,
    PathSecret,
    Payload,
    Provider,
    Request,
    Response,
    Status,
    delivery_report,
    message,
    parse_epoch,
    parse_iso,
    read,
    unknown,
    webhook,
)
from inbound_sms.parsing.body import Form
from inbound_sms.parsing.charsets import decode
from inbound_sms.parsing.udh import concatenation

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from pydantic import AliasChoices, Field

# ---- What it sends ---------------------------------------------------------------------------------------------------
# Numbers have a country code and no plus: "standard international format (e.g. including the country code, and using
# only digits)", clickatell-overview-http.

STATUSES: dict[str, Status] = {  # by the codes of Developers' Central, and the names of the platform
    "002": "queued",
    "003": "sent",
    "004": "delivered",
    "005": "failed",
    "006": "cancelled",
    "007": "failed",
    "008": "queued",
    "009": "failed",
    "010": "expired",
    "011": "queued",
    "012": "failed",
    "014": "failed",
    "QUEUED": "queued",
    "SCHEDULED": "queued",
    "SENT_TO_SUPPLIER": "sent",
    "DELIVERED_TO_GATEWAY": "sent",
    "DEVICE_ACK": "delivered",
    "RECEIVED_BY_RECIPIENT": "delivered",
    "READ": "read",
    "EXPIRED": "expired",
    "STOPPED_BY_USER": "cancelled",
    "STOPPED_BY_ADMIN": "cancelled",
    "DELIVERY_FAILURE": "failed",
    "ROUTING_ERROR": "failed",
}
_ESCAPED_CHARSETS = ("iso-8859-1", "utf-16be")
_ESCAPED = re.compile("(?:[A-Za-z0-9*._~+-]|%[0-9A-Fa-f]{2})*")  # what encoders for URLs leave of a text
_CENTRAL_OFFSET = "+02:00"  # of a message's time; a report's is in seconds since 1970


class Reply(Payload):
    """A message that came in, in the platform's JSON."""

    id: Identifier = Field(alias="messageId")
    account: Lenient[str] = Field(alias="integrationId", default=None)
    sender: InternationalNumberField = Field(alias="fromNumber", default=Number())
    to: InternationalNumberField = Field(alias="toNumber", default=Number())
    time: EpochTime = Field(alias="timestamp", default=None)
    text: str | None = None
    charset: Lenient[str] = None
    udh: Lenient[str] = None
    keyword: Lenient[str] = None


class StatusUpdate(Payload):
    """What became of a message of ours, in the platform's JSON."""

    id: Identifier = Field(alias="messageId")
    reference: Lenient[str] = Field(alias="clientMessageId", default=None)
    sender: InternationalNumberField = Field(alias="from", default=Number())
    to: InternationalNumberField = Number()
    status: str
    description: Lenient[str] = Field(alias="statusDescription", default=None)
    time: EpochTime = Field(alias="timestamp", default=None)


class CentralReply(Payload):
    """A message that came in, as a form of Developers' Central."""

    id: Identifier = Field(validation_alias=AliasChoices("moMsgId", "momsgid"))
    account: Lenient[str] = Field(alias="api_id", default=None)
    sender: InternationalNumberField = Field(alias="from", default=Number())
    to: InternationalNumberField = Number()
    timestamp: str = ""
    charset: Lenient[str] = None
    udh: Lenient[str] = None


class CentralStatus(Payload):
    """What became of a message of ours, as a form of Developers' Central."""

    id: Identifier = Field(validation_alias=AliasChoices("apiMsgId", "apimsgid"))
    account: Lenient[str] = Field(alias="api_id", default=None)
    reference: Lenient[str] = Field(validation_alias=AliasChoices("cliMsgId", "climsgid"), default=None)
    sender: InternationalNumberField = Field(alias="from", default=Number())
    to: InternationalNumberField = Number()
    status: str
    time: EpochTime = Field(alias="timestamp", default=None)


def parse(request: Request) -> list[Event]:
    """Read one callback. The ids are the same in every retry."""
    if request.method == "GET":
        return [_central(request, request.query())]
    if not request.starts_with(b"{"):
        return [_central(request, request.form())]
    payload = request.json_object()
    if "apiKey" in payload:  # who has it can send messages: shown as the documentation does
        payload["apiKey"] = "..."
    if "fromNumber" in payload:
        return [_reply(request, read(Reply, payload), payload)]
    if "messageId" in payload and "status" in payload:
        return [_update(request, read(StatusUpdate, payload), payload)]
    return [unknown(request, payload=payload)]


def _reply(request: Request, reply: Reply, payload: dict[str, Any]) -> Event:
    text = reply.text
    if text and (reply.charset or "").lower() in _ESCAPED_CHARSETS and _ESCAPED.fullmatch(text):
        text = _decoded(request, unquote_to_bytes(text.replace("+", " ")), reply.charset)
    return message(
        request,
        reply.id,
        account=reply.account,
        message_id=reply.id,
        sender=reply.sender,
        recipient=reply.to,
        text=text,
        encoding=reply.charset,
        udh=reply.udh or None,
        concatenation=concatenation(reply.udh),
        keyword=reply.keyword,
        provider_received_at=reply.time,
        payload=payload,
    )


def _update(request: Request, update: StatusUpdate, payload: dict[str, Any]) -> Event:
    return delivery_report(
        request,
        f"{update.id}:{update.status}",
        message_id=update.id,
        client_reference=update.reference,
        sender=update.sender,
        recipient=update.to,
        status=STATUSES.get(update.status.upper(), "unknown"),
        provider_status=update.status,
        description=update.description,
        reported_at=update.time,
        payload=payload,
    )


def _central(request: Request, form: Form) -> Event:
    """Read a form of Developers' Central. Its text is in the charset that it names."""
    if "apiMsgId" in form.text or "apimsgid" in form.text:
        report = read(CentralStatus, form.text)
        return delivery_report(
            request,
            f"{report.id}:{report.status}",
            account=report.account,
            message_id=report.id,
            client_reference=report.reference,
            sender=report.sender,
            recipient=report.to,
            status=STATUSES.get(report.status, "unknown"),
            provider_code=report.status,
            reported_at=report.time,
            payload=form.payload,
        )
    reply = read(CentralReply, form.text)
    return message(
        request,
        reply.id,
        account=reply.account,
        message_id=reply.id,
        sender=reply.sender,
        recipient=reply.to,
        text=_decoded(request, form.raw["text"], reply.charset) if "text" in form.raw else None,
        encoding=reply.charset,
        udh=reply.udh or None,
        concatenation=concatenation(reply.udh),
        provider_received_at=parse_iso(reply.timestamp + _CENTRAL_OFFSET) or parse_epoch(reply.timestamp),
        payload=form.payload,
    )


def _decoded(request: Request, text: bytes, charset: str | None) -> str:
    """Decode a text in the charset that Clickatell names. UTF-16 needn't have a zero byte by which it is recognised."""
    if (charset or "").lower() == "utf-16be" and len(text) % 2 == 0:
        return text.decode("utf-16-be", "replace")
    return decode(text, charset, request.settings.form_fallback_charset)


# ---- Authentication and responses ------------------------------------------------------------------------------------
# "If we're unable to access the URL, our servers will retry up to 5 times" (clickatell-overview-http).

CLICKATELL = Provider(
    name="clickatell",
    parse=parse,
    schemes=(Basic(), PathSecret()),
    methods=("POST", "GET"),
    accepted=Response(200, "OK", "text/plain"),
    quarantined=Response(200, "quarantined", "text/plain"),
)

handler = webhook(CLICKATELL)
