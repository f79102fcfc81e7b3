"""Vonage Messages API: inbound SMS and MMS, and the status of what we send; versions 1 and 0.1.

https://developer.vonage.com/en/api/messages (also: messages/concepts/messages-status-callbacks)
"""

from inbound_sms.api import (
    Event,
    Identifier,
    InternationalNumberField,
    IsoTime,
    Lenient,
    Media,
    Number,
    Payload,
    Price,
    Provider,
    ProviderSettings,
    Request,
    Response,
    Several,
    Signature,
    Signed,
    SignedToken,
    Status,
    delivery_report,
    message,
    read,
    signed_token,
    unknown,
    webhook,
)

import hashlib
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

# ---- What Vonage posts -----------------------------------------------------------------------------------------------

STATUSES: dict[str, Status] = {
    "submitted": "sent",  # handed to the carrier or another messaging provider
    "delivered": "delivered",
    "read": "read",
    "rejected": "rejected",
    "undeliverable": "failed",
}
_CHANNELS = frozenset({"sms", "mms"})
_FILES = ("image", "audio", "video", "file", "vcard")
_KINDS = frozenset({"text", "content", *_FILES})


def _number(party: object) -> object:
    """Return the number of a sender or recipient, which version 0.1 wraps into an object with its channel."""
    return party.get("number") if isinstance(party, dict) else party


# Vonage docs: numbers are in E.164, without a plus.
_Party = Annotated[InternationalNumberField, BeforeValidator(_number)]


class Usage(Payload):
    """What a message cost."""

    price: Lenient[Decimal] = None
    currency: Lenient[str] = None


class Network(Payload):
    """Where a message came from, or went to."""

    network_code: Lenient[str] = None


class Sms(Payload):
    """What is particular to an SMS: long ones arrive joined."""

    count: Lenient[int] = Field(
        validation_alias=AliasChoices("num_messages", "total_count", "count_total"), default=None
    )
    keyword: Lenient[str] = None


class Error(Payload):
    """Why a message wasn't delivered; the second names are those of version 0.1."""

    code: Lenient[str] = Field(validation_alias=AliasChoices("title", "code"), default=None)
    detail: Lenient[str] = Field(validation_alias=AliasChoices("detail", "reason"), default=None)


class Attachment(Payload):
    """A file of an MMS."""

    url: Lenient[str] = None
    caption: Lenient[str] = None


class Callback(Payload):
    """What all callbacks have in common."""

    id: Identifier = Field(alias="message_uuid")
    sender: _Party = Field(alias="from", default=Number())
    to: _Party = Number()
    timestamp: IsoTime = None
    client_reference: Lenient[str] = Field(alias="client_ref", default=None)
    usage: Lenient[Usage] = None
    sms: Lenient[Sms] = None
    network: Lenient[Network] = Field(validation_alias=AliasChoices("origin", "destination"), default=None)


class Inbound(Callback):
    """A message. An MMS with several files has them in `content`."""

    text: str | None = None
    image: Lenient[Attachment] = None
    audio: Lenient[Attachment] = None
    video: Lenient[Attachment] = None
    file: Lenient[Attachment] = None
    vcard: Lenient[Attachment] = None
    content: Lenient[Several[Attachment]] = None


class MessageStatus(Callback):
    """What became of a message of ours."""

    status: str
    error: Lenient[Error] = None


def parse(request: Request) -> list[Event]:
    """Read one callback. Its message_uuid is the same in every retry."""
    payload = request.json_object()
    fields = _as_version_1(payload)
    channel, kind = (str(fields.get(name) or usual) for name, usual in (("channel", "sms"), ("message_type", "text")))
    if channel.lower() not in _CHANNELS:
        return [unknown(request, payload=payload, provider_type=channel, note="a channel other than SMS and MMS")]
    if fields.get("status"):
        return [_status(request, fields, payload, channel)]
    if kind.lower() not in _KINDS:
        return [unknown(request, payload=payload, provider_type=kind)]
    return [_message(request, fields, payload)]


