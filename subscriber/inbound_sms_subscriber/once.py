"""Handles each event once, as far as that is possible: the gateway, SNS and SQS all deliver at least once.

An event is claimed before it is handled and marked as done afterwards. If the handler fails, the claim is released, so
that the next delivery tries again. One gap remains, which no store can close: a handler that dies (or outlives its
claim) after taking effect but before the event is marked runs again. An effect that must never happen twice needs an
idempotency key of its own where it happens: the event's id.
"""

import asyncio
import inspect
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import wraps
from threading import Lock
from typing import Any, Protocol, TypeVar, overload

from inbound_sms.events import Event

_T = TypeVar("_T")


class Claim(Enum):
    """The outcome of a claim."""

    WON = "handle it"
    DONE = "it has already been handled"
    RUNNING = "it is being handled elsewhere, or its handler died a moment ago"


class Running(Exception):
    """The event is being handled elsewhere.

    Don't acknowledge it: if the other run fails, it must be delivered again.
    """


class Store(Protocol):
    """Records which events are claimed, by which run, and which are done."""

    def claim(self, event_id: str, run: str) -> Claim:
        """Claim an event for a run, unless it is done or another run's claim is still valid."""
        ...

    def complete(self, event_id: str, run: str) -> None:
        """Mark an event as done, if the claim is still this run's."""
        ...

    def release(self, event_id: str, run: str) -> None:
        """Release the claim on an event, if it is still this run's."""
        ...


class Once(Protocol):
    """Decorates a handler, and leaves it a coroutine function if it is one."""

    @overload
    def __call__(  # type: ignore[overload-overlap]  # a coroutine is an object, too
        self, handle: Callable[[Event], Awaitable[object]], /
    ) -> Callable[[Event], Coroutine[Any, Any, bool]]: ...

    @overload
    def __call__(self, handle: Callable[[Event], object], /) -> Callable[[Event], bool]: ...


def once(store: Store) -> Once:
    """Decorate a function or coroutine function that handles an event, so that it runs once for each event id.

    The decorated function returns whether it ran: False means that the event has already been handled, and may be
    acknowledged. It raises Running while another run is handling the event, and whatever the handler raises. If the
    store fails, its error is raised: before the handler has run, nothing has happened; afterwards, the event may be
    handled once more.

    Of a coroutine function, a coroutine function is made, for asyncio; the store works in threads meanwhile. A handler
    that is cancelled has failed. A generator is no handler, because calling it runs nothing of it: TypeError.
    """

    def decorate(handle: Callable[[Event], Any]) -> Callable[[Event], Any]:
        if _is(inspect.isgeneratorfunction, handle) or _is(inspect.isasyncgenfunction, handle):
            raise TypeError(f"a handler must not be a generator, which a call wouldn't run: {handle!r}")
        return (_async_once if _is(inspect.iscoroutinefunction, handle) else _once)(store, handle)

    return decorate


def _is(kind: Callable[[object], bool], handle: Callable[[Event], object]) -> bool:
    """Return whether a function, or what an object does when it is called, is of a kind."""
    return kind(handle) or kind(type(handle).__call__)


def _once(store: Store, handle: Callable[[Event], object]) -> Callable[[Event], bool]:
    @wraps(handle)
    def handle_once(event: Event) -> bool:
        run = str(uuid.uuid4())
        if not _is_won(store.claim(event.id, run), event):
            return False
        try:
            _require_that_it_ran(handle(event))
        except BaseException:
            with suppress(Exception):  # if this fails, too, the claim expires
                store.release(event.id, run)
            raise
        store.complete(event.id, run)
        return True

    return handle_once


def _async_once(
    store: Store, handle: Callable[[Event], Awaitable[object]]
) -> Callable[[Event], Coroutine[Any, Any, bool]]:
    @wraps(handle)
    async def handle_once(event: Event) -> bool:
        run = str(uuid.uuid4())
        won = False
        try:
            won = _is_won(await _to_its_end(store.claim, event.id, run), event)
            if not won:
                return False
            _require_that_it_ran(await handle(event))
        except GeneratorExit:  # the event loop has ended: the claim expires
            raise
        except BaseException as error:
            if won or isinstance(error, asyncio.CancelledError):  # the claim may have been won meanwhile
                with suppress(Exception):  # if this fails, too, the claim expires
                    await _to_its_end(store.release, event.id, run)
            raise
        await _to_its_end(store.complete, event.id, run)
        return True

    return handle_once


async def _to_its_end(call: Callable[[str, str], _T], event_id: str, run: str) -> _T:
    """Let a store work in a thread, and wait for its end even when cancelled: a release must not overtake its claim."""
    working = asyncio.ensure_future(asyncio.to_thread(call, event_id, run))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.gather(working, return_exceptions=True)
        raise


def _is_won(claim: Claim, event: Event) -> bool:
    if claim is Claim.RUNNING:
        raise Running(event.id)
    return claim is Claim.WON


def _require_that_it_ran(result: object) -> None:
    """Refuse what only looks like a handler's return: nothing of it has run, so the event is not handled."""
    if inspect.iscoroutine(result):
        result.close()  # or Python warns that nobody awaited it
    if inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
        kind = type(result).__name__
        raise TypeError(f"the handler has not run: it returned a {kind}; write a plain function, or one with async def")


@dataclass(slots=True)
class MemoryStore:
    """Stores claims in memory: for tests, and for a single worker process. It grows with every event."""

    lease_seconds: float = 300
    clock: Callable[[], float] = time.monotonic
    _claims: dict[str, tuple[str, float]] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def claim(self, event_id: str, run: str) -> Claim:
        with self._lock:
            if event_id in self._done:
                return Claim.DONE
            _, until = self._claims.get(event_id, ("", self.clock()))
            if self.clock() < until:
                return Claim.RUNNING
            self._claims[event_id] = (run, self.clock() + self.lease_seconds)
            return Claim.WON

    def complete(self, event_id: str, run: str) -> None:
        with self._lock:
            if self._claims.get(event_id, ("", 0))[0] == run:
                del self._claims[event_id]
                self._done.add(event_id)

    def release(self, event_id: str, run: str) -> None:
        with self._lock:
            if self._claims.get(event_id, ("", 0))[0] == run:
                del self._claims[event_id]
