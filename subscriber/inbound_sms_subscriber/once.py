"""Each event handled once, as far as that can be: the gateway, SNS and SQS all deliver at least once.

An event is claimed before it is handled, and marked as done afterwards; where the handler fails, the claim is given up,
so that the next delivery tries again. What remains, and no store can close: a handler that dies (or outlives its claim)
after its effect and before it is marked runs again. An effect that must never happen twice needs a key of its own at
the place where it happens: the event's id.
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
    """How a claim ended."""

    WON = "handle it"
    DONE = "it was handled before"
    RUNNING = "it is being handled elsewhere, or its handler died a moment ago"


class Running(Exception):
    """An event is being handled elsewhere. Let it come back: do not acknowledge it, the other may fail."""


class Store(Protocol):
    """Remembers which events are claimed, by whom (a run's own name), and which are done."""

    def claim(self, event_id: str, run: str) -> Claim:
        """Claim an event, where it isn't done and nobody else's claim on it is still in force."""
        ...

    def complete(self, event_id: str, run: str) -> None:
        """Marks an event as done, where the claim is still this run's."""
        ...

    def release(self, event_id: str, run: str) -> None:
        """Gives a claim up, where it is still this run's."""
        ...


def once(store: Store) -> Callable[[Callable[[Event], object]], Callable[[Event], bool]]:
    """Decorates a function that handles an event, so that it is called once for each event id.

    The decorated function tells whether it ran: False means that the event was handled before, and may be acknowledged.
    It raises Running while another run is at it, and whatever the handler raises. Where the store can't be reached its
    error comes through: before the handler runs, nothing has happened; after it, the event may be handled once more.
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
                with suppress(Exception):  # where this fails, too, the claim ends by itself
                    store.release(event.id, run)
                raise
            store.complete(event.id, run)
            return True

        return handle_once

    return decorate


@dataclass(slots=True)
class MemoryStore:
    """Remembers in this process, until it ends: for tests, and for a worker that is alone. Grows with every event."""

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
