"""What providers leave out, or send in another shape than documented: tolerated beside the message, never within it."""

from typing import Any

import pytest

from inbound_sms.errors import InvalidPayload
from tests.support.parsing import parse

SMS = {"namespace": "SMS", "eventType": "inbound_message_received"}
CHAT = {"namespace": "ChatApps", "eventType": "inbound_message_received"}
TO_SMS = {"channel": "sms", "channelId": "+6512345678"}
MEDIA = {"type": "mo_media", "id": "1", "from": "16051234567", "to": "13185551234"}
FILE = {"url": None, "content_type": "image/png", "status": None, "code": None}
SURVEY = {"umid": "1", "surveyId": "2"}

TOLERATED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("8x8", {**SMS, "payload": {"umid": "1"}}, {"text": None, "media": [], "price": None}, "all but the id"),
    ("8x8", {**SMS, "payload": {"umid": "1", "body": None, "mediaUrls": ["u"]}}, {"text": None}, "an MMS without text"),
    ("8x8", {**SMS, "payload": {"umid": "1", "mediaUrls": [{"url": "u"}]}}, {"media": []}, "media of another shape"),
    ("8x8", {**SMS, "payload": {"umid": "1", "price": {"total": "much"}}}, {"price": None}, "a price that is none"),
    ("8x8", {**SMS, "payload": {"umid": "1", "smsCount": "two"}}, {"segments": None}, "a count that is none"),
    (
        "8x8",
        {**CHAT, "payload": {"umid": "1", "recipient": TO_SMS, "type": "TEXT", "user": None, "content": None}},
        {"text": None, "sender": {"raw": None, "number": None, "kind": "unknown"}},
        "a chat message of nobody, without content",
    ),
    ("8x8", {**SURVEY, "answers": None, "templateVariables": None}, {"answers": [], "variables": {}}, "no answers"),
    ("8x8", SURVEY, {"answers": [], "submitted_at": None}, "a survey without anything"),
    ("sinch", {**MEDIA, "body": None}, {"media": [], "text": None}, "an MMS without a body"),
    ("sinch", MEDIA, {"media": [], "title": None}, "an MMS whose body is missing"),
    ("sinch", {**MEDIA, "body": {"message": "m", "media": None}}, {"media": [], "text": "m"}, "media that are null"),
    ("sinch", {**MEDIA, "body": {"media": [{"content_type": "image/png"}]}}, {"media": [FILE]}, "a file without more"),
    (
        "sinch",
        {"type": "mo_text", "id": "1", "send_at": "2026-01-01T00:00:00Z"},
        {"sent_at": "2026-01-01T00:00:00Z"},
        "send_at",
    ),
    (
        "sinch",
        {"type": "mo_text", "id": "1", "operator": "26201", "keyword": "K"},
        {"operator_id": "26201", "keyword": "K"},
        "old names",
    ),
    (
        "sinch",
        {"type": "mo_binary", "id": "1", "body": "", "udh": None},
        {"binary": "", "concatenation": None},
        "an empty binary",
    ),
    (
        "sinch",
        {"type": "mo_binary", "id": "1", "body": "AA==", "udh": "zz"},
        {"udh": "zz", "concatenation": None},
        "an odd header",
    ),
]

OTHER_CHANNELS: list[dict[str, Any]] = [
    {},
    {"umid": "1", "recipient": None, "type": None, "content": None},
    {"umid": "1", "recipient": "whatsapp", "type": 1, "content": "x"},
    {"umid": "1", "recipient": {"channel": "whatsapp"}, "type": "Text", "content": {"text": {"body": "x"}}},
    {"umid": "1", "recipient": TO_SMS, "type": "Image", "content": {"url": "u"}},
]

