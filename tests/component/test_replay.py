"""What is in the quarantine gets back: each function replays what it set aside, once, however often it is asked to."""

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from bench.api_event import api_event
from inbound_sms.errors import InvalidPayload
from inbound_sms.observability import logger
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.handler import WebhookHandler, webhook
from inbound_sms.webhook.replay import key_to_replay
from tests.component.conftest import Counts, with_ingestor
from tests.support.acme.sender import ACME_ENTRY, text
from tests.support.faults import failing
from tests.support.memory import Memory
from tests.support.providers import Registered, registered
from tests.support.queued import Queued, sqs_record
from tests.support.world import NOW, World

PATH_SECRET = ACME_ENTRY.local_secret("path_secret")


def set_aside(receiver: WebhookHandler, event: dict[str, Any], aws: World) -> tuple[str, dict[str, Any]]:
    """Return key and record of a request that an older version could not read."""

    def parse(_request: object) -> Any:
        raise InvalidPayload("a fault that was mended since", "a.field")

    with_ingestor(receiver, parse=parse).handle(event)
    [(key, _, record)] = aws.quarantined()
    assert aws.queued() == []
    return key, record


def drain(aws: World, now: float = NOW) -> list[dict[str, Any]]:
    """Let the fan-out take what is queued, and return what subscribers got."""
    assert aws.fanout(now).handle([sqs_record(str(n), body) for n, body in enumerate(aws.queued())]) == set()
    return aws.published()


# ---- Requests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", registered(), ids=str)
def test_after_the_fix_it_is_queued_as_if_it_had_been_read_at_once(
    entry: Registered, memory: Memory, counts: Counts, logs: io.StringIO
) -> None:
    receiver = memory.receiver(entry)
    key, record = set_aside(receiver, entry.event(), memory)
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


def test_what_is_still_unreadable_stays_as_it_is(aws: World) -> None:
    receiver = aws.receiver(ACME_ENTRY)
    body, field = ACME_ENTRY.sender.broken
    receiver.handle(ACME_ENTRY.event(body))
    [(key, _, record)] = before = aws.quarantined()

    assert receiver.recover(key) == {"outcome": "unreadable", "reason": record["reason"], "field": field}
    assert aws.quarantined() == before
    assert aws.queued() == []


def test_however_often_and_whenever_it_is_replayed_it_is_published_once(aws: World) -> None:
    receiver = aws.receiver(ACME_ENTRY)
    key, _ = set_aside(receiver, ACME_ENTRY.event(), aws)

    for _ in range(2):  # at the same time: one of the two may be told to come back while the other is at work
        assert receiver.recover(key)["outcome"] == "accepted"
    records = [sqs_record(str(n), body) for n, body in enumerate(aws.queued())]
    failed = aws.fanout().handle(records)
    assert len(failed) < 2
    assert aws.fanout(NOW + 100).handle([each for each in records if each["messageId"] in failed]) == set()
    assert len(aws.published()) == 1

    receiver.recover(key)
    receiver.handle(ACME_ENTRY.event())  # the provider's own retry
    assert drain(aws, NOW + 3_600) == []


def test_the_paths_secret_is_neither_on_record_nor_in_what_is_replayed(aws: World) -> None:
    """Some providers repeat our URL, and so the secret in it, in every message."""
    receiver = aws.receiver(ACME_ENTRY, ACME_ENTRY.secrets_of("path_secret"))
    event = ACME_ENTRY.event(text(url=f"https://example.com/{PATH_SECRET}/"), kind="path_secret")
    key, record = set_aside(receiver, event, aws)
    assert PATH_SECRET not in json.dumps(record)

    assert receiver.recover(key)["outcome"] == "accepted"
    [document] = aws.queued()
    assert "https://example.com/***/" in document
    assert PATH_SECRET not in document


@pytest.mark.parametrize("key", ["acme/0000", "other/0000", "acme", "", "../acme/x", "acme/../fanout/x"])
def test_a_key_that_is_not_there_or_not_its_own_is_not_found(aws: World, key: str, logs: io.StringIO) -> None:
    """It is logged by its key, and under no other request's delivery id."""
    for name in ("body", "record.json"):
        aws.s3.put_object(Bucket=aws.bucket, Key=f"other/0000/{name}", Body=b"{}")
    receiver = aws.receiver(ACME_ENTRY)
    # AWS denies what isn't there to a function that may not list the bucket.
    denied = with_ingestor(
        receiver, quarantine=Quarantine(failing("s3", "GetObject", "AccessDenied"), aws.bucket, "acme")
    )
    receiver.handle(ACME_ENTRY.event(b"?"))
    before = len(logs.getvalue())

    for asked in (receiver, denied):
        reason = "not in the quarantine, or this function may not read it"
        assert asked.recover(key) == {"outcome": "not_found", "reason": reason}
    lines = [json.loads(line) for line in logs.getvalue()[before:].splitlines()]
    told = {(line["level"], line["key"], line["provider"], line.get("delivery_id")) for line in lines}
    assert told == {("ERROR", key, "acme", None)}


