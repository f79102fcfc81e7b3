"""ClickSend: inbound SMS and delivery reports, as its rules with the action URL post them.

https://developers.clicksend.com/docs/automations/sms
"""

from inbound_sms.api import (
    EpochTime,
    Event,
    Identifier,
    Lenient,
    Number,
    NumberField,
    PathSecret,
    Payload,
    Provider,
    Request,
    Status,
    delivery_report,
    message,
    read,
    unknown,
    webhook,
)

from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices, Field

# ---- What ClickSend posts: a form, or JSON or a query, as the rule's `webhook_type` says -----------------------------

# ClickSend help (SMS error codes): what 200, 201, 300 and 301 stand for.
STATUSES: dict[str, Status] = {
    "200": "sent",  # or queued, scheduled, waiting for approval
    "201": "delivered",
    "300": "queued",  # a network error; ClickSend tries again
    "301": "failed",  # or cancelled, or expired
}


def _either(name: str, older: str, default: Any = None) -> Any:
    return Field(validation_alias=AliasChoices(name, older), default=default)


class InboundSms(Payload):
    """A message; the second names are those of an older API, which it posts along with the first."""

    message_id: Identifier
    account: Lenient[str] = Field(alias="user_id", default=None)
    sender: NumberField = _either("from", "sms", Number())
    to: NumberField = Number()
    text: str | None = _either("body", "message")
    custom_string: Lenient[str] = _either("custom_string", "customstring")  # of the message that is replied to
    timestamp: EpochTime = None


class DeliveryReport(Payload):
    """What became of a message that we sent."""

    message_id: Identifier
    account: Lenient[str] = Field(alias="user_id", default=None)
    status: Lenient[str] = None  # Delivered, Undelivered
    status_code: str
    status_text: Lenient[str] = None
    error_code: Lenient[str] = None
    error_text: Lenient[str] = None
    custom_string: Lenient[str] = None
    timestamp: EpochTime = None


def parse(request: Request) -> list[Event]:
    """Read one message or report. Its message_id is the same in every retry."""
    fields, payload = request.fields()
    if (kind := str(fields.get("message_type") or "sms").lower()) != "sms":
        return [unknown(request, provider_type=kind, payload=payload, note="a channel other than SMS")]
    if "status_code" in fields:
        return [_report(request, fields, payload)]
    sms = read(InboundSms, fields)
    return [
        message(
            request,
            sms.message_id,
            account=sms.account,
            message_id=sms.message_id,
            sender=sms.sender,
            recipient=sms.to,
            text=sms.text,
            client_reference=sms.custom_string or None,
            provider_received_at=sms.timestamp,
            payload=payload,
        )
    ]


def _report(request: Request, fields: Mapping[str, Any], payload: Mapping[str, Any]) -> Event:
    report = read(DeliveryReport, fields)
    code = report.error_code or report.status_code
    return delivery_report(
        request,
        f"{report.message_id}:{report.status_code}:{report.error_code or ''}",
        account=report.account,
        message_id=report.message_id,
        client_reference=report.custom_string or None,
        status=STATUSES.get(report.status_code, "unknown"),
        provider_status=report.status,
        provider_code=code,
        description=report.error_text or report.status_text,
        reported_at=report.timestamp,
        payload=payload,
    )


# ---- Authentication and responses ------------------------------------------------------------------------------------
# ClickSend docs: only status 200 is success, else it tries again every minute, ten times at most. It offers no
# authentication, hence the long secret in the URL's path.

CLICKSEND = Provider(name="clicksend", parse=parse, schemes=(PathSecret(),), methods=("POST", "GET"))

handler = webhook(CLICKSEND)
