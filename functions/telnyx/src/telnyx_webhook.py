"""Telnyx: inbound SMS and MMS, opt-outs, and what became of the messages that were sent.

https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks
"""

from inbound_sms.api import (
    ConsentAction,
    Event,
    Identifier,
    InvalidPayload,
    IsoTime,
    Lenient,
    Media,
    Number,
    NumberField,
    Payload,
    Price,
    Provider,
    ProviderSettings,
    PublicKeySignature,
    Request,
    Several,
    Signed,
    Status,
    Verify,
    delivery_report,
    message,
    read,
    unknown,
    webhook,
    with_opt_out,
)

import base64
from decimal import Decimal
from typing import Annotated, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BeforeValidator, Field

# ---- What Telnyx posts: an event about a message, in JSON ------------------------------------------------------------

STATUSES: dict[str, Status] = {  # of each of `to`: telnyx-python, types
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "delivery_failed": "failed",
    "sending_failed": "failed",
    "expired": "expired",
    "cancelled": "cancelled",
    "delivery_unconfirmed": "unknown",  # final: the carrier never said
}
# https://developers.telnyx.com/docs/messaging/messages/advanced-opt-in-out: the keyword list that Telnyx acted upon
CONSENT: dict[str, ConsentAction] = {"STOP": "opt_out", "START": "opt_in", "HELP": "help"}


class TelnyxSettings(ProviderSettings):
    """Telnyx's own settings. Its own libraries accept a signature for 300 s."""

    signature_window_seconds: float = Field(default=300, gt=0)


def _object(value: object) -> object:
    """Return a number as an object: some guides show it by itself, where others show an object with details."""
    return value if isinstance(value, dict) else {"phone_number": value}


def _objects(value: object) -> object:
    return [_object(each) for each in value] if isinstance(value, list) else [] if value is None else [_object(value)]


class Party(Payload):
    """Whom a message is from or to."""

    number: NumberField = Field(alias="phone_number", default=Number())
    status: Lenient[str] = None


# Telnyx docs: a group has eight at most. Each has an event of its own, with the whole payload.
Recipients = Annotated[tuple[Party, ...], Field(fail_fast=True, max_length=20), BeforeValidator(_objects)]


class File(Payload):
    """A file of an MMS."""

    url: Lenient[str] = None
    content_type: Lenient[str] = None


class Cost(Payload):
    """What Telnyx charges."""

    amount: Lenient[Decimal] = None
    currency: Lenient[str] = None


class Fault(Payload):
    """Why a message wasn't sent or delivered."""

    code: Lenient[str] = None
    title: Lenient[str] = None
    detail: Lenient[str] = None


class Text(Payload):
    """A message, in either direction."""

    id: Identifier
    organization: Lenient[str] = Field(alias="organization_id", default=None)
    sender: Annotated[Party, BeforeValidator(_object)] = Field(alias="from", default=Party())
    to: Recipients = ()
    text: str | None = None
    subject: Lenient[str] = None
    media: Lenient[Several[File]] = None
    encoding: Lenient[str] = None
    parts: Lenient[int] = None
    cost: Lenient[Cost] = None
    errors: Lenient[Several[Fault]] = None
    received_at: IsoTime = None
    sent_at: IsoTime = None
    completed_at: IsoTime = None
    autoresponse: Lenient[str] = Field(alias="autoresponse_type", default=None)

    def price(self) -> Price | None:
        """Return what it cost, where that is known by now."""
        return Price(total=self.cost.amount, currency=self.cost.currency) if self.cost and self.cost.amount else None


class Told(Payload):
    """An event, of the kinds that tell of a message."""

    occurred_at: IsoTime = None
    payload: Text


