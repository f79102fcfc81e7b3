"""TwiML's messaging webhooks: a form whose fields say what it is about, and a signature over the URL and the form."""

import hashlib
import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from pydantic import Field

from inbound_sms.api import (
    ConsentAction,
    Event,
    Identifier,
    Lenient,
    Media,
    Number,
    NumberField,
    Payload,
    Request,
    Response,
    Signed,
    Status,
    as_sent,
    delivery_report,
    message,
    read,
    unknown,
    with_opt_out,
)

EMPTY = Response(200, "<Response/>", "text/xml")  # any other text could be sent to the person as a reply

STATUSES: dict[str, Status] = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "read": "read",
    "canceled": "cancelled",
}
_CONSENT: dict[str, ConsentAction] = {"STOP": "opt_out", "START": "opt_in", "HELP": "help"}  # OptOutType
_OPTED_OUT = "21610"  # ErrorCode: the recipient has replied STOP
_INBOUND = {"receiving", "received"}  # the status of a message that came in: it is the message itself
_MOST_MEDIA = 10  # a message carries at most ten files


class Callback(Payload):
    """A message that came in, or what became of one of ours."""

    id: Identifier = Field(alias="MessageSid")
    account: Lenient[str] = Field(alias="AccountSid", default=None)
    sender: NumberField = Field(alias="From", default=Number())
    to: NumberField = Field(alias="To", default=Number())
    text: str | None = Field(alias="Body", default=None)
    segments: Lenient[int] = Field(alias="NumSegments", default=None)
    opt_out_type: Lenient[str] = Field(alias="OptOutType", default=None)  # STOP, START or HELP
    status: Lenient[str] = Field(alias="MessageStatus", default=None)
    code: Lenient[str] = Field(alias="ErrorCode", default=None)


def read_callback(request: Request, fields: Mapping[str, Any], payload: Mapping[str, Any], **said: Any) -> list[Event]:
    """Read one callback; a message's MessageSid is the same in every retry. The form names no time."""
    if "CallSid" in fields:
        return [unknown(request, payload=payload, note="a callback about a call")]
    callback = read(Callback, fields)
    said |= {
        "account": callback.account,
        "message_id": callback.id,
        "sender": callback.sender,
        "recipient": callback.to,
        "payload": payload,
    }
    if callback.status and callback.status not in _INBOUND:
        status, code = callback.status, callback.code
        own_id = f"{callback.id}:{status}:{code or ''}"
        known = STATUSES.get(status.lower(), "unknown")
        report = delivery_report(request, own_id, **said, status=known, provider_status=status, provider_code=code)
        return with_opt_out(request, report, said=code == _OPTED_OUT)
    if (channel := (callback.sender.raw or "").partition(":"))[1]:  # whatsapp:+1605..., rcs:...
        return [unknown(request, payload=payload, provider_type=channel[0], note="a channel other than SMS")]
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    media = [
        Media(url=url, content_type=texts.get(f"MediaContentType{number}"))
        for number in range(_MOST_MEDIA)
        if (url := texts.get(f"MediaUrl{number}")) is not None
    ]
    consent = _CONSENT.get((callback.opt_out_type or "").upper())
    said |= {"text": callback.text, "segments": callback.segments, "media": media}
    return [message(request, callback.id, **said, consent=consent)]


# ---- The signature ---------------------------------------------------------------------------------------------------

_SHA256 = re.compile(r"(?:^|&)bodySHA256=([0-9A-Fa-f]{64})(?:&|$)")
_AUTHORITY = re.compile(r"(https?)://([^/:]+)(:[0-9]+)?")
_PORTS = {"http": ":80", "https": ":443"}


def signed(request: Request, signature: str) -> Signed | None:
    """Return what a signature should cover: the URL and the sorted parameters of the form.

    A GET has its parameters in the URL; of any other body the URL carries the hash. The URL counts with and without its
    port. Of a name that repeats, some providers sign the sorted values, each once, others all as they were sent.
    """
    forms = {""}
    if declared := _SHA256.search(request.raw_query):
        if declared[1].lower() != hashlib.sha256(request.body).hexdigest():
            return None
    elif request.method == "POST":
        pairs = request.pairs()
        forms = {_joined(sorted(set(pairs))), _joined(sorted(pairs, key=itemgetter(0)))}
    contents = tuple(as_sent(url + form) for url in _with_and_without_port(request.url) for form in forms)
    return Signed(signature, contents, ("sha1/base64",))


def _joined(pairs: list[tuple[str, str]]) -> str:
    return "".join(name + value for name, value in pairs)


def _with_and_without_port(url: str) -> tuple[str, ...]:
    authority = _AUTHORITY.match(url)
    if authority is None:
        return (url,)
    scheme, host, port = authority.groups()
    rest = url[authority.end() :]
    bare = f"{scheme}://{host}"
    return (f"{bare}{rest}", f"{bare}{port or _PORTS[scheme]}{rest}")
