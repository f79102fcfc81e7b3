"""Each event handled once by a coroutine function, and no handler that a call wouldn't run."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from threading import Event as Flag
from typing import Any

import pytest

from inbound_sms_subscriber import Event, MemoryStore, Running, event_of, once
from inbound_sms_subscriber.once import Claim, Store
from tests.support.queued import Queued

EVENT, OTHER = (event_of(Queued(number).document) for number in "12")


class Handler:
    """Handles events in a method, and when it is called; the first times it raises what it is told to."""

    def __init__(self, *faults: BaseException) -> None:
        self.faults = list(faults)
        self.handled: list[str] = []

    async def handle(self, event: Event) -> None:
        await asyncio.sleep(0)
        if self.faults:
            raise self.faults.pop(0)
        self.handled.append(event.id)

    async def __call__(self, event: Event) -> None:
        await self.handle(event)


@pytest.mark.parametrize(
    "kind",
    [lambda handler: handler.handle, lambda handler: partial(handler.handle), lambda handler: handler],
    ids=["method", "partial", "object"],
)
def test_a_coroutine_function_is_run_to_its_end_once_for_each_event(kind: Callable[[Handler], Any]) -> None:
    handler = Handler()
    handle = once(MemoryStore())(kind(handler))
    assert [asyncio.run(handle(event)) for event in (EVENT, EVENT, OTHER)] == [True, False, True]
    assert handler.handled == ["acme/1", "acme/2"]


def test_what_failed_is_tried_again_and_what_runs_comes_back(store: Store) -> None:
    handler = Handler(ValueError(), asyncio.CancelledError())
    handle = once(store)(handler.handle)

    async def deliver(times: int) -> list[Any]:
        return await asyncio.gather(*(handle(EVENT) for _ in range(times)), return_exceptions=True)

    for fault in (ValueError, asyncio.CancelledError):
        assert isinstance(asyncio.run(deliver(1))[0], fault)
    outcomes = asyncio.run(deliver(8))
    assert outcomes.count(True) == 1
    assert all(outcome in {True, False} or isinstance(outcome, Running) for outcome in outcomes)
    assert handler.handled == ["acme/1"]


class Held:
    """A store whose claims wait until they may go on."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.begun, self.may_go_on = Flag(), Flag()

    def claim(self, event_id: str, run: str) -> Claim:
        self.begun.set()
        assert self.may_go_on.wait(10)
        return self.store.claim(event_id, run)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@pytest.mark.parametrize("moment", ["while it claims", "while it handles"])
def test_who_is_cancelled_gives_its_claim_up(moment: str, store: Store) -> None:
    held = Held(store)
    begun = held.begun if moment == "while it claims" else Flag()

    async def endless(_: Event) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def cancelled() -> None:
        task = asyncio.create_task(once(held)(endless)(EVENT))
        if moment == "while it handles":
            held.may_go_on.set()
        assert await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        held.may_go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert store.claim(EVENT.id, "another run") is Claim.WON


def test_a_store_that_fails_is_no_success() -> None:
    class Broken(MemoryStore):
        def claim(self, event_id: str, run: str) -> Claim:
            raise ConnectionError

    handler = Handler()
    with pytest.raises(ConnectionError):
        asyncio.run(once(Broken())(handler.handle)(EVENT))
    assert handler.handled == []


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


def plain(function: Callable[[Event], Any]) -> Callable[[Event], Any]:
    """Return a function that only looks plain."""

    def handle(event: Event) -> Any:
        return function(event)

    return handle


async def forgetful(event: Event) -> Any:
    return Handler().handle(event)  # not awaited


@pytest.mark.parametrize(
    "handler",
    [plain(Handler().handle), plain(generator), plain(async_generator), forgetful],
    ids=["a coroutine", "a generator", "an async generator", "a coroutine of a coroutine"],
)
@pytest.mark.filterwarnings("error")
def test_what_has_not_run_is_not_handled(handler: Any, store: Store) -> None:
    handle = once(store)(handler)
    with pytest.raises(TypeError, match="has not run"):
        asyncio.run(handle(EVENT)) if handler is forgetful else handle(EVENT)
    assert store.claim(EVENT.id, "another run") is Claim.WON
