"""Each event handled once: by functions and by coroutine functions, by memory and by DynamoDB over moto."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from unittest.mock import Mock, call

import pytest
from botocore.exceptions import ClientError

from inbound_sms_subscriber import DynamoStore, Event, Running, event_of, once
from inbound_sms_subscriber.once import Claim, Store
from tests.subscriber.conftest import LEASE, RETENTION, Clock, dynamo
from tests.support.queued import Queued
from tests.support.world import World

EVENT, OTHER = (event_of(Queued(number).document) for number in "12")
Handle = Callable[[Event], bool]
Kind = Callable[[Store, Mock], Handle]


def plain(store: Store, handler: Mock) -> Handle:
    return once(store)(handler)


def coroutine(store: Store, handler: Mock) -> Handle:
    async def handle(event: Event) -> None:
        await asyncio.sleep(0)
        handler(event)

    decorated = once(store)(handle)
    return lambda event: asyncio.run(decorated(event))


BOTH = pytest.mark.parametrize("kind", [plain, coroutine])


@BOTH
def test_an_event_that_comes_again_is_not_handled_again(store: Store, kind: Kind) -> None:
    handler = Mock()
    handle = kind(store, handler)
    assert [handle(event) for event in (EVENT, EVENT, OTHER, EVENT)] == [True, False, True, False]
    assert handler.mock_calls == [call(EVENT), call(OTHER)]


@BOTH
def test_what_failed_is_tried_again_at_once(store: Store, kind: Kind) -> None:
    faults = [ValueError, KeyboardInterrupt, asyncio.CancelledError]
    handle = kind(store, Mock(side_effect=[*faults, None]))
    for fault in faults:
        with pytest.raises(fault):
            handle(EVENT)
    assert [handle(EVENT), handle(EVENT)] == [True, False]


@BOTH
def test_what_is_handled_elsewhere_has_to_come_back(store: Store, kind: Kind, clock: Clock) -> None:
    handle = kind(store, Mock())
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


@BOTH
def test_eight_at_the_same_moment_run_once(store: Store, kind: Kind) -> None:
    start, handler = Barrier(8, timeout=10), Mock()
    handle = kind(store, handler)

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


# Which operation fails, and what the caller hears of it where the handler succeeds and where it fails.
@pytest.mark.parametrize(
    ("operation", "fault", "raised", "runs"),
    [
        ("put_item", None, ClientError, 0),
        ("update_item", None, ClientError, 1),
        ("delete_item", ValueError("the handler's"), ValueError, 1),
    ],
)
@BOTH
def test_a_table_out_of_reach_is_no_success(
    kind: Kind, operation: str, fault: Exception | None, raised: type[Exception], runs: int, aws: World
) -> None:
    broken = Mock(side_effect=ClientError({"Error": {"Code": "ThrottlingException"}}, operation))
    dynamodb = Mock(wraps=aws.dynamodb.plain, **{operation: broken})
    handler = Mock(side_effect=fault)
    with pytest.raises(raised):
        kind(DynamoStore(dynamodb, aws.table, "billing"), handler)(EVENT)
    assert (handler.call_count, broken.call_count) == (runs, 1)