def parse(request: Request) -> list[Event]:
    """Read one event. A message's id is the same in every retry; what Telnyx counts of them stands beside it."""
    body = request.json_object()
    event = body.get("data")
    if not isinstance(event, dict):
        raise InvalidPayload("no event of Telnyx", "data")
    kind, about = str(event.get("event_type")), event.get("payload")
    if kind not in ("message.received", "message.sent", "message.finalized"):
        return [unknown(request, provider_type=kind, payload=body)]
    if isinstance(about, dict) and about.get("type") not in ("SMS", "MMS", None):
        return [unknown(request, provider_type=kind, payload=body, note="a channel other than SMS and MMS")]
    told = read(Told, event)
    if kind == "message.received":
        return [_message(request, told, body)]
    if not told.payload.to:
        raise InvalidPayload("nobody's status", "payload.to")
    return [event for recipient in told.payload.to for event in _report(request, told, recipient, body)]


def _message(request: Request, told: Told, body: dict[str, Any]) -> Event:
    """Read a message. In a group, `to` is our number, and `cc` are the others."""
    it = told.payload
    return message(
        request,
        it.id,
        account=it.organization,
        message_id=it.id,
        sender=it.sender.number,
        recipient=(it.to[0] if it.to else Party()).number,
        text=it.text,
        title=it.subject or None,
        encoding=it.encoding,
        segments=it.parts,
        media=[Media(url=file.url, content_type=file.content_type) for file in it.media or () if file.url],
        provider_received_at=it.received_at or told.occurred_at,
        price=it.price(),
        consent=CONSENT.get((it.autoresponse or "").upper()),
        payload=body,
    )


def _report(request: Request, told: Told, recipient: Party, body: dict[str, Any]) -> list[Event]:
    """Read what became of a message for one recipient: of a group, each report lists all, and the errors of all."""
    it = told.payload
    fault = it.errors[0] if it.errors else Fault()
    status = recipient.status or ""
    report = delivery_report(
        request,
        f"{it.id}:{recipient.number.raw or ''}:{status}:{fault.code or ''}",
        account=it.organization,
        message_id=it.id,
        sender=it.sender.number,
        recipient=recipient.number,
        status=STATUSES.get(status, "unknown"),
        provider_status=recipient.status,
        provider_code=fault.code,
        description=fault.detail or fault.title,
        encoding=it.encoding,
        segments=it.parts,
        reported_at=it.completed_at or it.sent_at or told.occurred_at,
        price=it.price(),
        payload=body,
    )
    failed = sum(STATUSES.get(each.status or "") == "failed" for each in it.to)  # of several, whose error is it?
    return with_opt_out(request, report, said=failed == 1 and fault.code == "40300")  # blocked due to a STOP message


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Telnyx docs: any 2xx within 2 s; else up to three attempts at a URL, and then the failover URL.


def signed(request: Request) -> Signed | None:
    """Return what a request says about its signature: over its time and the body.

    https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks
    """
    time = request.headers.get("telnyx-timestamp", "")
    if not (time.isdecimal() and time.isascii()):
        return None
    signature = request.headers.get("telnyx-signature-ed25519", "")
    content = f"{time}|".encode() + request.body
    max_age = request.settings_of(TelnyxSettings).signature_window_seconds
    return Signed(signature, (content,), time=float(time), max_age=max_age)


def public_key(text: str) -> Verify | None:
    """Return what verifies signatures by a public key, the Base64 of 32 bytes; None if it is none."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except ValueError:
        return None

    def verify(signature: str, content: bytes) -> bool:
        try:
            key.verify(base64.b64decode(signature, validate=True), content)
        except (ValueError, InvalidSignature):
            return False
        return True

    return verify


TELNYX = Provider(
    name="telnyx",
    parse=parse,
    schemes=(PublicKeySignature(signed, public_key, headers=("telnyx-signature-ed25519", "telnyx-timestamp")),),
    # It raises where a request says none; that one is of no account.
    account=lambda request: str(request.json_object()["data"]["payload"]["organization_id"]),
    settings=TelnyxSettings,
)

handler = webhook(TELNYX)
