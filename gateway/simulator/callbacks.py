"""Every kind of request that the providers document, by the provider's name and a short one of our own.

Payloads are those of the providers' documentation. Where a page describes fields and shows no sample, the payload is
put together from what it says.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from gateway.simulator.callback import (
    FORM,
    Callback,
    Message,
    a_clock_time,
    a_ulid,
    a_uuid,
    an_iso_time,
    in_json,
    marked,
)
from gateway.simulator.callbacks_8x8 import EIGHT_BY_EIGHT

# ---- URL Networks: https://url.net.au/support/help-articles/receive-sms-via-webhook ----


def _form_with_bare_urls(message: Message) -> str:
    """The form as URL Networks' documentation shows it."""
    return urlencode(message, quote_via=quote, safe=":/@")


_URL_NETWORKS = {
    "message": Callback(
        {
            "service_id": "YOUR_SERVICE_ID",
            "from": "YOUR_FROM_NUMBER",
            "sms_number": "YOUR_SMS_NUMBER",
            "body": "Test Message",
            "message_id": "297abf7f-99d9-4b7d-9c46-1d7c13687b11",
            "timestamp": "1576391654",
            "webhook_url": "https://youendpoint.com/sms/test",
            "webhook_url_fallback": "you@email.com",
        },
        FORM,
        _form_with_bare_urls,
        {"message_id": a_uuid},
        sender="from",
        recipient="sms_number",
        text="body",
    ),
}

# ---- Agile Telecom: https://agiletelecom.com/documentation/inbound-sms, .../qlara/guides/webhooks ----

_QLARA = {
    "eventType": "DELIVERY",
    "messageId": "e76614d1-4ac1-4d94-89f0-d07f1b5a190c",
    "customerMessageId": "order-12345",
    "destination": "+393401234567",
    "statusCode": 3,
    "description": "Message delivered",
    "channel": "SMS",
    "timestamp": "2026-04-09T10:30:00Z",
}
_AGILE_TELECOM = {
    "message": Callback(
        {
            "originator": "+393351234567",
            "destination": "+393331234333",
            "date_time": "20260514102301",
            "text": "News ON",
        },
        FORM,
        urlencode,
        {"date_time": a_clock_time, "text": marked("News ON")},
        sender="originator",
        recipient="destination",
        text="text",
    ),
    "message-json": in_json(
        {
            "eventType": "INBOUND",
            "source": "+393401234567",
            "destination": "+393409876543",
            "text": "Yes, I confirm my appointment",
            "channel": "SMS",
            "messageType": "TEXT",
            "timestamp": "2026-04-09T10:32:00Z",
        },
        {"timestamp": an_iso_time, "text": marked("Yes, I confirm my appointment")},
        sender="source",
        recipient="destination",
        text="text",
    ),
    "report": in_json(_QLARA, {"messageId": a_uuid}, recipient="destination"),
    "report-older": in_json(
        {
            "messageId": "msg_1234567890",
            "customerMessageId": "your_reference_id",
            "phoneNumber": "+393901234567",
            "status": "DELIVERED",
            "timestamp": "2025-04-08T14:30:00Z",
            "channel": "sms",
            "error": None,
        },
        {"messageId": a_uuid},
        recipient="phoneNumber",
    ),
    "read": in_json(
        {name: value for name, value in _QLARA.items() if name not in {"statusCode", "description"}}
        | {"eventType": "READ"},
        {"messageId": a_uuid},
        recipient="destination",
    ),
    "unknown": in_json({**_QLARA, "eventType": "SOMETHING_NEW"}, {"messageId": a_uuid}),
}

# ---- Sinch: https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks ----

_MO_WHERE = {"sender": "from", "recipient": "to"}
_MO_TIMES = {"sent_at": "2024-01-10T08:49:58.429Z", "received_at": "2024-01-10T08:49:58.429Z"}
_RECIPIENT_REPORT = {
    "at": "2025-01-13T09:22:40.914Z",
    "batch_id": "01JHFFHQ0P99JPPNQPJDV7JTBP",
    "client_reference": "a client reference",
    "code": 0,
    "operator_status_at": "2025-01-13T09:22:00Z",
    "recipient": "33662162466",
    "status": "Delivered",
    "type": "recipient_delivery_report_sms",
}
_BATCH_REPORT = {
    "type": "delivery_report_sms",
    "batch_id": "{batch_id}",
    "total_message_count": 3,
    "statuses": [
        {"code": 400, "status": "Queued", "count": 1, "recipients": ["123456789"]},
        {"code": 0, "status": "Delivered", "count": 2, "recipients": ["987654321", "123459876"]},
    ],
}
_SINCH = {
    "message": in_json(
        {
            "body": "This is a test message.",
            "from": "16051234567",
            "id": "01XXXXX21XXXXX119Z8P1XXXXX",
            "operator_id": "string",
            "received_at": "2022-08-24T14:15:22Z",
            "sent_at": "2022-08-24T14:15:22Z",
            "to": "13185551234",
            "type": "mo_text",
        },
        {"id": a_ulid},
        **_MO_WHERE,
        text="body",
    ),
    "binary": in_json(
        {
            "type": "mo_binary",
            "to": "54321",
            "from": "123456789",
            "id": "b88b4cee-168f-4721-bbf9-cd748dd93b60",
            "sent_at": "2016-12-03T16:24:23.318Z",
            "received_at": "2016-12-05T16:24:23.318Z",
            "body": "AwE=",
            "udh": "00010203",
            "operator": "48271",
        },
        {"id": a_uuid},
        **_MO_WHERE,
    ),
    "mms": in_json(
        {
            "id": "01XXXXX21XXXXX119Z8P1XXXXX",
            "type": "mo_media",
            "from": "16051234567",
            "to": "13185551234",
            "body": {
                "subject": "This is the subject",
                "message": "This is the message",
                "media": [
                    {
                        "url": "https://some.s3.example.com/inbounds/image.png",
                        "code": 0,
                        "content_type": "image/png",
                        "status": "Uploaded",
                    }
                ],
            },
            **_MO_TIMES,
        },
        {"id": a_ulid},
        **_MO_WHERE,
        text="body.message",
    ),
    "report": in_json(_RECIPIENT_REPORT, {"batch_id": a_ulid}, recipient="recipient"),
    "report-mms": in_json(
        {**_RECIPIENT_REPORT, "type": "recipient_delivery_report_mms"}, {"batch_id": a_ulid}, recipient="recipient"
    ),
    "report-batch": in_json(_BATCH_REPORT, {"batch_id": a_ulid}),
    "unknown": in_json({**_RECIPIENT_REPORT, "type": "something_new"}, {"batch_id": a_ulid}),
}

CALLBACKS: Mapping[str, Mapping[str, Callback]] = {
    "8x8": EIGHT_BY_EIGHT,
    "url-networks": _URL_NETWORKS,
    "agile-telecom": _AGILE_TELECOM,
    "sinch": _SINCH,
}

MESSAGES: Mapping[str, Callback] = {provider: kinds["message"] for provider, kinds in CALLBACKS.items()}
