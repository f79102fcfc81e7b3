"""Eight workers at the same moment, one event: one publication. With real threads, over moto."""

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, local
from typing import Any

import pytest

from tests.support.faults import new_client
from tests.support.queued import Queued
from tests.support.world import World

WORKERS = 8
EACH_SIDE = pytest.mark.parametrize("operation", ["before-call", "after-call"])


def race(world: World, messages: list[Queued], operation: str) -> set[str]:
    """Hand each message to a worker of its own, and return the ids of those that failed.

    No worker goes on from this side of its claim before all are there.
    """
    barrier, waited, dynamodb = Barrier(WORKERS), local(), new_client("dynamodb")

    def wait_once(**_: Any) -> None:
        if not hasattr(waited, "once"):
            waited.once = True
            barrier.wait(20)

    def work(message: Queued) -> Any:
        # In its own thread from end to end, so that eight claims are under way at once.
        return replace(world.fanout(dynamodb=dynamodb), map_concurrently=map).handle([message.record])

    dynamodb.meta.events.register_first(f"{operation}.dynamodb.PutItem", wait_once)
    with ThreadPoolExecutor(WORKERS) as pool:
        return set().union(*pool.map(work, messages))


@EACH_SIDE
def test_eight_deliveries_of_one_event_give_one_publication(aws: World, logs: io.StringIO, operation: str) -> None:
    messages = [Queued("1", delivery=f"delivery-{number}") for number in range(WORKERS)]

    assert race(aws, messages, operation) == set(), "seven duplicates are dropped"

    [event] = aws.published()
    assert event["data"]["delivery_id"] == aws.claim_items()["acme/1"]["owner"]


@EACH_SIDE
def test_one_message_delivered_eight_times_gives_one_publication(aws: World, logs: io.StringIO, operation: str) -> None:
    messages = [Queued("1", message_id=f"copy-{number}") for number in range(WORKERS)]

    failed = race(aws, messages, operation)

    assert len(aws.published()) == 1
    assert len(failed) < WORKERS, "the one that published"
    for name in failed:
        assert aws.fanout().handle([Queued("1", message_id=name).record]) == set(), "then all are done"
    assert aws.published() == []


def test_eight_different_messages_under_one_id_are_all_kept(aws: World, logs: io.StringIO) -> None:
    messages = [Queued("1", delivery=f"delivery-{number}", text=f"text {number}") for number in range(WORKERS)]

    assert race(aws, messages, "before-call") == set()

    kept = [event["data"]["text"] for event in aws.published()]
    assert len(kept) == 1
    assert Counter(body for _, body, _ in aws.quarantined()) == Counter(
        message.document.encode() for message in messages if message.text not in kept
    )
