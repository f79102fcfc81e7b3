"""What is in the quarantine gets back: each function replays what it set aside, once, however often it is asked to."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import fanout
from bench.api_event import api_event
from inbound_sms.errors import InvalidPayload
from inbound_sms.observability import logger
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.handler import WebhookHandler, webhook
from inbound_sms.webhook.replay import key_to_replay
from tests.component.conftest import Counts
from tests.support.acme.sender import ACME_ENTRY
from tests.support.faults import failing
from tests.support.providers import Registered, registered, those
from tests.support.queued import Queued, sqs_record
from tests.support.world import NOW, World

PROVIDERS = pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.provider.name)
UNREADABLE = "a fault that was mended since"


def before_the_fix(receiver: WebhookHandler) -> WebhookHandler:
    """The receiver as it was when it could not read anything."""

    def parse(_request: object) -> Any:
        raise InvalidPayload(UNREADABLE, "a.field")

    return replace(receiver, ingestor=replace(receiver.ingestor, parse=parse))


def set_aside(receiver: WebhookHandler, event: dict[str, Any], aws: World) -> tuple[str, dict[str, Any]]:
    """Gives key and record of a request that an older version could not read."""
    before_the_fix(receiver).handle(event)
    [(key, _, record)] = aws.quarantined()
    assert aws.queued() == []
    return key, record


def drain(aws: World, now: float = NOW) -> list[dict[str, Any]]:
    """Lets the fan-out take what is queued; gives what subscribers got."""
    assert aws.fanout(now).handle([sqs_record(str(n), body) for n, body in enumerate(aws.queued())]) == set()
    return aws.published()


# ---- Requests ---------------------------------------------------------------------------------------------------


@PROVIDERS
def test_after_the_fix_it_is_published_as_if_it_had_been_read_at_once(
    entry: Registered, aws: World, counts: Counts, logs: io.StringIO
) -> None:
    receiver = aws.receiver(entry)
    key, record = set_aside(receiver, entry.event(), aws)
    receiver.handle(entry.event())
    [read_at_once] = map(json.loads, aws.queued())
    before = len(logs.getvalue())
    logger.remove_keys(["provider", "delivery_id"])  # as in an instance that has received nothing yet

    outcome = receiver.replay(key)

    [event] = map(json.loads, aws.queued())
    assert outcome == {"outcome": "accepted", "event_ids": [read_at_once["id"]]}
    arrival = {"received_at": record["received_at"].replace("+00:00", "Z"), "delivery_id": record["delivery_id"]}
    assert event["data"] == read_at_once["data"] | arrival
    assert counts()["Replayed"] == 1
    assert event["data"]["text"] not in logs.getvalue()
    lines = [json.loads(line) for line in logs.getvalue()[before:].splitlines()]
    assert {(line["provider"], line["delivery_id"]) for line in lines} == {(entry.provider.name, record["delivery_id"])}


@PROVIDERS
def test_replayed_again_it_publishes_nothing(entry: Registered, aws: World) -> None:
    receiver = aws.receiver(entry)
    key, _ = set_aside(receiver, entry.event(), aws)

    published = []
    for n in range(3):
        assert receiver.replay(key)["outcome"] == "accepted"
        published += drain(aws, NOW + 100 * n)
    assert len(published) == 1


@PROVIDERS
def test_replayed_twice_at_the_same_time_it_is_published_once(entry: Registered, aws: World) -> None:
    receiver = aws.receiver(entry)
    key, _ = set_aside(receiver, entry.event(), aws)
    for _ in range(2):
        receiver.replay(key)

    records = [sqs_record(str(n), body) for n, body in enumerate(aws.queued())]
    failed = aws.fanout().handle(records)  # one of the two may be told to come back while the other is at work
    assert len(failed) < 2
    assert aws.fanout(NOW + 100).handle([each for each in records if each["messageId"] in failed]) == set()
    assert len(aws.published()) == 1


@PROVIDERS
def test_what_came_again_in_the_meantime_and_was_published_is_not_published_by_a_replay(
    entry: Registered, aws: World
) -> None:
    receiver = aws.receiver(entry)
    key, _ = set_aside(receiver, entry.event(), aws)
    receiver.handle(entry.event())
    assert len(drain(aws)) == 1

    assert receiver.replay(key)["outcome"] == "accepted"
    assert drain(aws, NOW + 3_600) == []


@PROVIDERS
def test_what_is_still_unreadable_stays_as_it_is(entry: Registered, aws: World) -> None:
    receiver = aws.receiver(entry)
    receiver.handle(entry.event(entry.sender.broken[0]))
    [(key, body, record)] = aws.quarantined()

    outcome = receiver.replay(key)

    assert outcome == {"outcome": "unreadable", "reason": record["reason"], "field": entry.sender.broken[1]}
    assert aws.quarantined() == [(key, body, record)]
    assert aws.queued() == []


@pytest.mark.parametrize(
    "entry",
    those(lambda entry: entry.kind == "path_secret"),
    ids=lambda entry: entry.provider.name,
)
def test_the_paths_secret_is_neither_on_record_nor_in_what_is_replayed(entry: Registered, aws: World) -> None:
    """Some repeat our URL, and so the secret in it, in every message."""
    secret = entry.local_secret()
    receiver = aws.receiver(entry)
    body = f"webhook_url=https://example.com/{secret}/&".encode() + entry.message
    key, record = set_aside(receiver, entry.event(body), aws)
    assert secret not in json.dumps(record)

    assert receiver.replay(key)["outcome"] == "accepted"
    [document] = aws.queued()
    assert "https://example.com/***/" in document
    assert secret not in document


@PROVIDERS
def test_what_can_not_be_replayed_is_logged_by_its_key_and_under_no_other_requests_delivery_id(
    entry: Registered, aws: World, logs: io.StringIO
) -> None:
    receiver = aws.receiver(entry)
    receiver.handle(entry.event(entry.sender.broken[0]))
    before = len(logs.getvalue())

    assert receiver.replay(f"{entry.provider.name}/0000")["outcome"] == "not_found"

    [line] = [json.loads(line) for line in logs.getvalue()[before:].splitlines()]
    assert (line["level"], line["key"], line["provider"]) == (
        "ERROR", f"{entry.provider.name}/0000", entry.provider.name
    )  # fmt: skip
    assert line.get("delivery_id") is None


@PROVIDERS
@pytest.mark.parametrize(
    "key", ["{name}/0000", "other/0000", "{name}", "", "../{name}/x", "{name}/../fanout/x", "/", "{name}//"]
)
def test_a_key_that_is_not_there_or_not_its_own_is_not_found(entry: Registered, aws: World, key: str) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="other/0000/body", Body=b"x")
    aws.s3.put_object(Bucket=aws.bucket, Key="other/0000/record.json", Body=b"{}")

    outcome = aws.receiver(entry).replay(key.format(name=entry.provider.name))

    assert outcome == {"outcome": "not_found", "reason": "not in the quarantine, or not this function's to read"}


WHOLE = {"provider": "acme", "headers": {}, "delivery_id": "d", "authenticated_by": "basic"}


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"null",
        b'{"provider":"acme","headers":{}}',
        json.dumps(WHOLE | {"received_at": 5}).encode(),
        json.dumps(WHOLE | {"received_at": "yesterday"}).encode(),
    ],
)
def test_a_damaged_record_is_told_and_nothing_is_changed(aws: World, record: bytes) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="acme/0000/body", Body=ACME_ENTRY.message)
    aws.s3.put_object(Bucket=aws.bucket, Key="acme/0000/record.json", Body=record)

    outcome = aws.receiver(ACME_ENTRY).replay("acme/0000")

    assert outcome["outcome"] == "unreadable"
    assert "the record beside the body is damaged" in outcome["reason"]
    assert aws.queued() == []


FAULTS: list[tuple[str, Callable[[WebhookHandler, World], WebhookHandler], str]] = [
    (
        "queue",
        lambda r, a: replace(
            r, ingestor=replace(r.ingestor, queue=EventQueue(failing("sqs", "SendMessage", "Throttled"), a.queue_url))
        ),
        "queue unavailable (AwsRefused Throttled SendMessage)",
    ),
    (
        "bucket",
        lambda r, a: replace(
            r,
            ingestor=replace(
                r.ingestor, quarantine=Quarantine(failing("s3", "GetObject", "SlowDown"), a.bucket, "acme")
            ),
        ),
        "quarantine unavailable (AwsRefused SlowDown GetObject)",
    ),
    (
        "code",
        lambda r, _: replace(r, ingestor=replace(r.ingestor, queue=None)),  # type: ignore[arg-type]
        "unexpected error: AttributeError",
    ),
]


@pytest.mark.parametrize(("fault", "reason"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_what_fails_can_be_tried_again(
    aws: World, fault: Callable[[WebhookHandler, World], WebhookHandler], reason: str
) -> None:
    receiver = aws.receiver(ACME_ENTRY)
    key, _ = set_aside(receiver, ACME_ENTRY.event(), aws)

    assert fault(receiver, aws).replay(key) == {"outcome": "failed", "reason": reason}
    assert receiver.replay(key)["outcome"] == "accepted"
    assert len(drain(aws)) == 1


def test_what_s3_denies_is_not_found(aws: World) -> None:
    """AWS denies what isn't there to a function that may not list the bucket."""
    receiver = aws.receiver(ACME_ENTRY)
    denied = Quarantine(failing("s3", "GetObject", "AccessDenied"), aws.bucket, "acme")
    receiver = replace(receiver, ingestor=replace(receiver.ingestor, quarantine=denied))
    assert receiver.replay("acme/0000")["outcome"] == "not_found"


