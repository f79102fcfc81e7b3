"""Twilio: inbound messages and status callbacks.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from inbound_sms.api import (
    Basic,
    Event,
    InvalidPayload,
    OAuth2,
    Parsed,
    Provider,
    Request,
    Signature,
    Signed,
    each_item,
    parse_iso,
    unknown,
    webhook,
)
from inbound_sms.dialects import twiml

from typing import Any

# ---- What Twilio posts: a form whose fields say what it is about; Event Streams post a JSON array --------------------

_INBOUND = "com.twilio.messaging.inbound-message.received"


def parse(request: Request) -> list[Parsed]:
    """Read one callback, or an array of Event Streams' CloudEvents."""
    if request.starts_with(b"["):
        return each_item(request, request.json(), _stream_event)
    fields, payload = request.fields()
    return [*twiml.read_callback(request, fields, payload)]


def _stream_event(request: Request, item: Any) -> Event | list[Event]:
    """Read an event whose data is what the form holds; only the names begin with a small letter (`messageSid`)."""
    if not isinstance(item, dict):
        raise InvalidPayload("an item is not a JSON object")
    data = item.get("data")
    if item.get("type") != _INBOUND or not isinstance(data, dict):
        return unknown(request, provider_type=str(item.get("type")), payload=item)
    fields = {name[:1].upper() + name[1:]: value for name, value in data.items()}
    return twiml.read_callback(request, fields, item, provider_received_at=parse_iso(data.get("timestamp")))


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Twilio docs: what isn't TwiML is an error, and text/plain is sent to the person as a reply: so an empty <Response/>.
# By default only a failed connection is retried, once; `#rc=5&rp=all` in the URL has 4xx and 5xx retried, too.


def signed(request: Request) -> Signed | None:
    """Return what a request says about its signature (Twilio docs: usage/webhooks/webhooks-security).

    By a shared key it may be HMAC-SHA256 instead (usage/webhooks/webhook-shared-keys); what is signed is the same.
    """
    found = twiml.signed(request, request.headers.get("x-twilio-signature", ""))
    return found and found._replace(algorithms=("sha1/base64", "sha256/base64"))


TWILIO = Provider(
    name="twilio",
    parse=parse,
    schemes=(Signature(signed, headers=("x-twilio-signature",)), Basic(), OAuth2()),
    methods=("POST", "GET"),
    accepted=twiml.EMPTY,
    quarantined=twiml.EMPTY,
)

handler = webhook(TWILIO)
