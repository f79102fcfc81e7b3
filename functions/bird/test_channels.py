"""Bird: which number a message came to, and what stands in the place of a contact."""

from inbound_sms.events import Event, Message
from inbound_sms.parsing.request import request_from_event
from inbound_sms.settings import ParseSettings, provider_settings

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bench.api_event import api_event
from bird_webhook import BIRD, BirdSettings


def parse(setting: str, **said: Any) -> Message:
    payload = {"service": "channels", "event": "sms.inbound", "payload": {"id": "1", "channelId": "c-1", **said}}
    request = request_from_event(
        api_event("/bird", json.dumps(payload).encode(), {}),
        provider="bird",
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        delivery_id="d",
        settings=ParseSettings(),
    )
    [event] = BIRD.parse(request._replace(provider_settings=provider_settings(BirdSettings, "bird", setting)))
    assert isinstance(event, Event)
    assert isinstance(event.data, Message)
    return event.data


@pytest.mark.parametrize(
    ("setting", "connector", "raw", "number"),
    [
        ("bird.channels=c-1:+31612345678", {"id": "x"}, "+31612345678", "+31612345678"),
        ("bird.channels=c-2:+31600000000;c-1:1008", {"id": "x"}, "1008", None),
        ("bird.channels=c-2:+31600000000", {"id": "x"}, "c-1", None),
        ("", {"identifierValue": "+31600000000"}, "+31600000000", "+31600000000"),
        ("", None, "c-1", None),
        ("", "x", "c-1", None),
    ],
)
def test_the_recipient_is_the_number_that_is_set_for_the_channel(
    setting: str, connector: object, raw: str, number: str | None
) -> None:
    recipient = parse(setting, receiver={"connector": connector}).recipient

    assert (recipient.raw, recipient.number) == (raw, number)


@pytest.mark.parametrize(
    ("body", "text", "urls"),
    [
        ({"type": "text", "text": {"text": "Hello"}}, "Hello", []),
        ({"type": "image", "image": {"images": [{"mediaUrl": "https://a/1"}]}}, None, ["https://a/1"]),
        ({"type": "file", "file": {"text": "x", "files": [{"mediaUrl": "https://a/2"}, "?"]}}, "x", ["https://a/2"]),
        ({"type": "location", "location": {"coordinates": {"latitude": 1}}}, None, []),
        ({"type": "text", "text": "?"}, None, []),
    ],
)
def test_text_and_files_are_read_from_the_kind_of_body_that_it_names(
    body: dict[str, Any], text: str | None, urls: list[str]
) -> None:
    message = parse("", body=body)

    assert (message.text, [each.url for each in message.media]) == (text, urls)
