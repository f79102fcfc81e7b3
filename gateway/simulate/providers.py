"""The providers, as their documentation shows them: what they post, and how each differs from the others."""

import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from gateway.simulate import patience
from gateway.simulate.agreement import authorization, basic, path_secret
from gateway.simulate.provider import FORM, JSON, Message, Provider


def _form_with_bare_urls(message: Message) -> str:
    """The form as URL Networks' documentation shows it."""
    return urlencode(message, quote_via=quote, safe=":/@")


def _new_8x8_payload() -> dict[str, Any]:
    return {"payload": {**_8X8_PAYLOAD, "umid": str(uuid.uuid4())}}


def _say_in_8x8_payload(message: Message, text: str) -> Message:
    return {**message, "payload": {**message["payload"], "body": text}}


def _say_in(field: str) -> Callable[[Message, str], Message]:
    return lambda message, text: {**message, field: text}


_8X8_PAYLOAD = {
    "umid": "9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
    "subAccountId": "SubAccount-1",
    "timestamp": "2016-01-01T14:34:56.017Z",
    "source": "+6581968289",
    "destination": "+4534735477",
    "body": "Test MO message",
    "encoding": "GSM7",
    "smsCount": 2,
    "price": {"total": 0.0446592, "perSms": 0.0446592, "currency": "EUR"},
}

_ALL = (
    Provider(
        name="8x8",
        content_type=JSON,
        write=json.dumps,
        documented={
            "namespace": "SMS",
            "eventType": "inbound_message_received",
            "description": "SMS inbound message",
            "payload": _8X8_PAYLOAD,
        },
        another=_new_8x8_payload,
        say=_say_in_8x8_payload,
        agree=authorization,
        in_events="local-only-8x8-token",
        patience=patience.EIGHT_BY_EIGHT,
        fetches_tokens=True,
    ),
    Provider(
        name="url-networks",
        content_type=FORM,
        write=_form_with_bare_urls,
        documented={
            "service_id": "YOUR_SERVICE_ID",
            "from": "YOUR_FROM_NUMBER",
            "sms_number": "YOUR_SMS_NUMBER",
            "body": "Test Message",
            "message_id": "297abf7f-99d9-4b7d-9c46-1d7c13687b11",
            "timestamp": "1576391654",
            "webhook_url": "https://youendpoint.com/sms/test",
            "webhook_url_fallback": "you@email.com",
        },
        another=lambda: {"message_id": str(uuid.uuid4())},
        say=_say_in("body"),
        agree=path_secret,
        in_events="local-only-url-networks-secret",
        patience=patience.URL_NETWORKS,
    ),
    Provider(
        name="agile-telecom",  # its messages have no id: another time makes another message
        content_type=FORM,
        write=urlencode,
        documented={
            "originator": "+393351234567",
            "destination": "+393331234333",
            "date_time": "20260514102301",
            "text": "News ON",
        },
        another=lambda: {"date_time": datetime.now(UTC).strftime("%Y%m%d%H%M%S")},
        say=_say_in("text"),
        agree=path_secret,
        in_events="local-only-agile-telecom-secret",
        patience=patience.AGILE_TELECOM,
    ),
    Provider(
        name="sinch",
        content_type=JSON,
        write=json.dumps,
        documented={
            "body": "This is a test message.",
            "from": "16051234567",
            "id": "01XXXXX21XXXXX119Z8P1XXXXX",
            "operator_id": "string",
            "received_at": "2022-08-24T14:15:22Z",
            "sent_at": "2022-08-24T14:15:22Z",
            "to": "13185551234",
            "type": "mo_text",
        },
        another=lambda: {"id": secrets.token_hex(13).upper()},
        say=_say_in("body"),
        agree=basic,
        in_events="local-only-sinch-password",
        patience=patience.SINCH,
        fetches_tokens=True,
    ),
)

PROVIDERS: Mapping[str, Provider] = {provider.name: provider for provider in _ALL}
