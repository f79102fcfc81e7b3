"""Callbacks that were plainly meant for another URL or another product are told in words; nothing else is."""

import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from inbound_sms.parsing.misrouted import recognise

from tests.support.parsing import PROVIDERS
from tests.support.providers import Registered, compact
from tests.support.world import World

CONVERSATION = "a callback of the Sinch Conversation API, whose webhooks are set in the Conversation app"

STRAYS: list[tuple[dict[str, Any], str | None, str]] = [
    ({"app_id": "1", "project_id": "2", "message": {}}, None, CONVERSATION),
    ({"app_id": "1", "message_delivery_report": {}}, None, CONVERSATION),
    ({"app_id": "1", "accepted_time": "", "opt_in_notification": {}}, None, CONVERSATION),
    ({"app_id": "1", "project_id": "2", "event": {}}, None, CONVERSATION),
    ({"origin": "MMS_MO", "id": "1", "code": "N401"}, None, "a callback of Sinch's MMS product"),
    (
        {"eventId": "1", "resourceId": "2", "resourceType": "ACTIVE_NUMBER", "eventType": "x", "status": "SUCCEEDED"},
        None,
        "a callback of the Sinch Numbers API",
    ),
    (
        {"Type": "Notification", "TopicArn": "arn", "MessageId": "1", "Message": "{}"},
        None,
        "a notification of Amazon SNS",
    ),
    ({"type": "mo_text", "id": "1"}, "sinch", "a callback of Sinch SMS"),
    ({"type": "delivery_report_sms"}, "sinch", "a callback of Sinch SMS"),
    ({"type": "recipient_delivery_report_mms"}, "sinch", "a callback of Sinch SMS"),
    ({"namespace": "SMS", "eventType": "x", "payload": {}}, "8x8", "a webhook of 8x8"),
    ({"service_id": "1", "sms_number": "2", "message_id": "3"}, "url-networks", "an inbound SMS of URL Networks"),
    ({"originator": "1", "destination": "2", "date_time": "3"}, "agile-telecom", "an inbound SMS of Agile Telecom"),
    ({"channel": "SMS", "eventType": "DELIVERY"}, "agile-telecom", "an event webhook of Agile Telecom"),
    ({"channel": "RCS", "eventType": "READ"}, "agile-telecom", "an event webhook of Agile Telecom"),
    ({"channel": "SMS", "eventType": "INBOUND"}, "agile-telecom", "an event webhook of Agile Telecom"),
    (
        {"messageId": "1", "phoneNumber": "2", "status": "SENT", "channel": "sms", "timestamp": "3"},
        "agile-telecom",
        "a delivery report of Agile Telecom",
    ),
]

NO_STRAYS: list[dict[str, Any]] = [
    {},
    {"type": "inbound"},
    {"type": None},
    {"type": ["mo_text"]},
    {"app_id": "1"},
    {"message": {}},
    {"channel": "SMS", "eventType": ["DELIVERY"]},
    {"channel": "SMS", "eventType": {"DELIVERY": 1}},
    {"channel": "SMS", "eventType": None},
    {"origin": ["MMS_MO"]},
    {"namespace": "SMS", "eventType": "x"},
]


@pytest.mark.parametrize(("payload", "home", "words"), STRAYS, ids=lambda value: str(value)[:40])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_stray_is_named_everywhere_but_at_home(
    payload: dict[str, Any], home: str | None, words: str, provider: str
) -> None:
    note = recognise(payload, provider)

    if provider == home:
        assert note is None
    else:
        belongs = f"the URL of {home}" if home else "another URL"
        assert note == f"this looks like {words}: it came to the URL of {provider} and belongs to {belongs}"


@pytest.mark.parametrize("payload", NO_STRAYS, ids=str)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_not_plain_is_not_named(payload: dict[str, Any], provider: str) -> None:
    assert recognise(payload, provider) is None


@pytest.mark.parametrize("payload", [stray for stray, home, _ in STRAYS if home is None], ids=str)
@pytest.mark.parametrize("as_form", [False, True], ids=["json", "form"])
@pytest.mark.parametrize("entry", PROVIDERS.values(), ids=PROVIDERS)
def test_a_stray_is_acknowledged_published_as_unknown_and_logged_in_words(
    entry: Registered, payload: dict[str, Any], as_form: bool, aws: World, logs: io.StringIO
) -> None:
    body = urlencode(payload).encode() if as_form else compact(payload)
    response = aws.receiver(entry).handle(entry.event(body, content_type=""))

    assert response["statusCode"] == 200
    [event] = map(json.loads, aws.queued())
    assert event["type"] == "inbound-sms.unknown.v1"
    assert event["data"]["note"].startswith("this looks like ")
    assert event["data"]["note"] in logs.getvalue()
    assert aws.quarantined() == []


@pytest.mark.parametrize("payload", NO_STRAYS[1:], ids=str)
@pytest.mark.parametrize("entry", PROVIDERS.values(), ids=PROVIDERS)
def test_what_is_no_stray_and_nothing_else_is_kept_and_acknowledged(
    entry: Registered, payload: dict[str, Any], aws: World
) -> None:
    response = aws.receiver(entry).handle(entry.event(compact(payload), content_type="application/json"))

    assert response["statusCode"] == 200
    assert len(aws.queued()) + len(aws.quarantined()) == 1