QUARANTINED: list[tuple[str, dict[str, Any], str]] = [
    ("8x8", {**SMS, "payload": {"body": "private"}}, "payload.umid"),
    ("8x8", {**SMS, "payload": {"umid": "1", "body": ["private"]}}, "payload.body"),
    ("8x8", {**SMS, "payload": None}, "payload"),
    ("8x8", {**CHAT, "payload": {"recipient": TO_SMS, "type": "Text"}}, "payload.umid"),
    ("8x8", {**CHAT, "payload": {"umid": "1", "recipient": TO_SMS, "type": "Text", "content": "x"}}, "payload.content"),
    ("8x8", {"namespace": "SMS", "payload": {}}, "eventType"),
    ("sinch", {"id": "1", "body": "private"}, "type"),
    ("sinch", {"type": "mo_text", "body": "private"}, "id"),
    ("sinch", {"type": "mo_text", "id": "1", "body": {"private": 1}}, "body"),
    ("sinch", {"type": "mo_binary", "id": "1", "body": "private!"}, "body"),
    ("sinch", {**MEDIA, "body": "private"}, "body"),
    ("sinch", {**MEDIA, "body": {"media": ["private"]}}, "body.media.0"),
    ("sinch", {"type": "delivery_report_sms", "batch_id": "1"}, "statuses"),
    ("sinch", {"type": "recipient_delivery_report_sms", "batch_id": "1", "status": "Queued"}, "recipient"),
    ("agile-telecom", {"channel": "SMS", "text": "private"}, "eventType"),
    ("agile-telecom", {"messageId": "1", "status": ["private"]}, "status"),
]


@pytest.mark.parametrize(("provider", "payload", "said", "_why"), TOLERATED, ids=[why for *_, why in TOLERATED])
def test_what_stands_beside_the_message_rejects_nothing(
    provider: str, payload: dict[str, Any], said: dict[str, Any], _why: str
) -> None:
    data = parse(provider, payload)["data"]

    assert data | said == data
    assert data["provider_payload"] == payload


@pytest.mark.parametrize("payload", OTHER_CHANNELS, ids=str)
def test_a_chat_message_of_another_channel_is_unknown_whatever_its_shape(payload: dict[str, Any]) -> None:
    event = parse("8x8", {**CHAT, "payload": payload})

    assert event["type"] == "inbound-sms.unknown.v1"
    assert event["data"]["note"] == "a ChatApps message that is not a text on channel sms"


@pytest.mark.parametrize(("provider", "payload", "field"), QUARANTINED, ids=lambda value: str(value)[:60])
def test_what_lacks_the_message_itself_is_quarantined_and_the_field_named(
    provider: str, payload: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidPayload) as caught:
        parse(provider, payload)

    assert caught.value.field == field
    assert "private" not in str(caught.value)


@pytest.mark.parametrize("provider", ["8x8", "sinch"])
def test_a_media_file_keeps_its_address(provider: str) -> None:
    payloads = {
        "8x8": {**SMS, "payload": {"umid": "1", "mediaUrls": ["https://x/1", "https://x/2"]}},
        "sinch": {**MEDIA, "body": {"media": [{"url": "https://x/1"}, {"url": "https://x/2"}]}},
    }
    assert [each["url"] for each in parse(provider, payloads[provider])["data"]["media"]] == [
        "https://x/1",
        "https://x/2",
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NEWS on", "NEWS"),
        ("A1b2C3d4 hello", "A1b2C3d4"),
        ("News", "News"),
        ("News\nON", "News"),
        ("ABC on", None),
        ("ABCDEFGHI on", None),
        ("News, please", None),
        (" News on", None),
        ("perché no", None),
        ("", None),
    ],
)
def test_the_code_of_a_shared_number_is_given_and_kept_in_the_text(text: str, code: str | None) -> None:
    fields = b"originator=1&destination=2&date_time=3&text="
    data = parse("agile-telecom", fields + b"".join(b"%%%02X" % byte for byte in text.encode()), "")["data"]

    assert (data["keyword"], data["text"]) == (code, text)
