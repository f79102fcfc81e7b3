"""Delivery reports of whole batches."""

from typing import Any


def batch_report(recipients: int) -> dict[str, Any]:
    """What Sinch posts of a batch with a full report: each recipient is listed."""
    numbers = [f"4470{number:08}" for number in range(recipients)]
    status = {"code": 0, "status": "Delivered", "count": recipients, "recipients": numbers}
    return {
        "type": "delivery_report_sms",
        "batch_id": "01FC66621XXXXX119Z8PMV1QPQ",
        "statuses": [status],
        "total_message_count": recipients,
    }