def _as_version_1(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a callback of version 0.1 as version 1 has it: flat, with the channel beside the content."""
    party, sent = payload.get("from"), payload.get("message")
    fields = payload | {"channel": party.get("type")} if isinstance(party, dict) else payload
    if isinstance(sent, dict) and isinstance(content := sent.get("content"), dict):
        return {**fields, **content, "message_type": content.get("type"), "sms": sent.get("sms")}
    return fields


def _common(callback: Callback, payload: dict[str, Any]) -> dict[str, Any]:
    usage, sms = callback.usage or Usage(), callback.sms or Sms()
    return {
        "message_id": callback.id,
        "sender": callback.sender,
        "recipient": callback.to,
        "client_reference": callback.client_reference,
        "segments": sms.count,
        "operator_id": callback.network and callback.network.network_code,
        "price": Price(total=usage.price, currency=usage.currency) if usage.price is not None else None,
        "payload": payload,
    }


def _message(request: Request, fields: dict[str, Any], payload: dict[str, Any]) -> Event:
    inbound = read(Inbound, fields)
    single: list[Attachment | None] = [getattr(inbound, name) for name in _FILES]
    files = [file for file in (*single, *(inbound.content or ())) if file]
    captions = "\n".join(file.caption for file in files if file.caption)
    return message(
        request,
        inbound.id,
        **_common(inbound, payload),
        text=inbound.text if inbound.text is not None else captions or None,
        media=[Media(url=file.url) for file in files if file.url],
        keyword=inbound.sms and inbound.sms.keyword,
        provider_received_at=inbound.timestamp,
    )


def _status(request: Request, fields: dict[str, Any], payload: dict[str, Any], channel: str) -> Event:
    report = read(MessageStatus, fields)
    error = report.error or Error()
    return delivery_report(
        request,
        f"{report.id}:{report.status}:{error.code or ''}",
        **_common(report, payload),
        channel=channel,
        status=STATUSES.get(report.status.lower(), "unknown"),
        provider_status=report.status,
        provider_code=error.code,
        description=error.detail,
        reported_at=report.timestamp,
    )


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Vonage docs (messages/concepts/signed-webhooks): a JWT, always by SHA-256, with the secret of the account that its
# claim api_key names; payload_hash is the SHA-256 of the body. In the rare case of an internal error, callbacks come
# unsigned: a response of 5xx has them sent again, signed. Its support: only 429 and 5xx are retried, so never a 401.


class VonageMessagesSettings(ProviderSettings):
    """How old a signature may be: Vonage retries for 24 hours, and may repeat the first one."""

    signature_window_seconds: float = Field(default=90_000, gt=0)


def _token(request: Request) -> SignedToken | None:
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    return signed_token(token) if scheme.lower() == "bearer" else None


def signed(request: Request) -> Signed | None:
    """Return a callback's signature: a JWT, which must hold the hash of the body, if there is one."""
    token = _token(request)
    if token is None or (time := token.time()) is None:
        return None
    declared = token.claims.get("payload_hash")
    if (declared or request.body) and declared != hashlib.sha256(request.body).hexdigest():
        return None
    window = request.settings_of(VonageMessagesSettings).signature_window_seconds
    return Signed(token.signature, (token.content,), ("sha256/base64url",), time=time, max_age=window)


def account(request: Request) -> str | None:
    """Return the API key of the account that a request claims to be from."""
    token = _token(request)
    return key if token and isinstance(key := token.claims.get("api_key"), str) else None


def refused(request: Request) -> Response:
    """Return the response to a request that isn't authenticated; one that isn't even signed shall come again."""
    if "authorization" not in request.headers:
        return Response(503, '{"error":"not signed, please retry"}')
    return Response(401, '{"error":"wrong or missing credentials"}')


VONAGE_MESSAGES = Provider(
    name="vonage-messages",
    parse=parse,
    schemes=(Signature(signed, headers=("authorization",)),),
    account=account,
    settings=VonageMessagesSettings,
    refused=refused,
)

handler = webhook(VONAGE_MESSAGES)
