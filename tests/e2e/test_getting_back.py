"""What was set aside or given up gets back, or goes for good, by the commands that an operator types, on the running
stack.
"""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.backfill import Backfill, Found, backfills
from gateway.simulator import senders
from tests.support.outside import FIRST, Outside
from tests.support.queued import Queued


def test_after_the_fix_a_quarantined_text_reaches_subscribers_once(
    outside: Outside, boto: Callable[[str], Any], gateway: Callable[..., Any]
) -> None:
    now = datetime.now(UTC).isoformat()  # other tests may have left some, too
    with outside.configured(FIRST, MAX_EVENT_BYTES="500"):  # the fault: nothing fits
        event_id = outside.text("+4512345678", "+4587654321", "hello")
        chosen = ("--provider", FIRST, "--reason", "too large", "--since", now)
        assert gateway("quarantine", "replay", "--execute", *chosen, status=1)["results"][0]["outcome"] == "unreadable"

    [kept] = gateway("quarantine", "list", *chosen)
    objects = {key: body for key, body in outside.quarantined().items() if key.startswith(kept["key"])}
    for number in range(2):
        answer = gateway("quarantine", "replay", "--execute", *chosen)
        [result] = answer["results"]
        assert (result["outcome"], result["event_ids"]) == ("accepted", [event_id])
        assert not [key for key in outside.quarantined() if key.startswith(kept["key"])]
        [event] = outside.events_with(event_id)
        assert event["data"]["text"] == "hello"
        if number == 0:  # as if the first run had ended before it deleted
            for key, body in objects.items():
                boto("s3").put_object(Bucket=outside.stack.quarantine_bucket, Key=key, Body=body)


def test_dead_letters_get_back_and_what_was_published_is_not_published_again(
    outside: Outside, boto: Callable[[str], Any], gateway: Callable[..., Any]
) -> None:
    before, given_up = Queued("e2e-published-before"), Queued("e2e-given-up")
    boto("sqs").send_message(QueueUrl=outside.stack.queues.events, MessageBody=before.document)
    assert len(outside.events_with(before.event_id)) == 1
    for each in (before, given_up):
        boto("sqs").send_message(QueueUrl=outside.stack.queues.dead_letters, MessageBody=each.document)

    assert {each["event_id"] for each in gateway("dlq", "list")} == {before.event_id, given_up.event_id}
    assert gateway("dlq", "redrive") == {"executed": False, "found": 2, "moved": 0}
    assert gateway("dlq", "redrive", "--execute") == {"executed": True, "found": 2, "moved": 2}
    assert gateway("dlq", "redrive", "--execute") == {"executed": True, "found": 0, "moved": 0}

    for each in (given_up, before):
        [event] = outside.events_with(each.event_id)
        assert event["data"]["delivery_id"] == each.delivery


def test_what_no_webhook_brought_comes_from_the_providers_api_once_and_once_more_where_it_is_asked_for(
    outside: Outside, gateway: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    message = senders()[FIRST].message
    known, missed = (str(uuid.uuid4()) for _ in range(2))
    said = [message.identified(message.filled(message.new(), text="missed"), own_id) for own_id in (known, missed)]
    listed = [Found(datetime.now(UTC), message.written(each), message.content_type) for each in said]
    api = Backfill({"A_TOKEN": ""}, ("A_URL", "https://api.example"), lambda _: "", lambda *_: iter([listed, listed]))
    monkeypatch.setitem(backfills(), FIRST, api)
    monkeypatch.setenv("A_TOKEN", "a token")
    outside.post(FIRST, listed[0].body)
    assert len(outside.events_with(f"{FIRST}/{known}")) == 1

    for expected in ((2, 1, 1, 1), (2, 2, 0, 0)):
        told = gateway("backfill", FIRST, "--since", "1h")
        assert tuple(told[name] for name in ("found", "known", "new", "published")) == expected
        [event] = outside.events_with(f"{FIRST}/{missed}")
        assert (event["data"]["text"], event["recovery"]) == ("missed", "backfill")
    assert len(outside.events_with(f"{FIRST}/{known}")) == 1

    file = tmp_path / "event.json"
    file.write_text(json.dumps(event))
    gateway("resend", str(file), "--to", "topic")
    outside.wait_until(lambda: len(outside.events_with(event["id"])) == 2)
    assert outside.events_with(event["id"])[1] == event | {"recovery": "resend"}


def test_what_is_held_of_a_person_goes_for_good(
    outside: Outside, boto: Callable[[str], Any], gateway: Callable[..., Any]
) -> None:
    person, another = "+4520202020", "+4530303030"
    for sender in (person, another):
        with outside.configured(FIRST, MAX_EVENT_BYTES="500"):
            outside.text(sender, "+4587654321", "hello")
        letter = Queued(f"e2e-{sender[1:]}", sender=sender).document
        boto("sqs").send_message(QueueUrl=outside.stack.queues.dead_letters, MessageBody=letter)

    for forgotten in (person, another):  # the second time, to leave nothing behind
        gone = gateway("forget", forgotten, "--yes")["held"]
        assert [(each["store"], each["removed"]) for each in gone] == [
            ("quarantine", True),
            ("dead letters of events", True),
        ]
        assert gateway("forget", forgotten, "--dry-run")["held"] == []
