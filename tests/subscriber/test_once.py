"""Each event handled once: by memory, and by DynamoDB over moto."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import ClientError

from inbound_sms_subscriber import DynamoStore, Event, MemoryStore, Running, event_of, once
from inbound_sms_subscriber.once import Claim, Store
from tests.support.queued import Queued
from tests.support.world import World

EVENT, OTHER = (event_of(Queued(number).document) for number in "12")
LEASE, RETENTION = 300.0, 86_400.0


class Clock:
    """A time that stands still unless it is moved."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, clock: Clock) -> Store:
    if request.param == "memory":
        return MemoryStore(LEASE, clock)
    return dynamo(request.getfixturevalue("aws"), clock)


def dynamo(aws: World, clock: Clock, consumer: str = "billing") -> DynamoStore:
    return DynamoStore(aws.dynamodb.plain, aws.table, consumer, LEASE, RETENTION, clock)


@pytest.fixture
def handled() -> list[str]:
    return []


@pytest.fixture
def handle(store: Store, handled: list[str]) -> Callable[[Event], bool]:
    return once(store)(lambda event: handled.append(event.id))


def test_an_event_that_comes_again_is_not_handled_again(handle: Callable[[Event], bool], handled: list[str]) -> None:
    assert [handle(event) for event in (EVENT, EVENT, OTHER, EVENT)] == [True, False, True, False]
    assert handled == ["acme/1", "acme/2"]


def test_what_failed_is_tried_again_at_once(store: Store, handled: list[str]) -> None:
    faults: Iterator[type[BaseException] | None] = iter([ValueError, KeyboardInterrupt, None])

    @once(store)
    def handle(event: Event) -> None:
        if fault := next(faults):
            raise fault
        handled.append(event.id)

    for fault in (ValueError, KeyboardInterrupt):
        with pytest.raises(fault):
            handle(EVENT)
    assert handle(EVENT)
    assert not handle(EVENT)
    assert handled == ["acme/1"]


def test_what_is_handled_elsewhere_has_to_come_back(
    store: Store, clock: Clock, handle: Callable[[Event], bool], handled: list[str]
) -> None:
    assert store.claim(EVENT.id, "another run") is Claim.WON
    clock.now += LEASE - 1
    with pytest.raises(Running):
        handle(EVENT)

    clock.now += 1  # the other run died, and its claim is over
    assert handle(EVENT)
    assert handled == ["acme/1"]


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


def test_eight_at_the_same_moment_run_once(store: Store, handled: list[str]) -> None:
    start = Barrier(8, timeout=10)
    handle = once(store)(lambda event: handled.append(event.id))

    def deliver(_: int) -> bool | None:
        start.wait()
        try:
            return handle(EVENT)
        except Running:
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(deliver, range(8)))

    assert answers.count(True) == 1
    assert handled == ["acme/1"]


def test_consumers_share_a_table_and_each_handles_every_event(aws: World, clock: Clock) -> None:
    for consumer in ("billing", "answers"):
        assert once(dynamo(aws, clock, consumer))(lambda _: None)(EVENT)
    assert set(aws.claim_items()) == {"billing/acme/1", "answers/acme/1"}


def test_what_is_done_is_forgotten_after_its_time(aws: World, clock: Clock) -> None:
    handle = once(dynamo(aws, clock))(lambda _: None)
    assert handle(EVENT)
    assert aws.claim_items()["billing/acme/1"]["expires_at"] == str(int(clock.now + RETENTION))

    clock.now += RETENTION - 1
    assert not handle(EVENT)
    clock.now += 1  # DynamoDB deletes late
    assert handle(EVENT)


def test_a_claim_that_the_client_sent_twice_is_won(aws: World, clock: Clock) -> None:
    store = dynamo(aws, clock)
    assert [store.claim(EVENT.id, "run") for _ in range(2)] == [Claim.WON, Claim.WON]


class Broken:
    """A DynamoDB that fails in one operation."""

    def __init__(self, dynamodb: Any, operation: str) -> None:
        self.dynamodb = dynamodb
        self.operation = operation

    def __getattr__(self, name: str) -> Any:
        if name == self.operation:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, name)
        return getattr(self.dynamodb, name)


@pytest.mark.parametrize(("operation", "runs"), [("put_item", 0), ("update_item", 1)])
def test_a_table_out_of_reach_is_no_success(aws: World, clock: Clock, operation: str, runs: int) -> None:
    store = DynamoStore(Broken(aws.dynamodb.plain, operation), aws.table, "billing", clock=clock)
    handled: list[str] = []
    with pytest.raises(ClientError):
        once(store)(lambda event: handled.append(event.id))(EVENT)
    assert len(handled) == runs


def test_where_the_claim_cannot_be_given_up_the_handlers_own_error_is_what_is_told(aws: World, clock: Clock) -> None:
    def fail(_: Event) -> None:
        raise ValueError("the handler's")

    with pytest.raises(ValueError, match="the handler's"):
        once(DynamoStore(Broken(aws.dynamodb.plain, "delete_item"), aws.table, "billing", clock=clock))(fail)(EVENT)
