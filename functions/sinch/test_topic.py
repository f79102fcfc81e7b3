"""Sinch by SNS: what it publishes to a topic of ours goes the same way as what it posts."""

from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.ingest import Ingestor

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sinch_topic
from sinch_callbacks import parse
from sinch_topic import TopicHandler, TopicSettings, callback_in
from tests.support.faults import failing
from tests.support.providers import those
from tests.support.world import World

TOPIC = "arn:aws:sns:us-west-2:123456789012:MyTopic"
SAMPLES = Path(__file__).parent / "samples/synthetic"
ENVELOPE = (SAMPLES / "sns_notification_envelope.json").read_text(encoding="utf-8")
CALLBACK = json.loads(ENVELOPE)["Message"]
CONFIRMATION = (SAMPLES / "sns_subscription_confirmation_envelope.json").read_text(encoding="utf-8")


def record(body: str) -> dict[str, Any]:
    return {"messageId": "1", "body": body}


@pytest.fixture
def receiver(aws: World) -> TopicHandler:
    return receiver_with(aws)


def receiver_with(aws: World, **clients: Any) -> TopicHandler:
    buckets = {"quarantine_bucket": aws.bucket, "payloads_bucket": aws.payloads}
    settings = TopicSettings.model_validate({**buckets, "queue_url": aws.queue_url, "sinch_topic": TOPIC})
    queue = EventQueue(clients.get("sqs", aws.sqs), aws.queue_url)
    quarantine = Quarantine(clients.get("s3", aws.s3), aws.bucket, "sinch")
    payloads = PayloadStore(clients.get("s3", aws.s3), aws.payloads, "sinch")
    return TopicHandler(settings, Ingestor(parse, queue, quarantine, payloads, settings.max_event_bytes))


@pytest.mark.parametrize("body", [ENVELOPE, CALLBACK], ids=["envelope", "raw delivery"])
def test_a_message_by_envelope_or_raw_is_queued(aws: World, receiver: TopicHandler, body: str) -> None:
    assert receiver.handle(record(body))

    [event] = map(json.loads, aws.queued())
    assert event["id"] == "sinch/01W4FFL35P4NC4K35SMSBATCH8"
    assert event["type"] == "inbound-sms.message.received.v1"
    assert event["data"]["text"] == "Hello John! 👋"
    assert event["data"]["authenticated_by"] == f"sns:{TOPIC}"
    assert event["data"]["provider_payload"] == json.loads(CALLBACK)


@pytest.mark.parametrize(
    ("body", "callback"),
    [
        ("", ""),
        ("not JSON", "not JSON"),
        ("[" * 5_000, "[" * 5_000),
        ('"text"', '"text"'),
        ("{}", "{}"),
        (ENVELOPE.replace("MyTopic", "AnotherTopic"), ENVELOPE.replace("MyTopic", "AnotherTopic")),
        (
            json.dumps({"Type": "Notification", "TopicArn": TOPIC}),
            json.dumps({"Type": "Notification", "TopicArn": TOPIC}),
        ),
        (json.dumps({"Type": "Notification", "TopicArn": TOPIC, "Message": "x"}), "x"),
    ],
)
def test_only_the_envelope_of_our_topic_is_opened(body: str, callback: str) -> None:
    assert callback_in(body, TOPIC) == callback


@pytest.mark.parametrize("body", ["not JSON", CALLBACK[:40], CALLBACK.replace('"id"', '"no"'), "\ud800", CONFIRMATION])
def test_what_cannot_be_read_is_quarantined(aws: World, receiver: TopicHandler, body: str) -> None:
    assert receiver.handle(record(body))

    [(key, raw, details)] = aws.quarantined()
    assert key.startswith("sinch/")
    assert raw == body.encode("utf-8", "surrogatepass")
    assert details["reason"]
    assert aws.queued() == []


def test_what_is_not_stored_comes_back(aws: World, logs: io.StringIO) -> None:
    assert not receiver_with(aws, sqs=failing("sqs", "SendMessage")).handle(record(ENVELOPE))
    assert not receiver_with(aws, s3=failing("s3", "PutObject")).handle(record("not JSON"))

    assert "not stored" in logs.getvalue()
    assert "Hello John" not in logs.getvalue()


class Clock:
    """Lambda's context, as far as it tells the time that is left."""

    def __init__(self, *remaining_ms: int) -> None:
        self._remaining_ms = list(remaining_ms)

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_ms.pop(0)


def test_the_handler_reports_what_failed_and_what_there_was_no_time_for(
    aws: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sinch_topic, "_ready", lambda: receiver_with(aws))
    records = [{"messageId": str(n), "body": CALLBACK.replace("01W4", f"{n}")} for n in range(3)]

    answer = sinch_topic.handler({"Records": records}, Clock(25_000, 20_000, 14_999))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    told = [(line["Accepted"], line["delivery_id"], line["event_ids"]) for line in lines]
    queued = [json.loads(body) for body in aws.queued()]
    assert sorted(told) == sorted(([1.0], event["data"]["delivery_id"], [event["id"]]) for event in queued)
    assert len(told) == 2


def test_what_was_quarantined_is_replayed_by_the_webhooks_function(aws: World) -> None:
    [entry] = those(lambda entry: entry.provider.name == "sinch")
    broken = receiver_with(aws)
    broken = replace(broken, ingestor=replace(broken.ingestor, parse=lambda _request: []))
    assert broken.handle(record(CALLBACK))
    [(key, _, details)] = aws.quarantined()

    assert aws.receiver(entry, secrets={}).recover(key)["outcome"] == "accepted"  # who only uses the topic has none

    [event] = map(json.loads, aws.queued())
    assert event["id"] == f"sinch/{json.loads(CALLBACK)['id']}"
    assert event["data"]["authenticated_by"] == details["authenticated_by"] == f"sns:{TOPIC}"
