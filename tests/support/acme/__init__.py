"""A provider that doesn't exist: it uses all that the core offers, and stands in where a test needs just some provider.

It posts JSON, a form or a query with `id`, `from`, `to`, `text`, `at`; a list of such objects is a batch. Below
/status it reports on messages, and it signs what it sends by an HMAC over the URL and the body.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from inbound_sms.api import (
    Basic,
    CustomHeader,
    Event,
    Identifier,
    InvalidPayload,
    IsoTime,
    Lenient,
    Number,
    NumberField,
    OAuth2,
    Parsed,
    PathSecret,
    Payload,
    Provider,
    ProviderSettings,
    Request,
    Response,
    Signature,
    Signed,
    StaticAuthorization,
    as_sent,
    delivery_report,
    each_item,
    ignored,
    message,
    read,
    unknown,
)


class AcmeSettings(ProviderSettings):
    """Settings of its own."""

    max_age_seconds: float = Field(default=600, gt=0)


class Text(Payload):
    """An inbound text."""

    id: Identifier
    sender: NumberField = Field(alias="from", default=Number())
    to: NumberField = Number()
    text: str | None = None
    at: IsoTime = None
    account: Lenient[str] = None
    status: Lenient[str] = None


def parse(request: Request) -> list[Parsed]:
    """Read a request: one text, a batch, a report, or a check of the URL."""
    if request.method == "POST" and request.body.lstrip()[:1] == b"[":
        return each_item(request, request.json(), lambda one, item: _event(one, item, item))
    fields, payload = request.fields()
    if "check" in fields:
        return ignored("a check of the URL")
    return [_event(request, fields, payload)]


def _event(request: Request, fields: Mapping[str, Any], payload: Mapping[str, Any]) -> Event:
    if not isinstance(payload, dict):
        raise InvalidPayload("an item is not a JSON object")
    if "kind" in fields:
        return unknown(request, provider_type=str(fields["kind"]), payload=payload)
    text = read(Text, fields)
    said: dict[str, Any] = {"account": text.account, "message_id": text.id, "sender": text.sender, "recipient": text.to}
    if request.route == "status":
        status = "delivered" if text.status == "ok" else "unknown"
        own_id = f"{text.id}:{text.status}"
        return delivery_report(request, own_id, **said, status=status, provider_status=text.status, payload=payload)
    return message(request, text.id, **said, text=text.text, provider_received_at=text.at, payload=payload)


def signed(request: Request) -> Signed | None:
    """Return what a request says about its signature: over time, URL and body."""
    time, signature = request.headers.get("acme-time", ""), request.headers.get("acme-signature", "")
    if not time.isdecimal():
        return None
    content = as_sent(f"{time}.{request.url}.") + request.body
    max_age = request.settings_of(AcmeSettings).max_age_seconds
    return Signed(signature, (content,), ("sha256/hex",), time=int(time), max_age=max_age)


def preflight(request: Request) -> Response | None:
    """Answer a probe of the URL."""
    return Response(204, "") if request.method == "HEAD" else None


def handshake(request: Request) -> Response | None:
    """Echo the challenge by which it asks whether the URL is ours."""
    challenge = request.headers.get("acme-challenge")
    return Response(200, challenge, "text/plain", {"acme-echo": "yes"}) if challenge else None


def account(request: Request) -> str | None:
    """Return the account that a request says it is from."""
    return dict(request.pairs(of_query=True)).get("account")


ACME = Provider(
    name="acme",
    parse=parse,
    schemes=(
        Basic(),
        StaticAuthorization(),
        CustomHeader(),
        Signature(signed, headers=("acme-signature",), fields=("sig",)),
        OAuth2(),
        PathSecret(),
    ),
    methods=("POST", "GET"),
    routes=("", "status"),
    preflight=preflight,
    handshake=handshake,
    account=account,
    settings=AcmeSettings,
    accepted=lambda request: Response(200, f"<ok>{request.method}</ok>", "text/xml"),
    ignored=Response(200, "fine", "text/plain"),
)
