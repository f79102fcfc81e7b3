"""Textmagic: incoming messages and delivery notifications.

https://textmagic.com/docs/api/receive-sms
"""

from inbound_sms.api import (
    EpochTime,
    Event,
    Identifier,
    InternationalNumberField,
    IsoTime,
    Lenient,
    Number,
    PathSecret,
    Payload,
    Provider,
    Request,
    Response,
    Status,
    delivery_report,
    message,
    read,
    webhook,
)

from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices, Field

# ---- What Textmagic posts: JSON or a form, by the account's callback settings ----------------------------------------

# https://apitextmagic.voog.com/https-api/sms-delivery-notification-codes
STATUSES: dict[str, Status] = {
    "q": "queued",
    "s": "queued",  # scheduled
    "r": "sent",
    "a": "sent",  # acknowledged by the operator
    "b": "sent",  # queued by the operator
    "d": "delivered",
    "f": "failed",
    "e": "failed",  # while sending
    "j": "rejected",
}


class Callback(Payload):
    """A message that came in, or what became of one of ours; the second names are those of the older HTTPS API."""

    id: Identifier = Field(validation_alias=AliasChoices("id", "message_id"))
    # Textmagic docs (send-sms): E.164 without the leading plus.
    sender: InternationalNumberField = Field(validation_alias=AliasChoices("sender", "from"), default=Number())
    receiver: InternationalNumberField = Number()
    text: str | None = None
    message_time: IsoTime = Field(alias="messageTime", default=None)
    timestamp: EpochTime = None


class Notification(Callback):
    """What became of a message that we sent: a copy of the message, as the API has it."""

    text: Lenient[str] = None
    status: str  # a letter
    reference_id: Lenient[str] = Field(alias="referenceId", default=None)
    parts_count: Lenient[int] = Field(alias="partsCount", default=None)
    charset: Lenient[str] = None


def parse(request: Request) -> list[Event]:
    """Read one callback: only messages that we sent have a status."""
    fields, payload = request.fields()
    if "status" in fields:
        return [_report(request, fields, payload)]
    sms = read(Callback, fields)
    return [
        message(
            request,
            sms.id,
            message_id=sms.id,
            sender=sms.sender,
            recipient=sms.receiver,
            text=sms.text,
            provider_received_at=sms.message_time or sms.timestamp,
            payload=payload,
        )
    ]


def _report(request: Request, fields: Mapping[str, Any], payload: Mapping[str, Any]) -> Event:
    report = read(Notification, fields)
    return delivery_report(
        request,
        f"{report.id}:{report.status}",
        message_id=report.id,
        client_reference=report.reference_id,
        sender=report.sender,
        recipient=report.receiver,
        status=STATUSES.get(report.status.lower(), "unknown"),
        provider_status=report.status,
        segments=report.parts_count,
        encoding=report.charset,
        reported_at=report.timestamp,  # messageTime is when it was sent
        payload=payload,
    )


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Textmagic docs: 200, or the URL is treated as invalid; its test of the URL is a HEAD. It offers no authentication,
# hence the long secret in the URL's path.


def respond_to_test(request: Request) -> Response | None:
    """Return the response to the portal's test of the URL, which is no message and may come without the secret."""
    return Response(200) if request.method == "HEAD" else None


TEXTMAGIC = Provider(name="textmagic", parse=parse, schemes=(PathSecret(),), preflight=respond_to_test)

handler = webhook(TEXTMAGIC)