# ---- Nobody can ask for it over HTTP ------------------------------------------------------------------------------


@PROVIDERS
@pytest.mark.parametrize("as_base64", [True, False], ids=["base64", "text"])
@pytest.mark.parametrize("credentials", ["right", "missing"])
def test_a_webhook_whose_body_asks_for_a_replay_is_an_ordinary_webhook(
    entry: Registered, aws: World, as_base64: bool, credentials: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = aws.receiver(entry)
    key, _ = set_aside(receiver, entry.event(), aws)
    asked = json.dumps({"replay": {"key": key}}).encode()
    event = entry.event(asked, credentials, "application/json", as_base64=as_base64)
    assert key_to_replay(event) is None
    monkeypatch.setattr(WebhookHandler, "from_environment", lambda _provider: receiver)

    response = webhook(entry.provider)(event, None)

    assert response["statusCode"] == (200 if credentials == "right" else 401)
    published = [json.loads(body)["type"] for body in aws.queued()]
    assert published in ([], ["inbound-sms.unknown.v1"]), "what was set aside did not get out"
    kept = {stem: body for stem, body, _ in aws.quarantined()}
    assert key in kept
    if credentials == "right" and not published:
        assert kept[f"{entry.provider.name}/{hashlib.sha256(asked).hexdigest()}"] == asked


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"replay": None},
        {"replay": "acme/1"},
        {"replay": {}},
        {"replay": {"key": 1}},
        {"replay": {"key": "acme/1"}, "version": "2.0"},
        {"body": '{"replay": {"key": "acme/1"}}'},
        api_event("/acme", b'{"replay": {"key": "acme/1"}}', {}),
        api_event("/acme", b"", {}) | {"replay": {"key": "acme/1"}},
        {"Records": [], "replay": {"key": "acme/1"}},
    ],
)
def test_only_the_whole_document_asks_for_a_replay(event: dict[str, Any]) -> None:
    assert key_to_replay(event) is None
    assert key_to_replay({"replay": {"key": "acme/1"}}) == "acme/1"


