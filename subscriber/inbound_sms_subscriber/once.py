"""Handles each event once, as far as that is possible: the gateway, SNS and SQS all deliver at least once.

An event is claimed before it is handled and marked as done afterwards. If the handler fails, the claim is released, so
that the next delivery tries again. One gap remains, which no store can close: a handler that dies (or outlives its
claim) after taking effect but before the event is marked runs again. An effect that must never happen twice needs an
idempotency key of its own where it happens: the event's id.
"""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import wraps
from threading import Lock
from typing import Protocol

from inbound_sms.events import Event


class Claim(Enum):
    """The outcome of a claim."""

    WON = "handle it"
    DONE = "it has already been handled"
    RUNNING = "it is being handled elsewhere, or its handler died a moment ago"


class Running(Exception):
    """The event is being handled elsewhere. Don't acknowledge it: if the other run fails, it must be delivered again."""


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


def once(store: Store) -> Callable[[Callable[[Event], object]], Callable[[Event], bool]]:
    """Decorate a function that handles an event, so that it is called once for each event id.

    The decorated function returns whether it ran: False means that the event has already been handled, and may be
    acknowledged. It raises Running while another run is handling the event, and whatever the handler raises. If the
    store fails, its error is raised: before the handler has run, nothing has happened; afterwards, the event may be
    handled once more.
    """

    def decorate(handle: Callable[[Event], object]) -> Callable[[Event], bool]:
        @wraps(handle)
        def handle_once(event: Event) -> bool:
            run = str(uuid.uuid4())
            match store.claim(event.id, run):
                case Claim.DONE:
                    return False
                case Claim.RUNNING:
                    raise Running(event.id)
            try:
                handle(event)
            except BaseException:
                with suppress(Exception):  # if this fails, too, the claim expires
                    store.release(event.id, run)
                raise
            store.complete(event.id, run)
            return True

        return handle_once

    return decorate


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
