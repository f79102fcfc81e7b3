"""Agile Telecom: its JSON webhooks.

The ids, by another tool: printf '8:DELIVERY4:uuid0:1:31:120:2024-01-15T10:30:00Z' | sha256sum
"""

from tests.expected import Json, Row, delivery_report, e164, message, unknown, unsure

_AGILE: Json = {
    "source": "/inbound-sms/agile-telecom",
    "provider": "agile-telecom",
    "authenticated_by": "path_secret",
}
_JSON = "application/json"

WEBHOOKS = [
    Row(
        "agile-telecom/dlr_sms_universal.json",
        delivery_report(
            **_AGILE,
            id="agile-telecom/bd481c585884eb7c0452a547543c3d7b4390ce5b2ced4c3a91800d15c22760c7",
            subject=None,
            time="2024-01-15T10:30:00Z",
            message_id="uuid",
            channel="SMS",
            recipient=unsure(None),
            status="delivered",
            provider_status="Delivered",
            provider_code="3",
            segments=1,
            reported_at="2024-01-15T10:30:00Z",
            price={"total": "0.035", "per_message": None, "currency": None},
        ),
        content_type=_JSON,
    ),
    Row(
        "agile-telecom/qlara_delivery.json",
        delivery_report(
            **_AGILE,
            id="agile-telecom/1f6b209ba7d73354148ccbfea1e6978793d456f86fb8f0c3d4fc25754c580c94",
            subject="+393401234567",
            time="2026-04-09T10:30:00Z",
            message_id="e76614d1-4ac1-4d94-89f0-d07f1b5a190c",
            client_reference="order-12345",
            channel="SMS",
            recipient=e164("+393401234567", "+393401234567"),
            status="delivered",
            provider_code="3",
            description="Message delivered",
            reported_at="2026-04-09T10:30:00Z",
        ),
        content_type="application/json; charset=UTF-8",
    ),
    Row(
        "agile-telecom/synthetic/qlara_read.json",
        delivery_report(
            **_AGILE,
            id="agile-telecom/926b467ff960e5dafa84ef2590b56490e7f74b9ab3c23b2b504e13dc83d01c7d",
            subject="+393401234567",
            time="2026-04-09T10:31:00Z",
            message_id="e76614d1-4ac1-4d94-89f0-d07f1b5a190c",
            channel="RCS",
            recipient=e164("+393401234567", "+393401234567"),
            status="read",
            reported_at="2026-04-09T10:31:00Z",
        ),
        content_type=_JSON,
    ),
    Row(
        "agile-telecom/guides_webhooks_delivery.json",
        delivery_report(
            **_AGILE,
            id="agile-telecom/b642f01323a4293c086cf2335355bf57354958dc2cea564f9f416f8f20deea2c",
            subject="+393901234567",
            time="2025-04-08T14:30:00Z",
            message_id="msg_1234567890",
            client_reference="your_reference_id",
            channel="sms",
            recipient=e164("+393901234567", "+393901234567"),
            status="delivered",
            provider_status="DELIVERED",
            reported_at="2025-04-08T14:30:00Z",
        ),
        content_type=_JSON,
    ),
    Row(
        "agile-telecom/synthetic/qlara_inbound_sms.json",
        message(
            **_AGILE,
            id="agile-telecom/a8a3f9c61ccebdc3fe636d204734d7b92a1c69cbbb409bccece9098cdeb63b71",
            subject="+393409876543",
            time="2026-04-09T10:32:00Z",
            sender=e164("+393401234567", "+393401234567"),
            recipient=e164("+393409876543", "+393409876543"),
            text="Yes, I confirm my appointment",
            provider_received_at="2026-04-09T10:32:00Z",
        ),
        content_type=_JSON,
    ),
    Row(
        "agile-telecom/qlara_inbound.json",
        unknown(
            **_AGILE,
            id="agile-telecom/sha256:708a0898207ff0f0dd9e2ee7f13bc5e45336f3682a80c470bda542287c99e2a6",
            provider_type="INBOUND",
            note="an inbound message of a channel other than SMS",
        ),
        content_type=_JSON,
    ),
]
