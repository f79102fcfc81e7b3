"""Agile Telecom: inbound SMS. Its clock is Rome's.

The ids, by another tool: printf '13:+39330123456713:+39333123433314:201505251545597:News ON' | sha256sum
"""

import json
from urllib.parse import urlencode

from tests.expected import Row, e164, message, unknown
from tests.expected.agile_telecom_webhooks import WEBHOOKS
from tests.support.providers import sample

_DOCUMENTED = json.loads(sample("agile-telecom/inbound_documented_values.json"))


def _documented(page: int) -> bytes:
    return urlencode({name: value for name, value in _DOCUMENTED[page].items() if name != "_page"}).encode()


_MESSAGES = [
    Row(
        "agile-telecom/inbound_documented_values.json, first page",
        message(
            id="agile-telecom/69c6ea594c6560cf164781c3d74a1e677f42ed8adc2a3f7ece4a8ba66ac27d80",
            source="/inbound-sms/agile-telecom",
            subject="+393331234333",
            time="2015-05-25T13:45:59Z",
            provider="agile-telecom",
            sender=e164("+393301234567", "+393301234567"),
            recipient=e164("+393331234333", "+393331234333"),
            text="News ON",
            keyword="News",
            provider_received_at="2015-05-25T13:45:59Z",
            authenticated_by="path_secret",
            provider_payload={
                "originator": "+393301234567",
                "destination": "+393331234333",
                "date_time": "20150525154559",
                "text": "News ON",
            },
        ),
        body=_documented(0),
    ),
    Row(
        "agile-telecom/inbound_documented_values.json, second page",
        message(
            id="agile-telecom/0800c87a3401bec6dc599dbe1ea6d7e54ba5711d51d99e62c423c041e7bbb9e3",
            source="/inbound-sms/agile-telecom",
            subject="+393331234333",
            time="2026-04-08T12:30:52Z",
            provider="agile-telecom",
            sender=e164("+393301234567", "+393301234567"),
            recipient=e164("+393331234333", "+393331234333"),
            text="News ON",
            keyword="News",
            provider_received_at="2026-04-08T12:30:52Z",
            authenticated_by="path_secret",
            provider_payload={
                "originator": "+393301234567",
                "destination": "+393331234333",
                "date_time": "20260408143052",
                "text": "News ON",
            },
        ),
        body=_documented(1),
    ),
    Row(
        "agile-telecom/inbound_documented_values.json, third page",
        message(
            id="agile-telecom/06e954847b7fc31d9c171880b3076fca33c603a98ba40c031648a44f291b9a42",
            source="/inbound-sms/agile-telecom",
            subject="+393331234333",
            time="2026-05-14T08:23:01Z",
            provider="agile-telecom",
            sender=e164("+393351234567", "+393351234567"),
            recipient=e164("+393331234333", "+393331234333"),
            text="News ON",
            keyword="News",
            provider_received_at="2026-05-14T08:23:01Z",
            authenticated_by="path_secret",
            provider_payload={
                "originator": "+393351234567",
                "destination": "+393331234333",
                "date_time": "20260514102301",
                "text": "News ON",
            },
        ),
        body=_documented(2),
    ),
    Row(
        "agile-telecom/synthetic/inbound_encoded.form",
        message(
            id="agile-telecom/06e954847b7fc31d9c171880b3076fca33c603a98ba40c031648a44f291b9a42",
            source="/inbound-sms/agile-telecom",
            subject="+393331234333",
            time="2026-05-14T08:23:01Z",
            provider="agile-telecom",
            sender=e164("+393351234567", "+393351234567"),
            recipient=e164("+393331234333", "+393331234333"),
            text="News ON",
            keyword="News",
            provider_received_at="2026-05-14T08:23:01Z",
            authenticated_by="path_secret",
            provider_payload={
                "originator": "+393351234567",
                "destination": "+393331234333",
                "date_time": "20260514102301",
                "text": "News ON",
            },
        ),
    ),
    Row(
        "agile-telecom/synthetic/inbound_unescaped_plus.form",
        message(
            id="agile-telecom/62a4a9501d0664699e7cfee9ca1cbdd5e5f18eed340306be5b5aa03e18ae3d9e",
            source="/inbound-sms/agile-telecom",
            subject="+393331234333",
            time="2026-05-14T08:23:01Z",
            provider="agile-telecom",
            sender=e164(" 393351234567", "+393351234567"),
            recipient=e164(" 393331234333", "+393331234333"),
            text="News ON",
            keyword="News",
            provider_received_at="2026-05-14T08:23:01Z",
            authenticated_by="path_secret",
            provider_payload={
                "originator": " 393351234567",
                "destination": " 393331234333",
                "date_time": "20260514102301",
                "text": "News ON",
            },
        ),
    ),
    Row(
        "agile-telecom/synthetic/inbound_utf8_emoji.form",
        message(
            id="agile-telecom/d02fe38226ecf4d709f75678ba245144149a56d11e5cd225e205cf2bca3a9a5b",
            source="/inbound-sms/agile-telecom",
            subject="+393331234333",
            time="2026-05-14T08:23:03Z",
            provider="agile-telecom",
            sender=e164("+393351234567", "+393351234567"),
            recipient=e164("+393331234333", "+393331234333"),
            text="perché no 👍",
            provider_received_at="2026-05-14T08:23:03Z",
            authenticated_by="path_secret",
            provider_payload={
                "originator": "+393351234567",
                "destination": "+393331234333",
                "date_time": "20260514102303",
                "text": "perché no 👍",
            },
        ),
    ),
]

