"""8x8's delivery receipts and link clicks, and how they become events."""

from inbound_sms.api import Event, Price, Request, delivery_report, link_click, parse_iso, read

from typing import Any

from eight_by_eight_codes import ERRORS, STATES, WAVECELL_STATUSES
from eight_by_eight_messages import price_of
from eight_by_eight_payloads import Click, DeliveryReceipt, WavecellReceipt


def delivery_receipt(request: Request, payload: dict[str, Any]) -> Event:
    """Return the event of a message reaching a state, which may happen twice for the same state, at different times."""
    receipt = read(DeliveryReceipt, payload, "payload")
    status = receipt.status
    code = status.error_code
    return delivery_report(
        request,
        ":".join((receipt.umid, status.state, status.detail or "", status.timestamp or "")),
        account=receipt.sub_account_id,
        message_id=receipt.umid,
        batch_id=receipt.batch_id,
        client_reference=receipt.client_message_id,
        client_batch_reference=receipt.client_batch_id,
        sender=receipt.source,
        recipient=receipt.destination,
        status=STATES.get(status.state.lower(), "unknown"),
        provider_status=":".join(filter(None, (status.state, status.detail))),
        provider_code=None if code is None else str(code),
        provider_code_meaning=None if code is None else ERRORS.get(code),
        description=status.error_message,
        segments=receipt.sms_count,
        reported_at=parse_iso(status.timestamp),
        price=price_of(receipt.price),
        payload=payload,
    )


def wavecell_receipt(request: Request, payload: dict[str, Any]) -> Event:
    """Return the event of Wavecell's flat ChatApps receipt, which old accounts get."""
    receipt = read(WavecellReceipt, payload)
    return delivery_report(
        request,
        ":".join((receipt.umid, receipt.status, "", receipt.timestamp or "")),
        account=receipt.sub_account_id,
        message_id=receipt.umid,
        client_reference=receipt.client_message_id,
        client_batch_reference=receipt.client_batch_id,
        channel=receipt.channel,
        recipient=receipt.user and receipt.user.msisdn,
        status=WAVECELL_STATUSES.get(receipt.status.lower(), "unknown"),
        provider_status=receipt.status,
        description=receipt.error,
        reported_at=parse_iso(receipt.timestamp),
        price=None if receipt.price is None else Price(total=receipt.price, currency=receipt.currency),
        payload=payload,
    )


def short_url_clicked(request: Request, payload: dict[str, Any]) -> Event:
    """Return the event of a click on a link. Each click has its own id."""
    click = read(Click, payload, "payload")
    return link_click(
        request,
        click.event_id,
        message_id=click.umid,
        recipient=click.destination,
        short_url=click.short_url,
        target_url=click.target_url,
        clicked_at=click.occurred_at,
        payload=payload,
    )
