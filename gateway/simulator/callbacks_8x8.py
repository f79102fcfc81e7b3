"""What 8x8 posts: https://developer.8x8.com/connect/docs/webhook-object-structure"""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from gateway.simulator.callback import Callback, a_uuid, in_json

XML = "application/xml"


def _in_envelope(namespace: str, kind: str, description: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"namespace": namespace, "eventType": kind, "description": description, "payload": payload}


def _as_xml(message: Mapping[str, Any]) -> str:
    """The XML form of 8x8's webhook object: each field an element."""
    return '<?xml version="1.0" encoding="UTF-8"?>' + _element("root", message)


def _element(name: str, value: Any) -> str:
    content = "".join(_element(*each) for each in value.items()) if isinstance(value, Mapping) else escape(str(value))
    return f"<{name}>{content}</{name}>"


_8X8_SMS = _in_envelope(
    "SMS",
    "inbound_message_received",
    "SMS inbound message",
    {
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
)
_8X8_RECEIPT = _in_envelope(
    "SMS",
    "outbound_message_status_changed",
    "SMS outbound message delivery receipt",
    {
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
            "errorCode": 15,
            "errorMessage": "Invalid destination",
        },
        "price": {"total": 0.0375, "perSms": 0.0125, "currency": "USD"},
        "smsCount": 3,
    },
)
_8X8_RECEIPT_WHERE = {"sender": "payload.source", "recipient": "payload.destination"}
_8X8_SMS_WHERE = {**_8X8_RECEIPT_WHERE, "text": "payload.body"}

EIGHT_BY_EIGHT = {
    "message": in_json(_8X8_SMS, {"payload.umid": a_uuid}, **_8X8_SMS_WHERE),
    "mms": in_json(
        {**_8X8_SMS, "payload": {**_8X8_SMS["payload"], "mediaUrls": ["https://media.example.com/a.jpg?sig=x"]}},
        {"payload.umid": a_uuid},
        **_8X8_SMS_WHERE,
    ),
    "chatapps": in_json(
        {
            "version": 3,
            **_in_envelope(
                "ChatApps",
                "inbound_message_received",
                "ChatApps inbound message",
                {
                    "umid": "8f0e7f7a-0000-4000-8000-000000000001",
                    "subAccountId": "SubAccount-1",
                    "timestamp": "2026-07-03T01:14:03.00Z",
                    "user": {"msisdn": "+6581968289"},
                    "recipient": {"channel": "sms", "channelId": "+6512345678"},
                    "type": "Text",
                    "content": {"text": "SMS over ChatApps"},
                },
            ),
        },
        {"payload.umid": a_uuid},
        sender="payload.user.msisdn",
        recipient="payload.recipient.channelId",
        text="payload.content.text",
    ),
    "report": in_json(_8X8_RECEIPT, {"payload.umid": a_uuid}, **_8X8_RECEIPT_WHERE),
    "report-xml": Callback(_8X8_RECEIPT, XML, _as_xml, {"payload.umid": a_uuid}, **_8X8_RECEIPT_WHERE),
    "click": in_json(
        _in_envelope(
            "SMS",
            "short_url_clicked",
            "Short URL from SMS clicked",
            {
                "eventId": "0f6a0c0f-8b67-4a3a-a6c3-7b0ecf0d2b1a",
                "occurredAt": "2025-10-03T12:00:00Z",
                "umid": "9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
                "destination": "+12025550293",
                "shortUrl": "https://2g.to/abc123/abc",
                "targetUrl": "https://example.com/landing?c=fall_campaign",
            },
        ),
        {"payload.eventId": a_uuid},
        recipient="payload.destination",
    ),
    "survey": in_json(
        {
            "umid": "84e7ee9a-5c41-e811-814c-020897df5459",
            "surveyId": "test-surveyid",
            "surveyStartedAt": "2018-04-16T09:59:48Z",
            "surveySubmittedAt": "2018-04-16T10:00:14Z",
            "templateVariables": [{"name": "firstname", "value": "John"}],
            "answers": [
                {"questionId": "16", "answerId": None, "question": "Full Name", "answer": "John"},
                {"questionId": "4", "answerId": "10005", "question": "Do you confirm your response?", "answer": "Yes"},
            ],
        },
        {"umid": a_uuid},
        text="answers.0.answer",
    ),
    "unknown": in_json(
        _in_envelope("SMS", "something_new", "An event of next year", {"umid": "-"}), {"payload.umid": a_uuid}
    ),
}
