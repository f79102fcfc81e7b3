"""Twilio: inbound messages and status callbacks.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from inbound_sms.api import (
    Basic,
    ConsentAction,
    Event,
    Identifier,
    InvalidPayload,
    Lenient,
    Media,
    Number,
    NumberField,
    Parsed,
    Payload,
    Provider,
    Request,
    Response,
    Signature,
    Signed,
    Status,
    as_sent,
    delivery_report,
    each_item,
    message,
    parse_iso,
    read,
    unknown,
    webhook,
)

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices, Field

# ---- What Twilio posts: a form whose fields say what it is about; Event Streams post a JSON array --------------------

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
_INBOUND = "com.twilio.messaging.inbound-message.received"
_MOST_MEDIA = 10  # Twilio docs: a message carries at most ten files


def _either(form: str, stream: str) -> Any:
    return Field(validation_alias=AliasChoices(form, stream), default=None)


class Callback(Payload):
    """A message that came in, or what became of one of ours; the second names are those of Event Streams."""

    id: Identifier = Field(validation_alias=AliasChoices("MessageSid", "messageSid"))
    account: Lenient[str] = _either("AccountSid", "accountSid")
    sender: NumberField = Field(validation_alias=AliasChoices("From", "from"), default=Number())
    to: NumberField = Field(validation_alias=AliasChoices("To", "to"), default=Number())
    text: str | None = _either("Body", "body")
    segments: Lenient[int] = Field(alias="NumSegments", default=None)
    opt_out_type: Lenient[str] = Field(alias="OptOutType", default=None)  # STOP, START or HELP
    status: Lenient[str] = Field(alias="MessageStatus", default=None)
    code: Lenient[str] = Field(alias="ErrorCode", default=None)


def parse(request: Request) -> list[Parsed]:
    """Read one callback, or an array of Event Streams' CloudEvents."""
    if request.starts_with(b"["):
        return each_item(request, request.json(), _stream_event)
    fields, payload = request.fields()
    return [_callback(request, fields, payload)]


def _stream_event(request: Request, item: Any) -> Event:
    if not isinstance(item, dict):
        raise InvalidPayload("an item is not a JSON object")
    data = item.get("data")
    if item.get("type") != _INBOUND or not isinstance(data, dict):
        return unknown(request, provider_type=str(item.get("type")), payload=item)
    return _callback(request, data, item, provider_received_at=parse_iso(data.get("timestamp")))


def _callback(request: Request, fields: Mapping[str, Any], payload: Mapping[str, Any], **said: Any) -> Event:
    """Read one callback; a message's MessageSid is the same in every retry. The form names no time."""
    if "CallSid" in fields:
        return unknown(request, payload=payload, note="a callback about a call")
    callback = read(Callback, fields)
    said |= {
        "account": callback.account,
        "message_id": callback.id,
        "sender": callback.sender,
        "recipient": callback.to,
        "payload": payload,
    }
    if callback.status:
        status, code = callback.status, callback.code
        own_id = f"{callback.id}:{status}:{code or ''}"
        known = STATUSES.get(status.lower(), "unknown")
        return delivery_report(request, own_id, **said, status=known, provider_status=status, provider_code=code)
    if (channel := (callback.sender.raw or "").partition(":"))[1]:  # whatsapp:+1605..., rcs:...
        return unknown(request, payload=payload, provider_type=channel[0], note="a channel other than SMS")
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    media = [
        Media(url=url, content_type=texts.get(f"MediaContentType{number}"))
        for number in range(_MOST_MEDIA)
        if (url := texts.get(f"MediaUrl{number}")) is not None
    ]
    consent = _CONSENT.get((callback.opt_out_type or "").upper())
    return message(
        request, callback.id, **said, text=callback.text, segments=callback.segments, media=media, consent=consent
    )


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Twilio docs: what isn't TwiML is an error, and text/plain is sent to the person as a reply: so an empty <Response/>.
# By default only a failed connection is retried, once; `#rc=5&rp=all` in the URL has 4xx and 5xx retried, too.

_SHA256 = re.compile(r"(?:^|&)bodySHA256=([0-9A-Fa-f]{64})(?:&|$)")
_AUTHORITY = re.compile(r"(https?)://([^/:]+)(:[0-9]+)?")
_PORTS = {"http": ":80", "https": ":443"}


def signed(request: Request) -> Signed | None:
    """Return what a request says about its signature: over the URL and the sorted parameters of the form.

    Twilio docs (usage/webhooks/webhooks-security): a GET has its parameters in the URL; of any other body the URL
    carries the hash. Twilio's helper libraries accept the URL with and without its port.
    """
    content = ""
    if declared := _SHA256.search(request.raw_query):
        if declared[1].lower() != hashlib.sha256(request.body).hexdigest():
            return None
    elif request.method == "POST":
        content = "".join(name + value for name, value in sorted(set(request.pairs())))
    contents = tuple(as_sent(url + content) for url in _with_and_without_port(request.url))
    return Signed(request.headers.get("x-twilio-signature", ""), contents, ("sha1/base64",))


def _with_and_without_port(url: str) -> tuple[str, ...]:
    authority = _AUTHORITY.match(url)
    if authority is None:
        return (url,)
    scheme, host, port = authority.groups()
    rest = url[authority.end() :]
    bare = f"{scheme}://{host}"
    return (f"{bare}{rest}", f"{bare}{port or _PORTS[scheme]}{rest}")


EMPTY = Response(200, "<Response/>", "text/xml")
TWILIO = Provider(
    name="twilio",
    parse=parse,
    schemes=(Signature(signed, headers=("x-twilio-signature",)), Basic()),
    methods=("POST", "GET"),
    accepted=EMPTY,
    quarantined=EMPTY,
)

handler = webhook(TWILIO)
