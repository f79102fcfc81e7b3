"""What is in the quarantine gets back: each function replays what it set aside, once, however often it is asked to."""

import hashlib
import io
import json
from typing import Any

import pytest

from bench.api_event import api_event
from inbound_sms.observability import logger
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.handler import WebhookHandler, webhook
from inbound_sms.webhook.replay import key_to_replay
from tests.component.conftest import Counts, published, set_aside, with_ingestor
from tests.support.acme.sender import ACME_ENTRY, text
from tests.support.faults import failing
from tests.support.memory import Memory
from tests.support.providers import Registered, registered
from tests.support.queued import Queued, sqs_record
from tests.support.world import NOW, World

PATH_SECRET = ACME_ENTRY.local_secret("path_secret")


# ---- Requests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", registered(), ids=str)
def test_after_the_fix_it_is_queued_as_if_it_had_been_read_at_once(
    entry: Registered, memory: Memory, counts: Counts, logs: io.StringIO
) -> None:
    receiver = memory.receiver(entry)
    key, record = set_aside(receiver, memory, entry.event())
    assert memory.queued() == []
    receiver.handle(entry.event())
    [read_at_once] = map(json.loads, memory.queued())
    before = len(logs.getvalue())
    logger.remove_keys(["provider", "delivery_id"])  # as in an instance that has received nothing yet

    outcome = receiver.recover(key)

    [event] = map(json.loads, memory.queued())
    assert outcome == {"outcome": "accepted", "event_ids": [read_at_once["id"]]}
    arrival = {"received_at": record["received_at"].replace("+00:00", "Z"), "delivery_id": record["delivery_id"]}
    assert event["data"] == read_at_once["data"] | arrival
    assert (event["recovery"], read_at_once.get("recovery")) == ("replay", None)
    assert counts()["Replayed"] == 1
    assert event["data"]["text"] not in logs.getvalue()
    lines = [json.loads(line) for line in logs.getvalue()[before:].splitlines()]
    assert {(line["provider"], line["delivery_id"]) for line in lines} == {(entry.provider.name, record["delivery_id"])}


def test_however_often_and_whenever_it_is_replayed_it_is_published_once(aws: World) -> None:
    receiver = aws.receiver(ACME_ENTRY)
    key, _ = set_aside(receiver, aws, ACME_ENTRY.event())

    for _ in range(2):  # at the same time: one of the two may be told to come back while the other is at work
        assert receiver.recover(key)["outcome"] == "accepted"
    records = [sqs_record(str(n), body) for n, body in enumerate(aws.queued())]
    failed = aws.fanout().handle(records)
    assert len(failed) < 2
    assert aws.fanout(NOW + 100).handle([each for each in records if each["messageId"] in failed]) == set()
    assert len(aws.published()) == 1

    receiver.recover(key)
    receiver.handle(ACME_ENTRY.event())  # the provider's own retry
    assert published(aws, NOW + 3_600) == []


def test_the_paths_secret_is_neither_on_record_nor_in_what_is_replayed(aws: World) -> None:
    """Some providers repeat our URL, and so the secret in it, in every message."""
    receiver = aws.receiver(ACME_ENTRY, ACME_ENTRY.secrets_of("path_secret"))
    event = ACME_ENTRY.event(text(url=f"https://example.com/{PATH_SECRET}/"), kind="path_secret")
    key, record = set_aside(receiver, aws, event)
    assert PATH_SECRET not in json.dumps(record)

    assert receiver.recover(key)["outcome"] == "accepted"
    [document] = aws.queued()
    assert "https://example.com/***/" in document
    assert PATH_SECRET not in document


def test_a_key_that_is_not_there_or_not_its_own_is_not_found(memory: Memory, logs: io.StringIO) -> None:
    """It is logged by its key, and under no other request's delivery id."""
    for name in ("body", "record.json"):
        memory.s3.put_object(Bucket=memory.bucket, Key=f"other/0000/{name}", Body=b"{}")
    receiver = memory.receiver(ACME_ENTRY)
    # AWS denies what isn't there to a function that may not list the bucket.
    denied = Quarantine(failing("s3", "GetObject", "AccessDenied"), memory.bucket, "acme")
    receiver.handle(ACME_ENTRY.event(b"?"))

    for key in ("acme/0000", "other/0000", "acme", "", "../acme/x", "acme/../fanout/x"):
        before = len(logs.getvalue())
        for asked in (receiver, with_ingestor(receiver, quarantine=denied)):
            reason = "not in the quarantine, or this function may not read it"
            assert asked.recover(key) == {"outcome": "not_found", "reason": reason}
        lines = [json.loads(line) for line in logs.getvalue()[before:].splitlines()]
        told = {(line["level"], line["key"], line["provider"], line.get("delivery_id")) for line in lines}
        assert told == {("ERROR", key, "acme", None)}


WHOLE = {"provider": "acme", "headers": {}, "delivery_id": "d", "authenticated_by": "basic"}
YESTERDAY = json.dumps(WHOLE | {"received_at": "yesterday"}).encode()


@pytest.mark.parametrize("record", [b"", b"[]", b"\xff", b'{"provider":"acme","headers":{}}', YESTERDAY])
def test_a_damaged_record_is_told_and_nothing_is_changed(memory: Memory, record: bytes) -> None:
    memory.s3.put_object(Bucket=memory.bucket, Key="acme/0000/body", Body=ACME_ENTRY.message)
    memory.s3.put_object(Bucket=memory.bucket, Key="acme/0000/record.json", Body=record)

    outcome = memory.receiver(ACME_ENTRY).recover("acme/0000")

    assert outcome["outcome"] == "unreadable"
    assert "the record beside the body is damaged" in outcome["reason"]
    assert memory.queued() == []


