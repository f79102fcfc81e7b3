"""8x8 Connect (formerly Wavecell): webhooks of an SMS subaccount.

https://developer.8x8.com/connect/docs/webhook-object-structure
"""

from inbound_sms.api import Event, OAuth2, Provider, Request, StaticAuthorization, read, unknown, webhook

from collections.abc import Callable
from typing import Any

from eight_by_eight_messages import chat_message_received, inbound_sms_received, survey_response, wavecell_inbound
from eight_by_eight_payloads import Envelope
from eight_by_eight_reports import delivery_receipt, short_url_clicked, wavecell_receipt

Reader = Callable[[Request, dict[str, Any]], Event]

# ---- Payloads: JSON or XML, all at one URL; `namespace` and `eventType` say which kind -------------------------------


def parse(request: Request) -> list[Event]:
    """Read one webhook, which contains one event."""
    payload = _payload(request)
    if "namespace" not in payload and (reader := _reader_without_envelope(payload)):
        return [reader(request, payload)]
    envelope = read(Envelope, payload)
    kind = f"{envelope.namespace}/{envelope.event_type}"
    if reader := _READERS.get(kind):
        return [reader(request, payload)]
    return [unknown(request, provider_type=kind, payload=payload)]


def _payload(request: Request) -> dict[str, Any]:
    if request.starts_with(b"<") or ("xml" in request.content_type and not request.starts_with(b"{")):
        from eight_by_eight_xml import read_xml  # noqa: PLC0415 - only old accounts send it

        return read_xml(request.content)
    return request.json_object()


def _reader_without_envelope(payload: dict[str, Any]) -> Reader | None:
    """Return the reader of a payload without the webhook object: a survey or one of Wavecell's formats."""
    if "surveyId" in payload:
        return survey_response
    if payload.get("eventType") == "outboundMessageDelivery":
        return wavecell_receipt
    return wavecell_inbound if payload.get("type") == "inbound" else None


_READERS: dict[str, Reader] = {
    "SMS/inbound_message_received": inbound_sms_received,
    "SMS/outbound_message_status_changed": delivery_receipt,
    "SMS/short_url_clicked": short_url_clicked,
    "ChatApps/inbound_message_received": chat_message_received,
}


# ---- Authentication and responses ------------------------------------------------------------------------------------
# 8x8 docs: after a 4xx, a 5xx or a timeout, it retries after 1, 10, 30 and 90 s; then the message is lost.

EIGHT_BY_EIGHT = Provider(name="8x8", parse=parse, schemes=(StaticAuthorization(), OAuth2()))

handler = webhook(EIGHT_BY_EIGHT)