def test_the_handler_replays_and_says_what_is_wrong_with_its_settings(
    aws: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver = aws.receiver(ACME_ENTRY)
    key, _ = set_aside(receiver, ACME_ENTRY.event(), aws)
    event = {"replay": {"key": key}}
    for name in ("QUEUE_URL", "QUARANTINE_BUCKET", "PAYLOADS_BUCKET", "PROVIDER_PARAMETER"):
        monkeypatch.delenv(name, raising=False)
    outcome = webhook(ACME_ENTRY.provider)(event, None)
    assert outcome["outcome"] == "failed"
    assert "QUEUE_URL" in outcome["reason"]

    monkeypatch.setattr(WebhookHandler, "from_environment", lambda _provider: receiver)
    assert webhook(ACME_ENTRY.provider)(event, None)["outcome"] == "accepted"
    assert '"Replayed":[1.0]' in capsys.readouterr().out


# ---- Id conflicts ---------------------------------------------------------------------------------------------------

FIRST = Queued("1")
OTHER = Queued("1", delivery="delivery-2", text="another text, with 👍 and \ufffe")
THIRD = Queued("1", delivery="delivery-3", text="a third")


def conflicting(aws: World, *others: Queued) -> list[str]:
    """Gives the keys of texts that came under an id that was taken."""
    assert aws.fanout().handle([FIRST.record]) == set()
    assert aws.fanout().handle([other.record for other in others]) == set()
    assert len(aws.published()) == 1
    return [key for key, _, _ in aws.quarantined()]


def test_a_conflicting_text_is_published_under_an_id_of_its_own_once(aws: World) -> None:
    [key] = conflicting(aws, OTHER)
    outcomes = [aws.fanout(NOW + 60 * n).replay(key) for n in range(4)]

    [event] = aws.published()
    queued = json.loads(OTHER.document)
    assert event["id"].startswith(f"{json.loads(FIRST.document)['id']}#conflict-")
    assert len(event["id"]) == len(f"{json.loads(FIRST.document)['id']}#conflict-") + 16
    assert event == queued | {"id": event["id"]}
    assert outcomes == [{"outcome": "accepted", "event_ids": [event["id"]]}] * 4
    assert [stem for stem, _, _ in aws.quarantined()] == [key], "deleting is the operator's business"


def test_each_of_several_conflicting_texts_gets_an_id_of_its_own(aws: World) -> None:
    keys = conflicting(aws, OTHER, THIRD)
    for key in keys * 2:
        assert aws.fanout(NOW + 60).replay(key)["outcome"] == "accepted"

    events = aws.published()
    assert {event["data"]["text"] for event in events} == {
        json.loads(q.document)["data"]["text"] for q in (OTHER, THIRD)
    }
    assert len({event["id"] for event in events}) == len(events) == 2


def test_a_conflict_that_cannot_be_published_stays_and_is_published_later(aws: World) -> None:
    [key] = conflicting(aws, OTHER)
    down = aws.fanout(NOW, sns=failing("sns", "PublishBatch", "InternalError"))

    assert down.replay(key)["outcome"] == "failed"
    assert aws.fanout(NOW + 5).replay(key)["outcome"] == "failed", "the run that claimed it may still be at work"
    assert aws.fanout(NOW + 60).replay(key)["outcome"] == "accepted"
    assert len(aws.published()) == 1


@pytest.mark.parametrize("body", [b"", b"not JSON", b"[]", b"\xff", b'{"id":"acme/1"}'])
def test_what_is_no_event_is_still_unreadable(aws: World, body: bytes) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="fanout/0000/body", Body=body)
    aws.s3.put_object(Bucket=aws.bucket, Key="fanout/0000/record.json", Body=b"{}")

    assert aws.fanout().replay("fanout/0000")["outcome"] == "unreadable"
    assert aws.published() == []


def test_the_fanouts_handler_takes_batches_and_replays(aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    [key] = conflicting(aws, OTHER)
    monkeypatch.setattr(fanout, "_ready", lambda: aws.fanout(NOW + 60))

    assert fanout.handler({"replay": {"key": "acme/0000"}}, None)["outcome"] == "not_found"
    assert fanout.handler({"replay": {"key": key}}, None)["outcome"] == "accepted"
    assert fanout.handler({"Records": [FIRST.record]}, None) == {"batchItemFailures": []}
    assert len(aws.published()) == 1
