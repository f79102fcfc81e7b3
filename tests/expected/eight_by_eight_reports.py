"""8x8: what became of what we sent."""

from tests.expected import Json, Row, delivery_report, e164, link_click, unsure

_SUBACCOUNT: Json = {
    "source": "/inbound-sms/8x8/SubAccount-1",
    "provider": "8x8",
    "account": "SubAccount-1",
    "authenticated_by": "authorization",
}

_UNDELIVERED: Json = {
    **_SUBACCOUNT,
    "id": "8x8/9e09ac86-bd74-5465-851d-1eb5a5fdbb9a:undelivered:rejected_by_operator:2016-01-01T00:00:00Z",
    "subject": "+12025550293",
    "time": "2016-01-01T00:00:00Z",
    "message_id": "9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
    "batch_id": "3e09ac86-bd74-5465-851d-1eb5a5fdbb9b",
    "client_reference": "1e09ac86-bd74-5465-851d-1eb5a5fdbb9b",
    "client_batch_reference": "2e09ac86-bd74-5465-851d-1eb5a5fdbb9b",
    "sender": unsure("8x8", "alphanumeric"),
    "recipient": e164("+12025550293", "+12025550293"),
    "status": "failed",
    "provider_status": "undelivered:rejected_by_operator",
    "provider_code": "15",
    "provider_code_meaning": "Invalid destination",
    "description": "Invalid destination",
    "segments": 3,
    "reported_at": "2016-01-01T00:00:00Z",
    "price": {"total": "0.0375", "per_message": "0.0125", "currency": "USD"},
}

REPORTS = [
    Row("8x8/delivery_receipt_undelivered.json", delivery_report(**_UNDELIVERED)),
    Row(
        "8x8/delivery_receipt_undelivered.xml",
        delivery_report(
            **_UNDELIVERED,
            provider_payload={
                "namespace": "SMS",
                "eventType": "outbound_message_status_changed",
                "description": "SMS outbound message delivery receipt",
                "payload": {
                    "umid": "9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
                    "batchId": "3e09ac86-bd74-5465-851d-1eb5a5fdbb9b",
                    "clientMessageId": "1e09ac86-bd74-5465-851d-1eb5a5fdbb9b",
                    "clientBatchId": "2e09ac86-bd74-5465-851d-1eb5a5fdbb9b",
                    "subAccountId": "SubAccount-1",
                    "source": "8x8",
                    "destination": "+12025550293",
                    "status": {
                        "state": "undelivered",
                        "detail": "rejected_by_operator",
                        "timestamp": "2016-01-01T00:00:00Z",
                        "errorCode": "15",
                        "errorMessage": "Invalid destination",
                    },
                    "price": {"total": "0.0375", "perSms": "0.0125", "currency": "USD"},
                    "smsCount": "3",
                },
            },
        ),
        content_type="text/xml",
    ),
    Row(
        "8x8/synthetic/delivery_receipt_queued_mms.json",
        delivery_report(
            **_SUBACCOUNT,
            id="8x8/9e09ac86-bd74-5465-851d-1eb5a5fdbb9a:queued::2020-12-22T01:24:30.6030893Z",
            subject="+12025550308",
            time="2020-12-22T01:24:30.603089Z",
            message_id="9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
            sender=unsure("AwesomeName", "alphanumeric"),
            recipient=e164("+12025550308", "+12025550308"),
            status="queued",
            provider_status="queued",
            segments=1,
            reported_at="2020-12-22T01:24:30.603089Z",
        ),
    ),
    Row(
        "8x8/synthetic/wavecell_chatapps_dr_v4.json",
        delivery_report(
            **_SUBACCOUNT,
            id="8x8/9e09ac86-bd74-5465-851d-1eb5a5fdbb9c:DELIVERED TO DEVICE::2019-05-06T07:08:09.1234567Z",
            subject="+6581968289",
            time="2019-05-06T07:08:09.123456Z",
            message_id="9e09ac86-bd74-5465-851d-1eb5a5fdbb9c",
            client_reference="order-1",
            channel="SMS",
            recipient=e164("+6581968289", "+6581968289"),
            status="delivered",
            provider_status="DELIVERED TO DEVICE",
            reported_at="2019-05-06T07:08:09.123456Z",
            price={"total": "0.025", "per_message": None, "currency": "SGD"},
        ),
    ),
    Row(
        "8x8/short_url_clicked.json",
        link_click(
            id="8x8/0f6a0c0f-8b67-4a3a-a6c3-7b0ecf0d2b1a",
            source="/inbound-sms/8x8",
            subject="+12025550293",
            time="2025-10-03T12:00:00Z",
            provider="8x8",
            authenticated_by="authorization",
            message_id="9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
            recipient=e164("+12025550293", "+12025550293"),
            short_url="https://2g.to/abc123/abc",
            target_url="https://example.com/landing?c=fall_campaign",
            clicked_at="2025-10-03T12:00:00Z",
        ),
    ),
]
