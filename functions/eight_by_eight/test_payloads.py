"""What 8x8 leaves out, or sends in another shape than documented; its statuses and codes."""

from inbound_sms.errors import InvalidPayload
from inbound_sms.events import Status

from typing import Any, get_args

import pytest

from eight_by_eight_codes import ERRORS, STATES, WAVECELL_STATUSES
from tests.support.parsing import parse

SMS = {"namespace": "SMS", "eventType": "inbound_message_received"}
CHAT = {"namespace": "ChatApps", "eventType": "inbound_message_received"}
TO_SMS = {"channel": "sms", "channelId": "+6512345678"}
SURVEY = {"umid": "1", "surveyId": "2", "surveySubmittedAt": "soon"}
NOBODY = {"raw": None, "number": None, "kind": "unknown"}

TOLERATED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({**SMS, "payload": {"umid": "1"}}, {"text": None, "media": [], "price": None}),
    ({**SMS, "payload": {"umid": "1", "body": None, "mediaUrls": ["u"]}}, {"text": None}),
    ({**SMS, "payload": {"umid": "1", "mediaUrls": [{"url": "u"}]}}, {"media": []}),
    ({**SMS, "payload": {"umid": "1", "price": {"total": "much"}}}, {"price": None}),
    ({**SMS, "payload": {"umid": "1", "smsCount": "two"}}, {"segments": None}),
    (
        {**CHAT, "payload": {"umid": "1", "recipient": TO_SMS, "type": "TEXT", "user": None, "content": None}},
        {"text": None, "sender": NOBODY},
    ),
    ({**SURVEY, "answers": None, "templateVariables": None}, {"answers": [], "variables": {}}),
    (SURVEY, {"answers": [], "submitted_at": None}),
]

QUARANTINED: list[tuple[dict[str, Any], str]] = [
    ({**SMS, "payload": {"body": "private"}}, "payload.umid"),
    ({**SMS, "payload": {"umid": "1", "body": ["private"]}}, "payload.body"),
    ({**SMS, "payload": None}, "payload"),
    ({**CHAT, "payload": {"recipient": TO_SMS, "type": "Text"}}, "payload.umid"),
    ({**CHAT, "payload": {"umid": "1", "recipient": TO_SMS, "type": "Text", "content": "x"}}, "payload.content"),
    ({"namespace": "SMS", "payload": {}}, "eventType"),
    ({"umid": "1", "surveyId": "2", "answers": []}, "surveySubmittedAt"),
]

OTHER_CHANNELS: list[dict[str, Any]] = [
    {},
    {"umid": "1", "recipient": None, "type": None, "content": None},
    {"umid": "1", "recipient": "whatsapp", "type": 1, "content": "x"},
    {"umid": "1", "recipient": {"channel": "whatsapp"}, "type": "Text", "content": {"text": {"body": "x"}}},
    {"umid": "1", "recipient": TO_SMS, "type": "Image", "content": {"url": "u"}},
]

STATUSES = {
    "queued": "queued",
    "rejected": "rejected",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "failed",
    "read": "read",
    "unknown": "unknown",
    "failed": "failed",
    "ok": "sent",
    "error": "failed",
    "teleported": "unknown",
}
WAVECELL = {
    "RECEIVED FOR PROCESSING": "queued",
    "SENT": "sent",
    "DELIVERED TO CARRIER": "sent",
    "DELIVERED TO DEVICE": "delivered",
    "REJECTED BY DEVICE": "failed",
    "REJECTED BY CARRIER": "rejected",
    "TRASHED": "failed",
    "READ": "read",
    "TELEPORTED": "unknown",
}


def reported(**status: Any) -> dict[str, Any]:
    envelope = {"namespace": "SMS", "eventType": "outbound_message_status_changed"}
    data: dict[str, Any] = parse("8x8", {**envelope, "payload": {"umid": "u", "status": {"state": "sent"} | status}})
    return data


def reported_by_wavecell(status: str) -> str:
    event = parse("8x8", {"eventType": "outboundMessageDelivery", "umid": "u", "status": status})
    return str(event["data"]["status"])


@pytest.mark.parametrize(("payload", "said"), TOLERATED, ids=str)
def test_what_stands_beside_the_message_rejects_nothing(payload: dict[str, Any], said: dict[str, Any]) -> None:
    data = parse("8x8", payload)["data"]

    assert data | said == data
    assert data["provider_payload"] == payload


@pytest.mark.parametrize(("payload", "field"), QUARANTINED, ids=str)
def test_what_lacks_the_message_itself_is_quarantined_and_the_field_named(payload: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPayload) as caught:
        parse("8x8", payload)

    assert caught.value.field == field
    assert "private" not in str(caught.value)


@pytest.mark.parametrize("payload", OTHER_CHANNELS, ids=str)
def test_a_chat_message_of_another_channel_is_unknown_whatever_its_shape(payload: dict[str, Any]) -> None:
    event = parse("8x8", {**CHAT, "payload": payload})

    assert event["type"] == "inbound-sms.unknown.v1"
    assert event["data"]["note"] == "a ChatApps message that is not a text on channel sms"


@pytest.mark.parametrize("write", [str, str.lower, str.upper], ids=["as documented", "lower", "upper"])
def test_statuses_are_read_without_regard_to_case(write: Any) -> None:
    assert {name: reported(state=write(name))["data"]["status"] for name in STATUSES} == STATUSES
    assert {name: reported_by_wavecell(write(name)) for name in WAVECELL} == WAVECELL


@pytest.mark.parametrize("table", [STATES, WAVECELL_STATUSES], ids=["8x8", "wavecell"])
def test_tables_are_looked_up_in_lower_case_and_know_our_statuses_only(table: dict[str, str]) -> None:
    assert all(name == name.lower() for name in table)
    assert set(table.values()) <= set(get_args(Status))


def test_a_documented_code_has_a_meaning_as_a_number_and_as_text() -> None:
    assert ERRORS.keys() == set(range(62)) - {6}  # "Delivery receipts error codes"; 6 doesn't exist
    for code, meaning in ERRORS.items():
        told = [reported(errorCode=value)["data"]["provider_code_meaning"] for value in (code, str(code))]
        assert told == [meaning] * 2
        assert meaning


@pytest.mark.parametrize("code", [6, 62, -1, 10**30, "", "soon", "²", None])
def test_another_code_has_no_meaning_and_does_no_harm(code: object) -> None:
    data = reported(errorCode=code)["data"]
    assert (data["status"], data["provider_code_meaning"]) == ("sent", None)


@pytest.mark.parametrize(
    ("place", "value", "own_id"),
    [("status", {"state": "sent"}, "u:sent::"), ("status", {"state": "sent", "detail": "d"}, "u:sent:d:")],
)
def test_what_is_missing_leaves_its_place_in_the_id_empty(place: str, value: Any, own_id: str) -> None:
    assert reported(**value)["id"] == f"8x8/{own_id}"
