"""Each event is published once, whatever comes in whatever order; what could not be done comes back."""

import io
import json
from dataclasses import replace
from typing import Any

from inbound_sms.events import Unknown
from inbound_sms.parsing.hashing import hash_of
from inbound_sms.publishing.queued import read_event
from tests.component.conftest import Counts
from tests.support.queued import Queued, sqs_record
from tests.support.world import NOW, World

PRIVATE = ("private text", "another text", "+447700900001", "+447700900002", "+447700900003")


def records(*queued: Queued) -> list[dict[str, Any]]:
    return [each.record for each in queued]


def published(world: World) -> list[tuple[str, str]]:
    """Take what the messages topic's subscriber got: event id and delivery."""
    return sorted((event["id"], event["data"]["delivery_id"]) for event in world.published())


def test_everything_mixed_in_one_batch(aws: World, logs: io.StringIO, counts: Counts) -> None:
    new, other, again = Queued("new"), Queued("other"), Queued("again")
    retry = Queued("new", delivery="delivery-2")
    seen, before = Queued("seen"), Queued("seen", delivery="delivery-0")
    conflict = Queued("seen", delivery="delivery-3", text="another text", sender="+447700900003")
    not_ours = sqs_record("not-ours", "hello private text")
    too_large = Queued("too-large", text="x" * 270_000)
    assert aws.fanout().handle(records(before)) == set()
    assert published(aws) == [("acme/seen", "delivery-0")]

    # SQS may deliver a message twice, even in one batch.
    batch = [new.record, not_ours, *records(seen, conflict, again, again, too_large, retry, other)]
    assert aws.fanout(NOW + 60).handle(batch) == {"not-ours", again.sqs_id, too_large.sqs_id}

    everything = published(aws)
    assert [event_id for event_id, _ in everything] == ["acme/again", "acme/new", "acme/other"]
    assert dict(everything)["acme/new"] in {"delivery-1", "delivery-2"}, "whichever claimed it first"
    [(key, body, record)] = aws.quarantined()
    assert key == f"fanout/{hash_of(b'acme/seen', read_event(conflict.document).fingerprint.encode())}"
    assert body.decode() == conflict.document
    assert record == {
        "provider": "acme",
        "reason": "id conflict: another message has the same id",
        "field": "id",
        "event_id": "acme/seen",
        "delivery_id": "delivery-3",
        "received_at": "2026-01-01T00:00:00Z",
    }
    assert counts() == {"NotOurs": 1, "Duplicates": 2, "Conflicts": 1, "Quarantined": 1, "Published": 1 + 3}
    completed = {event_id for event_id, item in aws.claim_items().items() if "sns_message_id" in item}
    assert completed == {"acme/new", "acme/other", "acme/again", "acme/seen"}
    assert [private for private in PRIVATE if private in logs.getvalue()] == []
    for id_ in ("acme/new", "acme/seen", "acme/again", "acme/too-large", "delivery-2", key):
        assert id_ in logs.getvalue()

    # What failed comes back: the double of `again` is done with, the others fail again and end in the dead letters.
    assert aws.fanout(NOW + 160).handle([not_ours, *records(again, too_large)]) == {"not-ours", too_large.sqs_id}
    assert published(aws) == []


CONFLICTS: list[dict[str, Any]] = [
    {"text": "another text"},
    {"text": None},
    {"text": ""},
    {"sender": "+447700900003"},
    {"recipient": "+447700900003"},
    {"type": "inbound-sms.message.received.v2"},
    {"type": Unknown.TYPE},
]


def test_two_messages_under_one_id_are_both_kept(aws: World) -> None:
    firsts = [Queued(str(number)) for number in range(len(CONFLICTS))]
    seconds = [
        replace(first, delivery="delivery-2", **difference) for first, difference in zip(firsts, CONFLICTS, strict=True)
    ]
    for batch in (firsts, seconds, seconds):
        assert aws.fanout().handle(records(*batch)) == set()

    kept = [*aws.published(), *(json.loads(body) for _, body, _ in aws.quarantined())]
    assert sorted(kept, key=str) == sorted([json.loads(each.document) for each in (*firsts, *seconds)], key=str)
