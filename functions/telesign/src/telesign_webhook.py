"""Telesign: inbound SMS and MMS, and delivery reports.

https://developer.telesign.com/enterprise/docs/inbound-sms
"""

from inbound_sms.api import (
    ConsentAction,
    Event,
    Identifier,
    InternationalNumberField,
    IsoTime,
    Lenient,
    Media,
    Number,
    NumberField,
    Payload,
    Price,
    Provider,
    Request,
    Signature,
    Signed,
    Status,
    base64_key,
    delivery_report,
    message,
    read,
    unknown,
    webhook,
)

import re
from decimal import Decimal
from typing import Any

from pydantic import Field

# ---- What Telesign posts: a JSON object; sub_resource says by which channel a message came -------------------------

# https://developer.telesign.com/enterprise/reference/smsdeliveryreports
STATUSES: dict[str, Status] = {
    "200": "delivered",
    "203": "sent",  # to the gateway
    **dict.fromkeys(("207", "210", "211", "220", "222"), "failed"),
    "221": "expired",
    **dict.fromkeys(("229", "230", "231", "233", "237", "238"), "rejected"),  # blocked by a rule
    **dict.fromkeys(("292", "295"), "queued"),
    **dict.fromkeys(("500", "501", "502", "503", "504", "505", "506", "508", "509"), "rejected"),
    **dict.fromkeys(("510", "511", "512", "513", "514"), "failed"),  # on the subscriber's side
    **dict.fromkeys(("515", "517", "518", "519", "520", "521"), "rejected"),
    **dict.fromkeys(("10000", "10030", "10031", "10032", "11000"), "rejected"),
}
_CONSENT: dict[str, ConsentAction] = {"stop": "opt_out", "start": "opt_in", "help": "help"}
_PART = re.compile(r"(text|url_image|url_video|url_audio)_([0-9]{1,3})")  # of an MMS: text_1, url_image_1, ...


class State(Payload):
    """The status of a transaction; of an inbound message always 1500, delivered to us."""

    code: Lenient[str] = None
    description: Lenient[str] = None
    updated_on: IsoTime = None


class Callback(Payload):
    """What all callbacks have."""

    id: Identifier = Field(alias="reference_id")
    status: State = State()
    submitted: IsoTime = Field(alias="submit_timestamp", default=None)


class Reply(Payload):
    """An inbound SMS. "The end user's phone number, including the country code"; of ours nothing like that is said."""

    phone_number: InternationalNumberField = Number()
    sender_id: NumberField = Number()
    text: str = Field(alias="mo_message")
    action: Lenient[str] = None  # the verdict, where keyword handling is switched on
    keyword: Lenient[str] = None
    price: Lenient[Decimal] = None


class Sms(Callback):
    """The callback of an inbound SMS."""

    reply: Reply = Field(alias="user_response")


class Mms(Callback):
    """The callback of an inbound MMS. Which of our numbers it came to isn't documented."""

    phone_number: InternationalNumberField = Number()
    sender_id: NumberField = Number()
    content: dict[str, Any]


class Details(Payload):
    """What else a report says, each where it is switched on."""

    mcc: Lenient[str] = None
    mnc: Lenient[str] = None
    price: Lenient[Decimal] = None
    currency: Lenient[str] = None
    parts: Lenient[int] = Field(alias="message_parts_count", default=None)
    sender_id: NumberField = Number()
    recipient: NumberField = Field(alias="cleansed_phone_number", default=Number())


class Report(Callback):
    """A delivery report."""

    details: Lenient[Details] = Field(alias="additional_info", default=None)
    external_id: Lenient[str] = None  # our own, given when the message was sent


def parse(request: Request) -> list[Event]:
    """Read one callback."""
    payload = request.json_object()
    channel = str(payload.get("sub_resource") or "")
    if channel == "mo_sms":
        return [_sms(request, payload)]
    if channel == "mo_mms":
        return [_mms(request, payload)]
    if channel.startswith("mo_"):
        return [unknown(request, payload=payload, provider_type=channel, note="a channel other than SMS and MMS")]
    if "reference_id" in payload and isinstance(payload.get("status"), dict):
        return [_report(request, payload, channel or None)]
    return [unknown(request, payload=payload, provider_type=channel or None)]


def _sms(request: Request, payload: dict[str, Any]) -> Event:
    it = read(Sms, payload)
    return message(
        request,
        it.id,
        message_id=it.id,
        sender=it.reply.phone_number,
        recipient=it.reply.sender_id,
        text=it.reply.text,
        keyword=it.reply.keyword,
        consent=_CONSENT.get((it.reply.action or "").lower()),
        price=None if it.reply.price is None else Price(per_message=it.reply.price),
        provider_received_at=it.submitted or it.status.updated_on,
        payload=payload,
    )


def _mms(request: Request, payload: dict[str, Any]) -> Event:
    """Read an MMS: a long text comes in numbered parts, and so do files of each kind."""
    it = read(Mms, payload)
    found = [(part[1], int(part[2]), it.content[name]) for name in it.content if (part := _PART.fullmatch(name))]
    parts = sorted((kind, number, value) for kind, number, value in found if isinstance(value, str))
    texts = [value for kind, _, value in parts if kind == "text"]
    subject = it.content.get("subject")
    return message(
        request,
        it.id,
        message_id=it.id,
        sender=it.phone_number,
        recipient=it.sender_id,
        text="".join(texts) if texts else None,
        title=subject if isinstance(subject, str) else None,
        media=[Media(url=value) for kind, _, value in parts if kind != "text"],
        provider_received_at=it.submitted or it.status.updated_on,
        payload=payload,
    )


def _report(request: Request, payload: dict[str, Any], channel: str | None) -> Event:
    it = read(Report, payload)
    details, code = it.details or Details(), it.status.code
    return delivery_report(
        request,
        f"{it.id}:{code or ''}",
        message_id=it.id,
        client_reference=it.external_id,
        channel=channel,
        sender=details.sender_id if details.sender_id.raw else None,
        recipient=details.recipient if details.recipient.raw else None,
        status=STATUSES.get(code or "", "unknown"),
        provider_status=code,
        provider_code=code,
        description=it.status.description,
        segments=details.parts,
        operator_id=f"{details.mcc}{details.mnc}" if details.mcc and details.mnc else None,
        price=None if details.price is None else Price(per_message=details.price, currency=details.currency),
        reported_at=it.status.updated_on,
        payload=payload,
    )


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Telesign docs (authenticate-callbacks): an HMAC over the body; the API key is Base64. Success is exactly 200.


def signed(request: Request) -> Signed | None:
    """Return what a request says about its signature, in either of its headers: `TSA <customer id>:<signature>`."""
    sent = request.headers.get("x-ts-authorization") or request.headers.get("authorization", "")
    return Signed(sent.strip().rpartition(":")[2], (request.body,), ("sha256/base64",))


TELESIGN = Provider(
    name="telesign",
    parse=parse,
    schemes=(Signature(signed, headers=("x-ts-authorization",), key=base64_key),),
)

handler = webhook(TELESIGN)
