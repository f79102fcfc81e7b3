"""Plivo: inbound messages and status callbacks.

https://docs.plivo.com/docs/messaging/api/message/handling-incoming
https://docs.plivo.com/docs/messaging/api/message/message-status-callbacks
"""

from inbound_sms.api import (
    ConsentAction,
    Event,
    Identifier,
    InternationalNumberField,
    Lenient,
    Media,
    Number,
    Payload,
    Price,
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
    read,
    unknown,
    webhook,
    with_opt_out,
)

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import AliasChoices, Field

# ---- What Plivo posts: one form, whose fields say what it is about ---------------------------------------------------

STATUSES: dict[str, Status] = {
    "queued": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "rejected": "rejected",
    "read": "read",
}
_CONSENT: dict[str, ConsentAction] = {"optout": "opt_out", "optin": "opt_in", "help": "help"}  # MessageIntent
_OPTED_OUT = "200"  # ErrorCode: blocked by STOP from the recipient
_MEDIA = re.compile("Media([0-9]{1,3})")  # one page counts from 0, another from 1
_SMS = {"", "sms", "mms"}


class Callback(Payload):
    """A message that came in, or what became of one of ours."""

    id: Identifier = Field(alias="MessageUUID")
    # Plivo docs: numbers with their country code and without a plus; short codes are told apart by their form.
    sender: InternationalNumberField = Field(alias="From", default=Number())
    to: InternationalNumberField = Field(alias="To", default=Number())
    text: str | None = Field(validation_alias=AliasChoices("Text", "Body"), default=None)  # the second of an MMS
    type: Lenient[str] = Field(alias="Type", default=None)
    segments: Lenient[int] = Field(alias="Units", default=None)
    intent: Lenient[str] = Field(alias="MessageIntent", default=None)
    price: Lenient[Decimal] = Field(alias="TotalAmount", default=None)
    status: Lenient[str] = Field(alias="Status", default=None)
    code: Lenient[str] = Field(alias="ErrorCode", default=None)
    country: Lenient[str] = Field(alias="MCC", default=None)
    network: Lenient[str] = Field(alias="MNC", default=None)


def parse(request: Request) -> list[Event]:
    """Read one callback. The MessageUUID is the same in every retry; the form names no time."""
    fields, payload = request.fields()
    if "CallUUID" in fields:
        return [unknown(request, payload=payload, note="a callback about a call")]
    callback = read(Callback, fields)
    channel = (callback.type or "").lower()
    said: dict[str, Any] = {
        "message_id": callback.id,
        "sender": callback.sender,
        "recipient": callback.to,
        "segments": callback.segments,
        "price": None if callback.price is None else Price(total=callback.price),
        "payload": payload,
    }
    if callback.status:
        return _report(request, callback, **said, channel=channel or None)
    if channel not in _SMS:
        return [unknown(request, payload=payload, provider_type=channel, note="a channel other than SMS")]
    consent = _CONSENT.get((callback.intent or "").lower())
    return [message(request, callback.id, **said, text=callback.text, media=_media(fields), consent=consent)]


def _report(request: Request, callback: Callback, **said: Any) -> list[Event]:
    status, code = callback.status or "", callback.code
    report = delivery_report(
        request,
        f"{callback.id}:{status}:{code or ''}",
        **said,
        status=STATUSES.get(status.lower(), "unknown"),
        provider_status=status,
        provider_code=code,
        operator_id=f"{callback.country or ''}{callback.network or ''}" or None,
    )
    return with_opt_out(request, report, said=code == _OPTED_OUT)


def _media(fields: Mapping[str, Any]) -> list[Media]:
    numbered = [(int(match[1]), url) for name, url in fields.items() if (match := _MEDIA.fullmatch(name))]
    return [Media(url=url) for _, url in sorted(numbered, key=lambda each: each[0]) if isinstance(url, str)]


# ---- Authentication --------------------------------------------------------------------------------------------------


class PlivoSettings(ProviderSettings):
    """Plivo's own settings."""

    # V2 covers neither the query nor the body. It is what the documentation of messages promises; what is seen in
    # fact has V3, too, which is then the only one that counts.
    accept_v2: bool = True


_HEADERS = tuple(f"x-plivo-signature-{name}" for name in ("v3", "ma-v3", "v3-nonce", "v2", "ma-v2", "v2-nonce"))
_NONCE = re.compile("[0-9A-Za-z_-]+")  # digits; a dot in it could move the border between the form and the nonce


def signed(request: Request) -> Signed | None:
    """Return what a request says about its signatures: by its own account, and by the main account (`ma`).

    Plivo docs (messaging/concepts/signature-validation, voice/concepts/signature-validation). Messages have been seen
    with a `v3` that doesn't match and an `ma-v3` that does, so either counts, and each may be a list.
    """
    url = request.base_url + request.path
    if signatures := _signatures(request, "v3"):
        nonce, content = request.headers.get("x-plivo-signature-v3-nonce", ""), f"{_v3(request, url)}."
    elif request.settings_of(PlivoSettings).accept_v2:
        signatures = _signatures(request, "v2")
        nonce, content = request.headers.get("x-plivo-signature-v2-nonce", ""), url
    if not signatures or not _NONCE.fullmatch(nonce):
        return None
    return Signed(signatures, (as_sent(content + nonce),), ("sha256/base64",))


def _signatures(request: Request, version: str) -> tuple[str, ...]:
    headers = (request.headers.get(f"x-plivo-signature-{name}", "") for name in (version, f"ma-{version}"))
    return tuple(each.strip() for header in headers for each in header.split(",") if each.strip())


def _v3(request: Request, url: str) -> str:
    """Return the URL with its sorted query, and the sorted form behind it: `url?a=b&c=d.From1415...To1415...`."""
    query = "&".join(f"{name}={value}" for name, value in sorted(request.pairs(of_query=True)))
    form = "" if request.method == "GET" else "".join(name + value for name, value in sorted(request.pairs()))
    return url + ("?" if query or form else "") + query + ("." if query and form else "") + form


# ---- Responses -------------------------------------------------------------------------------------------------------
# Plivo docs (messaging/xml/request): it expects XML from whoever takes a message. An empty one sends no reply.

EMPTY = Response(200, "<Response/>", "application/xml")
PLIVO = Provider(
    name="plivo",
    parse=parse,
    schemes=(Signature(signed, headers=_HEADERS),),
    methods=("POST", "GET"),
    settings=PlivoSettings,
    accepted=EMPTY,
    quarantined=EMPTY,
)

handler = webhook(PLIVO)
