"""SignalWire: inbound messages and status callbacks of its Compatibility API (cXML) and of SWML.

https://signalwire.com/docs/compatibility-api/cxml/reference/messaging
https://signalwire.com/docs/apis/rest/webhooks/inbound-message-webhook
"""

from inbound_sms.api import (
    Basic,
    Event,
    Identifier,
    InvalidPayload,
    IsoTime,
    Lenient,
    Media,
    Number,
    NumberField,
    Payload,
    Provider,
    Request,
    Response,
    Several,
    Signature,
    Signed,
    as_sent,
    delivery_report,
    message,
    read,
    unknown,
    webhook,
)
from inbound_sms.dialects import twiml

import re
from contextlib import suppress
from typing import Any

from pydantic import Field

# ---- What SignalWire posts: cXML's form, which is TwiML's, and JSON for SWML -----------------------------------------


class File(Payload):
    """A file of an MMS."""

    url: Lenient[str] = None
    content_type: Lenient[str] = None


class Inbound(Payload):
    """The `message` for which SignalWire fetches an SWML document."""

    id: Identifier = Field(alias="message_id")
    account: Lenient[str] = Field(alias="project_id", default=None)
    sender: NumberField = Field(alias="from", default=Number())
    to: NumberField = Number()
    text: str | None = Field(alias="body", default=None)
    media: Several[File] | None = None
    segments: Lenient[int] = None
    received_at: IsoTime = Field(alias="timestamp", default=None)


class StatusCallback(Payload):
    """What became of a message that we sent by the REST API, Relay or SWML."""

    id: Identifier
    account: Lenient[str] = Field(alias="project_id", default=None)
    status: str
    sender: NumberField = Field(alias="from", default=Number())
    to: NumberField = Number()
    segments: Lenient[int] = Field(alias="number_of_segments", default=None)
    code: Lenient[str] = Field(alias="error_code", default=None)
    error: Lenient[str] = Field(alias="error_message", default=None)
    at: IsoTime = Field(alias="timestamp", default=None)


def parse(request: Request) -> list[Event]:
    """Read one callback."""
    fields, payload = request.fields()
    if isinstance(fields.get("message"), dict):
        return [_inbound(request, payload)]
    if {"id", "status"} <= fields.keys():
        return [_report(request, payload)]
    if "event_category" in fields:
        kind = str(fields.get("event_type"))
        return [unknown(request, payload=payload, provider_type=kind, note="a registration for 10DLC")]
    return twiml.read_callback(request, fields, payload)


def _inbound(request: Request, payload: Any) -> Event:
    it = read(Inbound, payload, "message")
    return message(
        request,
        it.id,
        account=it.account,
        message_id=it.id,
        sender=it.sender,
        recipient=it.to,
        text=it.text,
        media=[Media(url=file.url, content_type=file.content_type) for file in it.media or ()],
        segments=it.segments,
        provider_received_at=it.received_at,
        payload=payload,
    )


def _report(request: Request, payload: Any) -> Event:
    it = read(StatusCallback, payload)
    return delivery_report(
        request,
        f"{it.id}:{it.status}:{it.code or ''}",
        account=it.account,
        message_id=it.id,
        sender=it.sender,
        recipient=it.to,
        status=twiml.STATUSES.get(it.status.lower(), "unknown"),
        provider_status=it.status,
        provider_code=it.code,
        description=it.error,
        segments=it.segments,
        reported_at=it.at,
        payload=payload,
    )


# ---- Authentication --------------------------------------------------------------------------------------------------

_HEADERS = ("x-signalwire-signature", "x-twilio-signature")  # the second for those that move
_HEXADECIMAL = re.compile("[0-9a-f]{40}")


def signed(request: Request) -> Signed | None:
    """Return what a request says about its signature.

    SignalWire's SDKs (core/security/webhook_validator): in hexadecimal, it covers the URL and the body as it was sent;
    in Base64, it is TwiML's. Theirs accept one in Base64 over the URL alone, whatever the body is; this doesn't.
    """
    signature = next((value for name in _HEADERS if (value := request.headers.get(name))), "")
    if _HEXADECIMAL.fullmatch(signature):
        return Signed(signature, (as_sent(request.url) + request.body,), ("sha1/hex",))
    return twiml.signed(request, signature)


# ---- Responses -------------------------------------------------------------------------------------------------------
# Docs: whoever fetches cXML has to get valid XML, and whoever fetches SWML a valid document, in JSON or YAML.

# `receive` accepts a message without a reply.

SWML = Response(200, '{"version": "1.0.0", "sections": {"main": [{"receive": {}}]}}')


def _answer(request: Request) -> Response:
    with suppress(InvalidPayload):  # of a body that can't be unpacked
        if request.starts_with(b"{"):
            return SWML
    return twiml.EMPTY


SIGNALWIRE = Provider(
    name="signalwire",
    parse=parse,
    schemes=(Signature(signed, headers=_HEADERS), Basic()),
    methods=("POST", "GET"),
    accepted=_answer,
    quarantined=_answer,
)

handler = webhook(SIGNALWIRE)
