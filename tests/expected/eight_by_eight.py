"""8x8."""

from tests.expected import Row, e164, message

ROWS = [
    Row(
        "8x8/inbound_sms.json",
        message(
            id="8x8/9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
            source="/inbound-sms/8x8/SubAccount-1",
            subject="+4534735477",
            time="2016-01-01T14:34:56.017000Z",
            provider="8x8",
            account="SubAccount-1",
            message_id="9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
            sender=e164("+6581968289", "+6581968289"),
            recipient=e164("+4534735477", "+4534735477"),
            text="Test MO message",
            encoding="GSM7",
            segments=2,
            provider_received_at="2016-01-01T14:34:56.017000Z",
            price={"total": "0.0446592", "per_message": "0.0446592", "currency": "EUR"},
            authenticated_by="authorization",
            provider_payload={
                "namespace": "SMS",
                "eventType": "inbound_message_received",
                "description": "SMS inbound message",
                "payload": {
                    "umid": "9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
                    "subAccountId": "SubAccount-1",
                    "timestamp": "2016-01-01T14:34:56.017Z",
                    "source": "+6581968289",
                    "destination": "+4534735477",
                    "body": "Test MO message",
                    "encoding": "GSM7",
                    "smsCount": 2,
                    "price": {"total": 0.0446592, "perSms": 0.0446592, "currency": "EUR"},
                },
            },
        ),
    ),
]
