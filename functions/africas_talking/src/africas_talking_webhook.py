"""Africa's Talking: inbound messages, delivery reports and opt-outs.

http://docs.africastalking.com/sms/notifications
"""

from inbound_sms.api import (
    Event,
    Identifier,
    IsoTime,
    Lenient,
    Number,
    NumberField,
    PathSecret,
    Payload,
    Price,
    Provider,
    Request,
    Status,
    delivery_report,
    hash_of,
    message,
    opted_out,
    parse_number,
    read,
    unknown,
    webhook,
    with_opt_out,
)

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field

# ---- What Africa's Talking posts: forms, one kind for each callback URL of the dashboard -----------------------------

STATUSES: dict[str, Status] = {
    "sent": "sent",
    "submitted": "sent",  # to the operator
    "buffered": "queued",  # by the operator
    "rejected": "rejected",
    "success": "delivered",
    "failed": "failed",
    "absentsubscriber": "failed",
    "expired": "expired",
}
_OPTED_OUT = "UserInBlackList"  # failureReason
_COST = re.compile(r"([A-Z]{3}) ([0-9]+(?:\.[0-9]+)?)")  # KES 1.00


class InboundMessage(Payload):
    """A message to one of our short codes or numbers."""

    id: Identifier
    sender: NumberField = Field(alias="from", default=Number())
    to: NumberField = Number()
    text: str | None = None
    date: IsoTime = None  # with a Z, or in no zone; that is taken for UTC
    cost: Lenient[str] = None
    network_code: Lenient[str] = Field(alias="networkCode", default=None)  # MCC and MNC


class DeliveryReport(Payload):
    """What became of a message that we sent."""

    id: Identifier
    status: str
    phone_number: NumberField = Field(alias="phoneNumber", default=Number())
    network_code: Lenient[str] = Field(alias="networkCode", default=None)
    failure_reason: Lenient[str] = Field(alias="failureReason", default=None)


class OptOut(Payload):
    """A person who wants no more bulk messages from a sender id. It has neither an id nor a time."""

    phone_number: Identifier = Field(alias="phoneNumber")
    sender_id: Identifier = Field(alias="senderId")


def parse(request: Request) -> list[Event]:
    """Read one callback. Its fields say which kind it is, so that one URL does for all."""
    fields, payload = request.fields()
    if "updateType" in fields:
        note = "a subscription to a premium product, or its end"
        return [unknown(request, provider_type="subscription", payload=payload, note=note)]
    if "status" in fields:
        return _report(request, fields, payload)
    if "senderId" in fields and "text" not in fields:
        return [_opt_out(request, fields, payload)]
    return [_message(request, fields, payload)]


def _message(request: Request, fields: Mapping[str, Any], payload: Mapping[str, Any]) -> Event:
    sms = read(InboundMessage, fields)
    cost = _COST.fullmatch(sms.cost or "")  # else None, spelled out
    return message(
        request,
        sms.id,
        message_id=sms.id,
        sender=sms.sender,
        recipient=sms.to,
        text=sms.text,
        provider_received_at=sms.date,
        operator_id=sms.network_code,
        price=Price(total=Decimal(cost[2]), currency=cost[1]) if cost else None,
        payload=payload,
    )


def _report(request: Request, fields: Mapping[str, Any], payload: Mapping[str, Any]) -> list[Event]:
    report = read(DeliveryReport, fields)
    event = delivery_report(
        request,
        f"{report.id}:{report.status}:{report.failure_reason or ''}",
        message_id=report.id,
        recipient=report.phone_number,
        status=STATUSES.get(report.status.lower(), "unknown"),
        provider_status=report.status,
        provider_code=report.failure_reason,
        operator_id=report.network_code,
        payload=payload,
    )
    return with_opt_out(request, event, said=report.failure_reason == _OPTED_OUT)


def _opt_out(request: Request, fields: Mapping[str, Any], payload: Mapping[str, Any]) -> Event:
    opt_out = read(OptOut, fields)
    person, sender_id = opt_out.phone_number, opt_out.sender_id
    return opted_out(
        request,
        "consent:" + hash_of(person.encode(), sender_id.encode()),
        sender=parse_number(person),
        recipient=parse_number(sender_id),
        payload=payload,
        whole_payload=True,
    )


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Its documentation names neither: hence the long secret in the URL's path, and the gateway's ordinary responses.

AFRICAS_TALKING = Provider(name="africas-talking", parse=parse, schemes=(PathSecret(),))

handler = webhook(AFRICAS_TALKING)
