"""Each event handled once: by functions and by coroutine functions, by memory and by DynamoDB over moto."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from threading import Event as Flag
from typing import Any
from unittest.mock import Mock, call

import pytest
from botocore.exceptions import ClientError

from inbound_sms_subscriber import DynamoStore, Event, MemoryStore, Running, event_of, once
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


# ---- What may be a handler -------------------------------------------------------------------------------------------


class Handler:
    """An object that handles events when it is called."""

    def __init__(self) -> None:
        self.handled: list[str] = []

    async def __call__(self, event: Event) -> None:
        await asyncio.sleep(0)
        self.handled.append(event.id)


@pytest.mark.parametrize(
    "kind",
    [lambda handler: handler, lambda handler: handler.__call__, lambda handler: partial(handler.__call__)],
    ids=["object", "method", "partial"],
)
def test_a_coroutine_function_is_run_to_its_end_once_for_each_event(kind: Callable[[Handler], Any]) -> None:
    handler = Handler()
    handle = once(MemoryStore())(kind(handler))
    assert [asyncio.run(handle(event)) for event in (EVENT, EVENT, OTHER)] == [True, False, True]
    assert handler.handled == ["acme/1", "acme/2"]


@pytest.mark.parametrize("moment", ["while it claims", "while it handles"])
def test_who_is_cancelled_gives_its_claim_up(moment: str, store: Store) -> None:
    claiming, may_go_on = Flag(), Flag()
    begun = claiming if moment == "while it claims" else Flag()

    def claim(*claimed: str) -> Claim:
        claiming.set()
        assert may_go_on.wait(10)
        return store.claim(*claimed)

    held = Mock(wraps=store, claim=claim)

    async def endless(_: Event) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def cancelled() -> None:
        task = asyncio.create_task(once(held)(endless)(EVENT))
        if moment == "while it handles":
            may_go_on.set()
        assert await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        for _ in range(100):  # time enough for a release that doesn't wait for the end of the claim
            await asyncio.sleep(0)
        may_go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert store.claim(EVENT.id, "another run") is Claim.WON


def generator(_: Event) -> Iterator[None]:
    yield


async def async_generator(_: Event) -> AsyncIterator[None]:
    yield


class Generator:
    """Generates when it is called."""

    def __call__(self, _: Event) -> Iterator[None]:
        yield


@pytest.mark.parametrize("handler", [generator, async_generator, partial(generator), Generator(), Generator().__call__])
def test_a_generator_is_refused_at_once(handler: Any) -> None:
    with pytest.raises(TypeError, match="must not be a generator"):
        once(MemoryStore())(handler)


async def forgetful(event: Event) -> Any:
    return Handler()(event)  # not awaited


@pytest.mark.parametrize(
    "handler",
    [
        lambda _: Handler()(EVENT),
        lambda _: generator(EVENT),
        lambda _: async_generator(EVENT),
        forgetful,
    ],
    ids=["a coroutine", "a generator", "an async generator", "a coroutine of a coroutine"],
)
@pytest.mark.filterwarnings("error")
def test_what_has_not_run_is_not_handled(handler: Any, store: Store) -> None:
    handle = once(store)(handler)
    with pytest.raises(TypeError, match="has not run"):
        asyncio.run(handle(EVENT)) if handler is forgetful else handle(EVENT)
    assert store.claim(EVENT.id, "another run") is Claim.WON
