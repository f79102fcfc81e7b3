"""A provider that doesn't exist: it uses all that the core offers, and stands in where a test needs just some provider.

It posts JSON, a form or a query with `id`, `from`, `to`, `text`, `at`; a list of such objects is a batch. Below
/status it reports on messages, and it signs what it sends by an HMAC over the URL and the body, or by a private key.
"""

import base64
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field

from inbound_sms import api
from inbound_sms.api import Request, Response


class AcmeSettings(api.ProviderSettings):
    max_age_seconds: float = Field(default=600, gt=0)


class Text(api.Payload):
    id: api.Identifier
    sender: api.NumberField = Field(alias="from", default=api.Number())
    to: api.NumberField = api.Number()
    text: str | None = None
    at: api.IsoTime = None
    account: api.Lenient[str] = None
    status: api.Lenient[str] = None


def parse(request: Request) -> list[api.Parsed]:
    """Read a request: one text, a batch, a report, or a check of the URL."""
    if request.method == "POST" and request.body.lstrip()[:1] == b"[":
        return api.each_item(request, request.json(), lambda one, item: _event(one, item, item))
    fields, payload = request.fields()
    return api.ignored("a check of the URL") if "check" in fields else [_event(request, fields, payload)]


def _event(request: Request, fields: Mapping[str, Any], payload: Mapping[str, Any]) -> api.Event:
    if "kind" in fields:
        return api.unknown(request, provider_type=str(fields["kind"]), payload=payload)
    text = api.read(Text, fields)
    said: dict[str, Any] = {"account": text.account, "message_id": text.id, "sender": text.sender, "recipient": text.to}
    if request.route == "status":
        said |= {"status": "delivered" if text.status == "ok" else "unknown", "provider_status": text.status}
        return api.delivery_report(request, f"{text.id}:{text.status}", **said, payload=payload)
    return api.message(request, text.id, **said, text=text.text, provider_received_at=text.at, payload=payload)


def signed(request: Request) -> api.Signed | None:
    """Return what a request says about its signature: over time, URL and body."""
    time, signature = request.headers.get("acme-time", ""), request.headers.get("acme-signature", "")
    if not time.isdecimal():
        return None
    content = api.as_sent(f"{time}.{request.url}.") + request.body
    max_age = request.settings_of(AcmeSettings).max_age_seconds
    return api.Signed(signature, (content,), ("sha256/hex",), time=int(time), max_age=max_age)


def signed_by_key(request: Request) -> api.Signed | None:
    """Return the other signature: over time and body."""
    time, signature = request.headers.get("acme-time", ""), request.headers.get("acme-key-signature", "")
    if not time.isdecimal():
        return None
    return api.Signed(signature, (api.as_sent(time) + request.body,), time=int(time), max_age=600)


def key(text: str) -> api.Verify | None:
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(text))
    except ValueError:
        return None

    def verify(signature: str, content: bytes) -> bool:
        try:
            public.verify(base64.b64decode(signature), content)
        except (ValueError, InvalidSignature):
            return False
        return True

    return verify


def handshake(request: Request) -> Response | None:
    """Echo the challenge by which it asks whether the URL is ours."""
    challenge = request.headers.get("acme-challenge")
    return Response(200, challenge, "text/plain", {"acme-echo": "yes"}) if challenge else None


ACME = api.Provider(
    name="acme",
    parse=parse,
    schemes=(
        api.Basic(),
        api.StaticAuthorization(),
        api.CustomHeader(),
        api.Signature(signed, headers=("acme-signature",), fields=("sig",)),
        api.OAuth2(),
        api.PathSecret(),
        api.PublicKeySignature(signed_by_key, key, headers=("acme-key-signature",)),
    ),
    methods=("POST", "GET"),
    routes=("", "status"),
    preflight=lambda request: Response(204, "") if request.method == "HEAD" else None,
    handshake=handshake,
    account=lambda request: dict(request.pairs(of_query=True)).get("account"),
    settings=AcmeSettings,
    accepted=lambda request: Response(200, f"<ok>{request.method}</ok>", "text/xml"),
    ignored=Response(200, "fine", "text/plain"),
)
