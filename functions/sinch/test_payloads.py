"""What Sinch leaves out, or sends in another shape than documented: tolerated beside the message, never within it."""

from inbound_sms.errors import InvalidPayload

from typing import Any

import pytest

from tests.support.parsing import parse

TEXT = {"type": "mo_text", "id": "1"}
BINARY = {"type": "mo_binary", "id": "1"}
MEDIA = {"type": "mo_media", "id": "1", "from": "16051234567", "to": "13185551234"}
FILE = {"url": None, "content_type": "image/png", "status": None, "code": None}

TOLERATED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({**MEDIA, "body": None}, {"media": [], "text": None}),
    (MEDIA, {"media": [], "title": None}),
    ({**MEDIA, "body": {"message": "m", "media": None}}, {"media": [], "text": "m"}),
    ({**MEDIA, "body": {"media": [{"content_type": "image/png"}]}}, {"media": [FILE]}),
    ({**TEXT, "send_at": "2026-01-01T00:00:00Z"}, {"sent_at": "2026-01-01T00:00:00Z"}),
    ({**TEXT, "operator": "26201", "keyword": "K"}, {"operator_id": "26201", "keyword": "K"}),  # old names
    ({**BINARY, "body": "", "udh": None}, {"binary": "", "concatenation": None}),
    ({**BINARY, "body": "-_8"}, {"binary": "+/8=", "text": None}),  # URL-safe, without padding
    ({**BINARY, "body": "perché no"}, {"binary": None, "text": "perché no"}),  # no Base64
    (
        {"type": "recipient_delivery_report_sms", "batch_id": "1", "status": "Queued"},
        {"recipient": {"raw": None, "number": None, "kind": "unknown"}, "status": "queued"},
    ),
    ({**BINARY, "body": "AA==", "udh": "zz"}, {"udh": "zz", "concatenation": None}),
]

QUARANTINED: list[tuple[dict[str, Any], str]] = [
    ({"id": "1", "body": "private"}, "type"),
    ({"type": "mo_text", "body": "private"}, "id"),
    ({**TEXT, "body": {"private": 1}}, "body"),
    ({**BINARY, "body": ["private"]}, "body"),
    ({**MEDIA, "body": "private"}, "body"),
    ({**MEDIA, "body": {"media": ["private"]}}, "body.media.0"),
    ({"type": "delivery_report_sms", "batch_id": "1"}, "statuses"),
    ({"type": "recipient_delivery_report_sms", "batch_id": "1"}, "status"),
]

CONVERSATION = "a callback of the Conversation API, whose webhooks are set in the Conversation app"
SIBLINGS: list[tuple[dict[str, Any], str]] = [
    ({"app_id": "1", "project_id": "2", "message": {}}, CONVERSATION),
    ({"app_id": "1", "message_delivery_report": {}}, CONVERSATION),
    ({"app_id": "1", "accepted_time": "", "opt_in_notification": {}}, CONVERSATION),
    ({"app_id": "1", "project_id": "2", "event": {}}, CONVERSATION),
    ({"origin": "MMS_MO", "id": "1", "code": "N401"}, "a callback of the MMS product"),
    (
        {"eventId": "1", "resourceId": "2", "resourceType": "ACTIVE_NUMBER", "eventType": "x"},
        "a callback of the Numbers API",
    ),
]


@pytest.mark.parametrize(("payload", "said"), TOLERATED, ids=str)
def test_what_stands_beside_the_message_rejects_nothing(payload: dict[str, Any], said: dict[str, Any]) -> None:
    data = parse("sinch", payload)["data"]

    assert data | said == data
    assert data["provider_payload"] == payload


@pytest.mark.parametrize(("payload", "field"), QUARANTINED, ids=str)
def test_what_lacks_the_message_itself_is_quarantined_and_the_field_named(payload: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPayload) as caught:
        parse("sinch", payload)

    assert caught.value.field == field
    assert "private" not in str(caught.value)


@pytest.mark.parametrize(("payload", "note"), SIBLINGS, ids=str)
def test_a_callback_of_another_product_is_told_in_words(payload: dict[str, Any], note: str) -> None:
    event = parse("sinch", payload)

    assert (event["type"], event["data"]["note"]) == ("inbound-sms.unknown.v1", note)
