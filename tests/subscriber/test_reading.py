"""One call, whatever SNS delivered to: a queue, a function, with its envelope or raw."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from inbound_sms_subscriber import DeliveryReport, Event, InvalidPayload, LinkClick, Message, OtherData, event_of
from inbound_sms_subscriber.testing import eventbridge_event, message, sns_record, sqs_record
from tests.support.expected import Json
from tests.support.providers import expected_events
from tests.support.queued import Queued

EVENT = Queued("1", text="perché 👍").document
ENVELOPE = {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:messages", "Message": EVENT}

BRIDGED = {"version": "0", "source": "inbound-sms", "detail-type": Message.TYPE, "detail": json.loads(EVENT)}

DELIVERED: dict[str, Any] = {
    "EventBridge in Lambda": BRIDGED,
    "EventBridge in SQS": {"MessageId": "1", "Body": json.dumps(BRIDGED)},
    "raw": EVENT,
    "raw, bytes": EVENT.encode(),
    "envelope": json.dumps(ENVELOPE),
    "SQS in Lambda, raw": {"messageId": "1", "body": EVENT, "eventSource": "aws:sqs"},
    "SQS in Lambda, envelope": {"messageId": "1", "body": json.dumps(ENVELOPE), "eventSource": "aws:sqs"},
    "SQS by boto3, raw": {"MessageId": "1", "Body": EVENT},
    "SQS by boto3, envelope": {"MessageId": "1", "Body": json.dumps(ENVELOPE)},
    "SNS in Lambda": {"EventSource": "aws:sns", "Sns": ENVELOPE},
    "parsed": json.loads(EVENT),
    "parsed envelope": ENVELOPE,
}


@pytest.mark.parametrize("delivered", DELIVERED.values(), ids=DELIVERED.keys())
def test_whatever_it_was_delivered_to_it_is_the_event(delivered: Any) -> None:
    event = event_of(delivered)

    assert (event.id, event.type, event.subject) == ("acme/1", Message.TYPE, "+447700900002")
    assert isinstance(event.data, Message)
    assert event.data.text == "perché 👍"
    assert event.data.sender.number == "+447700900001"
    assert event.to_json() == EVENT


@pytest.mark.parametrize("sent", [pytest.param(event, id=name) for name, event in expected_events()])
def test_every_event_is_read_as_what_it_is_and_nothing_is_lost(sent: Json) -> None:
    event = event_of(json.dumps(sent))

    assert sent["type"] == event.data.TYPE
    assert json.loads(event.to_json()) == sent


def test_what_a_later_version_adds_is_ignored_and_its_types_are_events_too() -> None:
    document = json.loads(EVENT)
    later = {**document, "tracestate": "a=1", "data": {**document["data"], "mood": "good"}}
    assert event_of(later).to_json() == EVENT

    event = event_of({**later, "type": "inbound-sms.message.received.v9"})
    assert isinstance(event.data, OtherData)
    assert (event.type, (event.data.model_extra or {})["mood"]) == ("inbound-sms.message.received.v9", "good")
    assert not isinstance(event.data, Message | DeliveryReport | LinkClick)


@pytest.mark.parametrize(
    ("delivered", "fault"),
    [
        ("", "not JSON"),
        ("private text", "not JSON"),
        ("[" * 100_000, "not JSON"),
        (b"\xff\xfe\xff", "not JSON"),
        ("[]", "not a JSON object"),
        ({}, "data"),
        ({"body": None}, "not a JSON object"),
        ({"Sns": None}, "not a JSON object"),
        ({"Sns": {}}, "data"),
        ({"Type": "Notification", "Message": json.dumps(ENVELOPE)}, "data"),
        ({"Type": "Notification"}, "not a JSON object"),
        ({"detail-type": "x", "detail": "private text"}, "data"),
        ({**json.loads(EVENT), "type": ["private text"]}, "type"),
        ({**json.loads(EVENT), "specversion": "private text"}, "specversion"),
        ({**json.loads(EVENT), "data": "private text"}, "data"),
        ({**json.loads(EVENT), "data": {"text": "private text"}}, "provider"),
    ],
)
def test_what_is_no_event_says_why_and_quotes_nothing(delivered: Any, fault: str) -> None:
    with pytest.raises(InvalidPayload, match=fault) as error:
        event_of(delivered)
    assert "private" not in str(error.value)


@pytest.mark.parametrize("delivered", [sqs_record, partial(sqs_record, raw=False), sns_record, eventbridge_event])
def test_an_event_that_a_users_own_test_makes_is_read_as_a_real_one(delivered: Callable[[Event], Any]) -> None:
    made = message("Stop", sender="+4534735477", opt_out=True, provider="other", message_id="7")
    read = event_of(delivered(made))
    assert read == made
    assert isinstance(read.data, Message)
    assert (read.id, read.data.text, read.data.sender.number) == ("other/7", "Stop", "+4534735477")
    assert read.data.opt_out
    assert message().id != message().id