WHOLE = {"provider": "acme", "headers": {}, "delivery_id": "d", "authenticated_by": "basic"}


@pytest.mark.parametrize(
    "record",
    [
        *(b"", b"[]", b"\xff", b'{"provider":"acme","headers":{}}'),
        json.dumps(WHOLE | {"received_at": "yesterday"}).encode(),
    ],
)
def test_a_damaged_record_is_told_and_nothing_is_changed(aws: World, record: bytes) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="acme/0000/body", Body=ACME_ENTRY.message)
    aws.s3.put_object(Bucket=aws.bucket, Key="acme/0000/record.json", Body=record)

    outcome = aws.receiver(ACME_ENTRY).recover("acme/0000")

    assert outcome["outcome"] == "unreadable"
    assert "the record beside the body is damaged" in outcome["reason"]
    assert aws.queued() == []


FAULTS: dict[str, tuple[Callable[[World], dict[str, Any]], str]] = {
    "queue": (
        lambda aws: {"queue": EventQueue(failing("sqs", "SendMessage", "Throttled"), aws.queue_url)},
        "queue unavailable (AwsServiceError Throttled SendMessage)",
    ),
    "bucket": (
        lambda aws: {"quarantine": Quarantine(failing("s3", "GetObject", "SlowDown"), aws.bucket, "acme")},
        "quarantine unavailable (AwsServiceError SlowDown GetObject)",
    ),
    "code": (lambda _: {"queue": None}, "unexpected error: AttributeError"),
}


@pytest.mark.parametrize(("broken", "reason"), FAULTS.values(), ids=FAULTS)
def test_what_fails_can_be_tried_again(aws: World, broken: Callable[[World], dict[str, Any]], reason: str) -> None:
    receiver = aws.receiver(ACME_ENTRY)
    key, _ = set_aside(receiver, ACME_ENTRY.event(), aws)

    assert with_ingestor(receiver, **broken(aws)).recover(key) == {"outcome": "failed", "reason": reason}
    assert receiver.recover(key)["outcome"] == "accepted"
    assert len(drain(aws)) == 1


# ---- Nobody can ask for it over HTTP ---------------------------------------------------------------------------------


@pytest.mark.parametrize("as_base64", [True, False], ids=["base64", "text"])
@pytest.mark.parametrize("credentials", ["right", "missing"])
def test_a_webhook_whose_body_asks_for_a_replay_is_an_ordinary_webhook(
    aws: World, as_base64: bool, credentials: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = aws.receiver(ACME_ENTRY)
    key, _ = set_aside(receiver, ACME_ENTRY.event(), aws)
    asked = json.dumps({"replay": {"key": key}}).encode()
    event = ACME_ENTRY.event(asked, credentials, as_base64=as_base64)
    monkeypatch.setattr(WebhookHandler, "from_environment", lambda _provider: receiver)

    assert webhook(ACME_ENTRY.provider)(event, None)["statusCode"] == (200 if credentials == "right" else 401)
    assert aws.queued() == [], "what was set aside did not get out"
    kept = {stem: body for stem, body, _ in aws.quarantined()}
    posted = f"acme/{hashlib.sha256(asked).hexdigest()}"
    assert kept == {key: ACME_ENTRY.message} | ({posted: asked} if credentials == "right" else {})


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"replay": "acme/1"},
        {"replay": {"key": 1}},
        {"replay": {"key": "acme/1"}, "version": "2.0"},
        {"body": '{"replay": {"key": "acme/1"}}'},
        api_event("/acme", b"", {}) | {"replay": {"key": "acme/1"}},
        {"Records": [], "replay": {"key": "acme/1"}},
    ],
)
def test_only_the_whole_document_asks_for_a_replay(event: dict[str, Any]) -> None:
    assert key_to_replay(event) is None
    assert key_to_replay({"replay": {"key": "acme/1"}}) == "acme/1"


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


@pytest.mark.parametrize("body", [b"\xff", b"[]", b'{"id":"acme/1"}'])
def test_what_is_no_event_is_still_unreadable(aws: World, body: bytes) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="fanout/0000/body", Body=body)
    aws.s3.put_object(Bucket=aws.bucket, Key="fanout/0000/record.json", Body=b"{}")

    assert aws.fanout().replay("fanout/0000")["outcome"] == "unreadable"
    assert aws.published() == []
