"""Sinch's delivery reports, and how they become events.

https://developers.sinch.com/docs/sms/api-reference/sms/tag/Delivery-reports
"""

from inbound_sms.api import Event, Request, Status, StatusCount, delivery_report, read

from typing import Any

from sinch_codes import STATUSES, meaning_of
from sinch_report_payloads import BatchReport, RecipientReport


def recipient_report(request: Request, payload: dict[str, Any]) -> Event:
    """Return the event of a `recipient_delivery_report_*`: one message of a batch reached a state."""
    report = read(RecipientReport, payload)
    return delivery_report(
        request,
        ":".join((report.batch_id, report.recipient.raw or "", report.status, report.code or "", report.at_raw or "")),
        batch_id=report.batch_id,
        client_reference=report.client_reference,
        sender=report.applied_originator,
        recipient=report.recipient,
        status=STATUSES.get(report.status.lower(), "unknown"),
        provider_status=report.status,
        provider_code=report.code,
        provider_code_meaning=meaning_of(report.code),
        description=report.status_message,
        segments=report.number_of_message_parts,
        encoding=report.encoding,
        operator_id=report.operator,
        reported_at=report.at,
        operator_reported_at=report.operator_status_at,
        payload=payload,
    )


def batch_report(request: Request, payload: dict[str, Any]) -> Event:
    """Return the event of a `delivery_report_*`: how many messages of a batch (if full, which) are in each state."""
    report = read(BatchReport, payload)
    counts = [
        StatusCount(
            status=STATUSES.get(each.status.lower(), "unknown"),
            provider_status=each.status,
            provider_code=each.code,
            provider_code_meaning=meaning_of(each.code),
            count=each.count,
            recipients=list(each.recipients or ()),
        )
        for each in report.statuses
    ]
    states: set[Status] = {each.status for each in counts}
    return delivery_report(
        request,
        f"{report.batch_id}:{request.content_hash}",
        batch_id=report.batch_id,
        client_reference=report.client_reference,
        status=states.pop() if len(states) == 1 else "unknown",
        counts=counts,
        total=report.total_message_count,
        payload=payload,
    )
