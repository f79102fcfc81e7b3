"""Zenvia: which messages are copies of what was sent, and the codes of its statuses."""

from typing import Any

import pytest

from tests.support.parsing import events_of, parse
from tests.support.providers import compact, those


def event(**said: Any) -> dict[str, Any]:
    return {"id": "e1", "type": "MESSAGE", "channel": "sms", "message": {"id": "m1", "contents": []}} | said


@pytest.mark.parametrize(
    ("directions", "types"),
    [
        (("IN", "IN"), ["message.received"]),
        (("OUT", "OUT"), []),
        (("OUT", None), []),
        ((None, "OUT"), []),
        ((None, None), ["message.received"]),
        (("IN", "OUT"), ["message.received"]),
        (("OUT", "IN"), ["message.received"]),
    ],
    ids=str,
)
def test_only_what_certainly_was_sent_by_us_is_ignored(
    directions: tuple[str | None, str | None], types: list[str]
) -> None:
    outer, inner = directions
    body = compact(event(direction=outer, message={"id": "m1", "direction": inner, "contents": []}))
    [entry] = those(lambda entry: entry.provider.name == "zenvia")

    found = [each["type"] for each in events_of(entry, entry.event(body))]
    assert found == [f"inbound-sms.{name}.v1" for name in types]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SENT", "sent"),
        ("REJECTED", "rejected"),
        ("DELIVERED", "delivered"),
        ("NOT_DELIVERED", "failed"),
        ("READ", "read"),
        ("VERIFIED", "delivered"),
        ("CLICKED", "unknown"),
        ("HANG_UP", "unknown"),
    ],
)
def test_the_codes_of_a_status(code: str, status: str) -> None:
    said = event(type="MESSAGE_STATUS", messageId="m0", messageStatus={"code": code})
    data = parse("zenvia", said)["data"]

    assert (data["status"], data["provider_status"]) == (status, code)


@pytest.mark.parametrize(
    ("message", "message_id"), [({"id": "m1"}, "m1"), ({}, "m0"), (None, "m0"), ("nonsense", "m0")], ids=str
)
def test_a_status_names_its_message_by_either_field(message: Any, message_id: str) -> None:
    said = event(type="MESSAGE_STATUS", messageId="m0", message=message, messageStatus={"code": "SENT"})

    assert parse("zenvia", said)["data"]["message_id"] == message_id
