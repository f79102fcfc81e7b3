"""Sinch's topic for `make fuzz`, and what is small to publish there and could be dear to read."""

from collections.abc import Iterator
from pathlib import Path

from sinch_topic import TopicHandler, TopicSettings
from sinch_webhook import SINCH
from tests.support.queued import sqs_record
from verification.fuzz.bombs import Make, run_of
from verification.fuzz.targets import Target, text_of
from verification.oracle import Stored, judge, logs_without_texts

TOPIC = "arn:aws:sns:us-west-2:123456789012:MyTopic"
SETTINGS = TopicSettings(queue_url="q", quarantine_bucket="b", payloads_bucket="b", sinch_topic=TOPIC)
SAMPLES = Path(__file__).parent / "samples"


def targets() -> Iterator[Target]:
    """Return the function."""
    seeds = tuple(path.read_bytes() for path in sorted(SAMPLES.rglob("*.json")))
    yield Target("sinch topic", _topic, (*seeds, b"{"), frozenset({"accepted", "quarantined"}))


def _topic(data: bytes) -> str:
    stored = Stored()
    with logs_without_texts():
        assert TopicHandler(SETTINGS, stored.ingestor(SINCH)).handle(sqs_record("1", text_of(data)))
    outcome = "quarantined" if stored.records else "accepted"
    judge(outcome, stored, "sinch")
    return outcome


def bombs() -> Iterator[tuple[str, str, Make]]:
    """Return what each is, the target that reads it, and what makes it of a size."""
    envelope = b'{"Type":"Notification","TopicArn":"' + TOPIC.encode() + b'","Message":"'
    yield "a deep envelope", "sinch topic", run_of(b"[")
    yield "an envelope of a number", "sinch topic", run_of(b"9")
    yield "an envelope of escapes", "sinch topic", run_of(b"\\ud800", envelope, b'"}')
