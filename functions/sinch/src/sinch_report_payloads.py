"""Models of Sinch's delivery reports.

https://developers.sinch.com/docs/sms/api-reference/sms/tag/Delivery-reports
"""

from inbound_sms.api import Identifier, InternationalNumberField, IsoTime, Lenient, Number, Payload, Several, parse_iso

from datetime import datetime
from typing import Annotated

from pydantic import Field


class RecipientReport(Payload):
    """`recipient_delivery_report_*`. `code` is a number or, in the 2021 guide, a string."""

    batch_id: Identifier
    recipient: InternationalNumberField = Number()
    status: Identifier
    code: Lenient[Identifier] = None
    at_raw: Lenient[Identifier] = Field(alias="at", default=None)
    applied_originator: Lenient[InternationalNumberField] = None
    client_reference: Lenient[str] = None
    encoding: Lenient[str] = None  # GSM, UNICODE
    number_of_message_parts: Lenient[int] = None
    operator: Lenient[str] = None
    operator_status_at: IsoTime = None
    status_message: Lenient[str] = None  # legacy

    @property
    def at(self) -> datetime | None:
        """When the message reached this state."""
        return parse_iso(self.at_raw)


# A full report lists the recipients of a whole batch. No event (256 KiB) has room for more than these.
_Recipients = Annotated[tuple[str, ...], Field(fail_fast=True, max_length=50_000)]


class StatusGroup(Payload):
    """Those of a batch's messages that have the same status. Only a full report has `recipients`."""

    status: str
    code: Lenient[str] = None
    count: int
    recipients: _Recipients | None = None


class BatchReport(Payload):
    """`delivery_report_*`, summary or full."""

    batch_id: Identifier
    statuses: Several[StatusGroup]
    total_message_count: Lenient[int] = None
    client_reference: Lenient[str] = None
