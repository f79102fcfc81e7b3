"""What may be a handler of events: whatever a call runs, to its end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from threading import Event as Flag
from typing import Any
from unittest.mock import Mock

import pytest

from inbound_sms_subscriber import Event, MemoryStore, event_of, once
from inbound_sms_subscriber.once import Claim, Store
from tests.support.queued import Queued

EVENT, OTHER = (event_of(Queued(number).document) for number in "12")


class Handler:
    """Handles events in a method, and when it is called."""

    def __init__(self) -> None:
        self.handled: list[str] = []

    async def handle(self, event: Event) -> None:
        await asyncio.sleep(0)
        self.handled.append(event.id)

    __call__ = handle


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
    return Handler().handle(event)  # not awaited


@pytest.mark.parametrize(
    "handler",
    [
        lambda _: Handler().handle(EVENT),
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
