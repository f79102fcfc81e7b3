"""What was set aside or given up gets back, by the commands that an operator types, on the running stack."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from tests.support.outside import Outside
from tests.support.providers import compact, those
from tests.support.queued import Queued

ENTRY = those(lambda entry: entry.sender.message.has_id and entry.content_type == "application/json")[0]
NAME, MESSAGE = ENTRY.provider.name, ENTRY.sender.message


def sent(outside: Outside, text: str, own_id: str) -> str:
    return outside.text("+4512345678", "+4587654321", text, provider=NAME, own_id=own_id)


def test_after_the_fix_a_quarantined_text_reaches_subscribers_once(
    outside: Outside, boto: Callable[[str], Any], gateway: Callable[..., Any]
) -> None:
    with outside.configured(NAME, MAX_EVENT_BYTES="500"):  # the fault: nothing fits
        event_id = sent(outside, "hello", "replayed")
        chosen = ("--provider", NAME, "--reason", "too large")
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


def test_a_text_under_an_id_that_was_taken_reaches_subscribers_under_its_own(
    outside: Outside, gateway: Callable[..., Any]
) -> None:
    taken = sent(outside, "the first text", "taken")
    assert len(outside.events_with(taken)) == 1
    sent(outside, "another text", "taken")
    chosen = ("--reason", "id conflict")
    outside.wait_until(lambda: len(gateway("quarantine", "list", *chosen)) == 1)

    [result] = gateway("quarantine", "replay", "--execute", *chosen)["results"]

    [event_id] = result["event_ids"]
    assert event_id.startswith(f"{taken}#conflict-")
    [event] = outside.events_with(event_id)
    assert event["data"]["text"] == "another text"
    assert gateway("quarantine", "replay", "--execute", *chosen)["results"] == []
    assert len(outside.events_with(taken)) == 1


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


def test_the_payload_of_an_event_that_is_too_large_is_where_the_event_says(
    outside: Outside, boto: Callable[[str], Any]
) -> None:
    payload = MESSAGE.identified(MESSAGE.documented, "large") | {"more": ["x" * 99] * 2_540}
    assert outside.post(NAME, compact(payload)).text == ENTRY.accepted[2]

    [event] = outside.events_with(f"{NAME}/large")
    assert event["data"]["provider_payload"] is None
    reference = event["data"]["provider_payload_ref"]
    assert reference["bucket"] == outside.stack.payloads_bucket
    stored = boto("s3").get_object(Bucket=reference["bucket"], Key=reference["key"])["Body"].read()
    assert (len(stored), hashlib.sha256(stored).hexdigest()) == (reference["bytes"], reference["sha256"])
    assert json.loads(stored) == payload
