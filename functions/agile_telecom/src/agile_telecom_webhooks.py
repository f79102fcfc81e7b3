"""Agile Telecom's JSON webhooks, and how they become events.

https://agiletelecom.com/documentation/qlara/guides/webhooks
"""

from inbound_sms.api import Event, InvalidPayload, Price, Request, delivery_report, hash_of, message, read, unknown

from datetime import datetime
from typing import Any

from agile_telecom_payloads import STATUS_CODES, STATUSES, DeliveryStatus, EventWebhook


def event_of_webhook(request: Request, payload: dict[str, Any]) -> Event:
    """Return the event of a JSON webhook. They have no ids of their own."""
    if "eventType" not in payload and {"messageId", "status"} <= payload.keys():
        return _delivery_status(request, payload)
    event = read(EventWebhook, payload)
    kind, is_sms = event.event_type, (event.channel or "").upper() == "SMS"
    if kind == "INBOUND" and is_sms:
        return _message(request, event, payload)
    if kind in {"DELIVERY", "READ"}:
        return _report(request, event, payload)
    note = "an inbound message of a channel other than SMS" if kind == "INBOUND" and event.channel else None
    return unknown(request, provider_type=kind, note=note, payload=payload)


def _message(request: Request, event: EventWebhook, payload: dict[str, Any]) -> Event:
    return message(
        request,
        _id_of(payload, event.timestamp, "eventType", "source", "destination", "text", "channel", "timestamp"),
        message_id=None,
        sender=event.source,
        recipient=event.destination,
        text=event.text,
        provider_received_at=event.timestamp,
        payload=payload,
        whole_payload=True,
    )


def _report(request: Request, event: EventWebhook, payload: dict[str, Any]) -> Event:
    code = event.status_code
    is_read = event.event_type == "READ"
    return delivery_report(
        request,
        _id_of(payload, event.timestamp, "eventType", "messageId", "destination", "statusCode", "numPart", "timestamp"),
        message_id=event.message_id,
        client_reference=event.customer_message_id,
        channel=event.channel,
        recipient=event.destination,
        status="read" if is_read else STATUS_CODES.get(-1 if code is None else code, "unknown"),
        provider_status=event.status_description,
        provider_code=None if code is None else str(code),
        description=event.description,
        segments=event.total_parts,
        reported_at=event.timestamp,
        price=None if event.price is None else Price(total=event.price),
        payload=payload,
        whole_payload=True,
    )


def _delivery_status(request: Request, payload: dict[str, Any]) -> Event:
    report = read(DeliveryStatus, payload)
    return delivery_report(
        request,
        _id_of(payload, report.timestamp, "messageId", "phoneNumber", "status", "timestamp"),
        message_id=report.message_id,
        client_reference=report.customer_message_id,
        channel=report.channel,
        recipient=report.phone_number,
        status=STATUSES.get(report.status.lower(), "unknown"),
        provider_status=report.status,
        description=report.error,
        reported_at=report.timestamp,
        payload=payload,
        whole_payload=True,
    )


def _id_of(payload: dict[str, Any], timestamp: datetime | None, *names: str) -> str:
    """Return the id of a webhook: a hash over the fields that identify it; any other one that differs is a conflict.

    Raises InvalidPayload if it has no time: the same may happen again.
    """
    if timestamp is None:
        raise InvalidPayload("not a time, and part of what identifies the webhook", "timestamp")
    return hash_of(*(str(payload.get(name, "")).encode("utf-8", "surrogatepass") for name in names))