def test_what_fails_can_be_tried_again(aws: World) -> None:
    receiver = aws.receiver(ACME_ENTRY)
    key, _ = set_aside(receiver, aws, ACME_ENTRY.event())
    queue = EventQueue(failing("sqs", "SendMessage", "Throttled"), aws.queue_url)
    quarantine = Quarantine(failing("s3", "GetObject", "SlowDown"), aws.bucket, "acme")

    faults: list[tuple[dict[str, Any], str]] = [
        ({"queue": queue}, "queue unavailable (AwsServiceError Throttled SendMessage)"),
        ({"quarantine": quarantine}, "quarantine unavailable (AwsServiceError SlowDown GetObject)"),
        ({"queue": None}, "unexpected error: AttributeError"),
    ]
    for broken, reason in faults:
        assert with_ingestor(receiver, **broken).recover(key) == {"outcome": "failed", "reason": reason}
    assert receiver.recover(key)["outcome"] == "accepted"
    assert len(published(aws)) == 1


# ---- Nobody can ask for it over HTTP ---------------------------------------------------------------------------------


@pytest.mark.parametrize("as_base64", [True, False], ids=["base64", "text"])
def test_a_webhook_whose_body_asks_for_a_replay_is_an_ordinary_webhook(
    memory: Memory, as_base64: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = memory.receiver(ACME_ENTRY)
    key, _ = set_aside(receiver, memory, ACME_ENTRY.event())
    asked = json.dumps({"replay": {"key": key}}).encode()
    monkeypatch.setattr(WebhookHandler, "from_environment", lambda _provider: receiver)
    handler = webhook(ACME_ENTRY.provider)

    assert handler(ACME_ENTRY.event(asked, "missing", as_base64=as_base64), None)["statusCode"] == 401
    assert [stem for stem, _, _ in memory.quarantined()] == [key]
    assert handler(ACME_ENTRY.event(asked, as_base64=as_base64), None)["statusCode"] == 200
    kept = {stem: body for stem, body, _ in memory.quarantined()}
    assert kept == {key: ACME_ENTRY.message, f"acme/{hashlib.sha256(asked).hexdigest()}": asked}
    assert memory.queued() == [], "what was set aside did not get out"


def test_only_the_whole_document_asks_for_a_replay() -> None:
    asks = {"replay": {"key": "acme/1"}}
    assert key_to_replay(asks) == "acme/1"
    webhooks = ({"body": json.dumps(asks)}, api_event("/acme", b"", {}) | asks, asks | {"version": "2.0"})
    for event in (*webhooks, {"Records": [], **asks}, {}, {"replay": "acme/1"}, {"replay": {"key": 1}}):
        assert key_to_replay(event) is None


def test_the_operator_hears_which_settings_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUEUE_URL", "QUARANTINE_BUCKET", "PAYLOADS_BUCKET", "PROVIDER_PARAMETER"):
        monkeypatch.delenv(name, raising=False)
    outcome = webhook(ACME_ENTRY.provider)({"replay": {"key": "acme/1"}}, None)
    assert outcome["outcome"] == "failed"
    assert "QUEUE_URL" in outcome["reason"]


# ---- Id conflicts ----------------------------------------------------------------------------------------------------

FIRST = Queued("1")
OTHER = Queued("1", delivery="delivery-2", text="another text, with 👍 and \ufffe")
THIRD = Queued("1", delivery="delivery-3", text="a third")


def conflicting(aws: World, *others: Queued) -> list[str]:
    """Return the keys of texts that came under an id that was taken."""
    assert aws.fanout().handle([FIRST.record]) == set()
    assert aws.fanout().handle([other.record for other in others]) == set()
    assert len(aws.published()) == 1
    return [key for key, _, _ in aws.quarantined()]


def test_each_conflicting_text_is_published_under_an_id_of_its_own_once(aws: World) -> None:
    keys = conflicting(aws, OTHER, THIRD)
    outcomes = [aws.fanout(NOW + 60 * n).replay(key) for n in range(3) for key in keys]

    events = {event["data"]["text"]: event for event in aws.published()}
    for queued in (OTHER, THIRD):
        event = events.pop(str(queued.text))
        assert event["id"].startswith("acme/1#conflict-")
        assert len(event["id"]) == len("acme/1#conflict-") + 16
        assert event == json.loads(queued.document) | {"id": event["id"], "recovery": "replay"}
        assert outcomes.count({"outcome": "accepted", "event_ids": [event["id"]]}) == 3
    assert events == {}
    assert [stem for stem, _, _ in aws.quarantined()] == keys, "deleting is the operator's business"


def test_a_conflict_that_cannot_be_published_stays_and_is_published_later(aws: World) -> None:
    [key] = conflicting(aws, OTHER)
    down = aws.fanout(NOW, sns=failing("sns", "PublishBatch", "InternalError"))

    assert down.replay(key)["outcome"] == "failed"
    assert aws.fanout(NOW + 5).replay(key)["outcome"] == "failed", "the run that claimed it may still be at work"
    assert aws.fanout(NOW + 60).replay(key)["outcome"] == "accepted"
    assert len(aws.published()) == 1


def test_what_is_no_event_is_still_unreadable(aws: World) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="fanout/0000/record.json", Body=b"{}")
    for body in (b"\xff", b"[]", b'{"id":"acme/1"}'):
        aws.s3.put_object(Bucket=aws.bucket, Key="fanout/0000/body", Body=body)
        assert aws.fanout().replay("fanout/0000")["outcome"] == "unreadable"
    assert aws.published() == []
