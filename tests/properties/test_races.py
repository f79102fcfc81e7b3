"""Eight workers at the same moment, one event: one publication. With real threads, over moto."""

import io
from collections import Counter
from dataclasses import replace
from threading import Barrier, Thread, local
from typing import Any

import pytest

from tests.support.faults import new_client
from tests.support.queued import Queued
from tests.support.world import World

WORKERS = 8
EACH_SIDE = pytest.mark.parametrize("operation", ["before-call", "after-call"])


def race(world: World, messages: list[Queued], operation: str) -> dict[str, set[str]]:
    """Return each message to a worker of its own; none goes on from this operation before all are there."""
    barrier, waited, failed = Barrier(len(messages)), local(), dict[str, set[str]]()
    dynamodb = new_client("dynamodb")

    def wait_once(**_: Any) -> None:
        if not hasattr(waited, "once"):
            waited.once = True
            barrier.wait(20)

    def work(message: Queued) -> None:
        # In its own thread from end to end, so that eight claims are under way at once.
        fanout = replace(world.fanout(dynamodb=dynamodb), map_concurrently=map)
        failed[message.sqs_id] = fanout.handle([message.record])

    dynamodb.meta.events.register_first(f"{operation}.dynamodb.PutItem", wait_once)
    threads = [Thread(target=work, args=(message,)) for message in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(failed) == len(messages), "a worker did not end"
    return failed


@EACH_SIDE
def test_eight_deliveries_of_one_event_give_one_publication(aws: World, logs: io.StringIO, operation: str) -> None:
    messages = [Queued("1", delivery=f"delivery-{number}") for number in range(WORKERS)]

    failed = race(aws, messages, operation)

    assert failed == {message.sqs_id: set() for message in messages}, "seven duplicates are dropped"
    [event] = aws.published()
    assert event["data"]["delivery_id"] == aws.claim_items()["acme/1"]["owner"]


@EACH_SIDE
def test_one_message_delivered_eight_times_gives_one_publication(aws: World, logs: io.StringIO, operation: str) -> None:
    message = Queued("1")
    messages = [Queued("1", message_id=f"copy-{number}") for number in range(WORKERS)]

    failed = race(aws, messages, operation)

    assert len(aws.published()) == 1
    done = [name for name, some in failed.items() if not some]
    assert done, "the one that published"
    for name in failed.keys() - done:
        assert aws.fanout().handle([Queued("1", message_id=name).record]) == set(), "then all are done"
    assert message.event_id in aws.claim_items()
    assert aws.published() == []


def test_eight_different_messages_under_one_id_are_all_kept(aws: World, logs: io.StringIO) -> None:
    messages = [Queued("1", delivery=f"delivery-{number}", text=f"text {number}") for number in range(WORKERS)]

    failed = race(aws, messages, "before-call")

    assert not any(failed.values())
    kept = [event["data"]["text"] for event in aws.published()]
    assert len(kept) == 1
    assert Counter(body for _, body, _ in aws.quarantined()) == Counter(
        message.document.encode() for message in messages if message.text not in kept
    )
