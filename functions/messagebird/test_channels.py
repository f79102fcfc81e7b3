"""MessageBird's Conversations API: which channels are SMS, and to which number a message came."""

from inbound_sms.events import Event, Message, Unknown
from inbound_sms.parsing.request import request_from_event
from inbound_sms.settings import ParseSettings, provider_settings

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bench.api_event import api_event
from messagebird_signature import MessagebirdSettings
from messagebird_webhook import MESSAGEBIRD

CHANNEL = "2ceefea7c1b8c79673215c42c1a6b916"


def parse(message: dict[str, Any], setting: str, **said: Any) -> Any:
    payload = {"type": "message.created", "message": {"id": "1", "channelId": CHANNEL, **message}, **said}
    request = request_from_event(
        api_event("/messagebird", json.dumps(payload).encode(), {}),
        provider="messagebird",
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        delivery_id="d",
        settings=ParseSettings(),
    )
    settings = provider_settings(MessagebirdSettings, "messagebird", setting)
    [event] = MESSAGEBIRD.parse(request._replace(provider_settings=settings))
    return event.data if isinstance(event, Event) else None


@pytest.mark.parametrize(
    ("message", "setting", "recipient"),
    [
        ({}, f"messagebird.channels={CHANNEL}:+31612345678", ("+31612345678", "+31612345678")),
        ({}, f"messagebird.channels=x:+31600000000;{CHANNEL}:1008", ("1008", None)),
        ({"platform": "sms"}, "", (CHANNEL, None)),
        ({}, "messagebird.channels=x:+31600000000", None),
        ({"platform": "whatsapp"}, "", None),
    ],
)
def test_a_channel_that_is_set_stands_for_a_number(
    message: dict[str, Any], setting: str, recipient: tuple[str, str | None] | None
) -> None:
    data = parse(message, setting)
    if recipient is None:
        assert isinstance(data, Unknown)
        return
    assert isinstance(data, Message)
    assert (data.recipient.raw, data.recipient.number) == recipient


@pytest.mark.parametrize(
    ("message", "contact", "number"),
    [
        ({"from": "+31687654321"}, {"msisdn": 31600000000}, "+31687654321"),
        ({}, {"msisdn": 31600000000}, "+31600000000"),
        ({}, "nobody", None),
    ],
)
def test_the_sender_is_the_message_s_own_or_the_contact(
    message: dict[str, Any], contact: object, number: str | None
) -> None:
    data = parse({"platform": "SMS", **message}, "", contact=contact)

    assert data.sender.number == number
