"""Each event handled once: by memory, and by DynamoDB over moto."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from unittest.mock import Mock, call

import pytest
from botocore.exceptions import ClientError

from inbound_sms_subscriber import DynamoStore, Running, event_of, once
from inbound_sms_subscriber.once import Claim, Store
from tests.subscriber.conftest import LEASE, RETENTION, Clock, dynamo
from tests.support.queued import Queued
from tests.support.world import World

EVENT, OTHER = (event_of(Queued(number).document) for number in "12")


def test_an_event_that_comes_again_is_not_handled_again(store: Store) -> None:
    handler = Mock()
    handle = once(store)(handler)
    assert [handle(event) for event in (EVENT, EVENT, OTHER, EVENT)] == [True, False, True, False]
    assert handler.mock_calls == [call(EVENT), call(OTHER)]


def test_what_failed_is_tried_again_at_once(store: Store) -> None:
    handle = once(store)(Mock(side_effect=[ValueError, KeyboardInterrupt, None]))
    for fault in (ValueError, KeyboardInterrupt):
        with pytest.raises(fault):
            handle(EVENT)
    assert [handle(EVENT), handle(EVENT)] == [True, False]


def test_what_is_handled_elsewhere_has_to_come_back(store: Store, clock: Clock) -> None:
    handle = once(store)(Mock())
    assert store.claim(EVENT.id, "another run") is Claim.WON
    clock.now += LEASE - 1
    with pytest.raises(Running):
        handle(EVENT)

    clock.now += 1  # the other run died, and its claim is over
    assert [handle(EVENT), handle(EVENT)] == [True, False]


def test_who_outlived_its_claim_can_neither_end_nor_finish_that_of_another(store: Store, clock: Clock) -> None:
    assert store.claim(EVENT.id, "slow") is Claim.WON
    clock.now += LEASE
    assert store.claim(EVENT.id, "second") is Claim.WON
    store.release(EVENT.id, "slow")
    store.complete(EVENT.id, "slow")
    assert store.claim(EVENT.id, "third") is Claim.RUNNING

    store.complete(EVENT.id, "second")
    store.release(EVENT.id, "slow")
    assert store.claim(EVENT.id, "third") is Claim.DONE


def test_eight_at_the_same_moment_run_once(store: Store) -> None:
    start, handler = Barrier(8, timeout=10), Mock()
    handle = once(store)(handler)

    def deliver(_: int) -> bool | None:
        start.wait()
        try:
            return handle(EVENT)
        except Running:
            return None

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(deliver, range(8))).count(True) == 1
    assert handler.call_count == 1


def test_consumers_share_a_table_and_what_is_done_is_forgotten_after_its_time(aws: World, clock: Clock) -> None:
    billing, answers = (once(dynamo(aws, clock, consumer))(lambda _: None) for consumer in ("billing", "answers"))
    assert (billing(EVENT), answers(EVENT)) == (True, True)
    items = aws.claim_items()
    assert items.keys() == {"billing/acme/1", "answers/acme/1"}
    assert items["billing/acme/1"]["expires_at"] == str(int(clock.now + RETENTION))

    clock.now += RETENTION - 1
    assert not billing(EVENT)
    clock.now += 1  # DynamoDB deletes late
    assert billing(EVENT)


def test_a_claim_that_the_client_sent_twice_is_won(aws: World, clock: Clock) -> None:
    store = dynamo(aws, clock)
    assert [store.claim(EVENT.id, "run") for _ in range(2)] == [Claim.WON, Claim.WON]


class Broken:
    """A DynamoDB that fails in one operation."""

    def __init__(self, dynamodb: Any, operation: str) -> None:
        for name in ("put_item", "update_item", "delete_item"):
            fault = ClientError({"Error": {"Code": "ThrottlingException"}}, name)
            setattr(self, name, Mock(side_effect=fault) if name == operation else getattr(dynamodb, name))


# Which operation fails, and what the caller hears of it where the handler succeeds and where it fails.
@pytest.mark.parametrize(
    ("operation", "fault", "raised", "runs"),
    [
        ("put_item", None, ClientError, 0),
        ("update_item", None, ClientError, 1),
        ("delete_item", ValueError("the handler's"), ValueError, 1),
    ],
)
def test_a_table_out_of_reach_is_no_success(
    aws: World, clock: Clock, operation: str, fault: Exception | None, raised: type[Exception], runs: int
) -> None:
    store = DynamoStore(Broken(aws.dynamodb.plain, operation), aws.table, "billing", clock=clock)
    handler = Mock(side_effect=fault)
    with pytest.raises(raised):
        once(store)(handler)(EVENT)
    assert handler.call_count == runs
