"""BulkSMS: inbound SMS and status reports.

https://www.bulksms.com/developer/webhooks/
"""

from inbound_sms.api import (
    Event,
    Identifier,
    InvalidPayload,
    IsoTime,
    Lenient,
    Number,
    Parsed,
    PathSecret,
    Payload,
    Provider,
    Request,
    Status,
    base64_of_hex,
    delivery_report,
    each_item,
    ignored,
    message,
    parse_number,
    read,
    unknown,
    webhook,
)

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

# ---- What BulkSMS posts: an array of messages, as its API lists them; the webhooks' page shows them with more depth --

STATUSES: dict[str, Status] = {
    "ACCEPTED": "queued",
    "SCHEDULED": "queued",
    "SENT": "sent",
    "DELIVERED": "delivered",
    "FAILED": "failed",
}
_FAILURES: dict[str, Status] = {"EXPIRED": "expired", "BLOCKED": "rejected", "NOT_SENT": "rejected"}
_KINDS = {"incoming-message": "RECEIVED", "status-report": "SENT"}  # by X-BulkSMS-Event


def _address(value: object) -> Number:
    """Read a number: an address and its type, or the address alone.

    "If you supply a string, the type is taken as INTERNATIONAL", which "can start with +".
    """
    if isinstance(value, dict):
        return parse_number(value.get("address"), international=value.get("type") == "INTERNATIONAL")
    return parse_number(value, international=True)


def _content(value: object) -> object:
    """Read a body: `{"value": ..., "encoding": {"type": ...}}`, or the value alone."""
    if not isinstance(value, dict):
        return {"value": value}
    encoding = value.get("encoding")
    return {"value": value.get("value"), "encoding": encoding.get("type") if isinstance(encoding, dict) else encoding}


Address = Annotated[Number, BeforeValidator(_address)]


class Content(Payload):
    """The content of a message. BINARY is written in hexadecimal digits; TEXT and UNICODE are text."""

    value: str | None = None
    encoding: Lenient[str] = None


class Submission(Payload):
    """When it was processed; of what we sent, the id of all messages that were submitted together."""

    id: Lenient[str] = None
    date: IsoTime = None


class State(Payload):
    """The status of what we sent. `condition` and `cause` are how the webhooks' page shows it."""

    type: Lenient[str] = None
    condition: Lenient[str] = None
    subtype: Lenient[str] = None  # why it failed
    cause: Lenient[str] = None
    date: IsoTime = None


class Sms(Payload):
    """A message, sent or received."""

    id: Identifier
    sender: Address = Field(alias="from", default=Number())
    to: Address = Number()
    body: Annotated[Content, BeforeValidator(_content)] = Content()
    encoding: Lenient[str] = None
    parts: Lenient[int] = Field(alias="numberOfParts", default=None)
    submission: Submission = Submission()
    status: State = State()
    own_id: Lenient[str] = Field(alias="userSuppliedId", default=None)


def parse(request: Request) -> list[Parsed]:
    """Read an array of messages. BulkSMS checks a URL by an empty one."""
    return each_item(request, request.json(), _message) or ignored("a check of the URL")


def _message(request: Request, item: dict[str, Any]) -> Event:
    kind = item.get("type") or _KINDS.get(request.headers.get("x-bulksms-event", ""))
    if kind == "RECEIVED":
        return _inbound(request, item)
    if kind == "SENT":
        return _report(request, item)
    return unknown(request, payload=item, provider_type=None if kind is None else str(kind))


def _inbound(request: Request, item: dict[str, Any]) -> Event:
    it = read(Sms, item)
    encoding = it.body.encoding or it.encoding
    is_binary = encoding == "BINARY"
    return message(
        request,
        it.id,
        message_id=it.id,
        sender=it.sender,
        recipient=it.to,
        text=None if is_binary else it.body.value,
        binary=_binary(it.body.value or "") if is_binary else None,
        encoding=encoding,
        segments=it.parts,
        client_reference=it.own_id,
        provider_received_at=it.submission.date,
        payload=item,
    )


def _binary(digits: str) -> str:
    binary = base64_of_hex(digits)
    if binary is None:
        raise InvalidPayload("not hexadecimal", "body")
    return binary


def _report(request: Request, item: dict[str, Any]) -> Event:
    """Read a status report. "The mobile network duplicates status updates": the same status is the same event."""
    it = read(Sms, item)
    state = it.status
    kind = state.type or state.condition or ""
    status = STATUSES.get(kind, "unknown")
    return delivery_report(
        request,
        f"{it.id}:{kind}:{state.subtype or ''}",
        message_id=it.id,
        batch_id=it.submission.id,
        client_reference=it.own_id,
        sender=it.sender,
        recipient=it.to,
        status=_FAILURES.get(state.subtype or "", status) if status == "failed" else status,
        provider_status=kind or None,
        provider_code=state.subtype,
        description=state.cause,
        segments=it.parts,
        encoding=it.body.encoding or it.encoding,
        reported_at=state.date,
        payload=item,
    )


# ---- Authentication and responses ------------------------------------------------------------------------------------
# BulkSMS docs: nothing but a secret in the URL. 2xx within 30 s is success; after a 4xx the message is discarded; all
# else is tried again for two days.

BULKSMS = Provider(name="bulksms", parse=parse, schemes=(PathSecret(),))

handler = webhook(BULKSMS)