_ODD = [
    Row(
        "agile-telecom/synthetic/inbound_damaged_time.form",
        message(
            id="agile-telecom/1a1eee323df6c1752def2dc6058e199566eaa91e3872db7e03d99f03a6d9411e",
            source="/inbound-sms/agile-telecom",
            subject="+393331234333",
            time=None,
            provider="agile-telecom",
            sender=e164("+393351234567", "+393351234567"),
            recipient=e164("+393331234333", "+393331234333"),
            text="News ON",
            keyword="News",
            authenticated_by="path_secret",
            provider_payload={
                "originator": "+393351234567",
                "destination": "+393331234333",
                "date_time": "soon",
                "text": "News ON",
            },
        ),
    ),
    Row(
        "agile-telecom/synthetic/inbound_latin1.form",
        message(
            id="agile-telecom/5ae5680392ca7cfa3bf30905d0990694e1b5cf3b91b5bddc7cf05b2b4150bae4",
            source="/inbound-sms/agile-telecom",
            subject="+393331234333",
            time="2026-05-14T08:23:04Z",
            provider="agile-telecom",
            sender=e164("+393351234567", "+393351234567"),
            recipient=e164("+393331234333", "+393331234333"),
            text="perché no",
            provider_received_at="2026-05-14T08:23:04Z",
            authenticated_by="path_secret",
            provider_payload={
                "originator": "+393351234567",
                "destination": "+393331234333",
                "date_time": "20260514102304",
                "text": "perché no",
            },
        ),
    ),
    Row(
        "url-networks/inbound_sample.form, posted to Agile Telecom's URL",
        unknown(
            id="agile-telecom/sha256:c478c9b9912b51a1a102a64ba93f5870daa771058b8217d6065760652e81dc6b",
            source="/inbound-sms/agile-telecom",
            provider="agile-telecom",
            note="this looks like an inbound SMS of URL Networks: it came to the URL of agile-telecom and belongs to "
            "the URL of url-networks",
            authenticated_by="path_secret",
            provider_payload={
                "service_id": "YOUR_SERVICE_ID",
                "from": "YOUR_FROM_NUMBER",
                "sms_number": "YOUR_SMS_NUMBER",
                "body": "Test Message",
                "message_id": "297abf7f-99d9-4b7d-9c46-1d7c13687b11",
                "timestamp": "1576391654",
                "webhook_url": "https://youendpoint.com/sms/test",
                "webhook_url_fallback": "you@email.com",
            },
        ),
        body=sample("url-networks/inbound_sample.form"),
    ),
]

ROWS = [*_MESSAGES, *_ODD, *WEBHOOKS]
