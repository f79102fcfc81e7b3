"""What the page shows: kept here while it is served, told to whoever listens."""

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from gateway.console.counts import FANOUT, OF_FANOUT, OF_WEBHOOKS, Totals
from gateway.local.output import glance_at, text_in
from gateway.operations.quarantine import Stock

_EVENTS_KEPT = 500
_TEXT_SHOWN = 1_000  # characters; all of it is in the document
_POINTS_KEPT = 90
_BACK_MILLISECONDS = 900_000  # what took longer was set aside and got back: no measure of how fast things go


@dataclass(frozen=True)
class Point:
    """A moment of the charts: events per second and milliseconds since the point before; None where nothing came."""

    at: float
    received: float
    published: float
    arrival_p50: float | None
    arrival_p95: float | None
    answer_p50: float | None


@dataclass
class State:
    """The numbers: totals of each provider and of the fan-out, and what there is at this moment."""

    providers: dict[str, dict[str, int]]
    fanout: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OF_FANOUT, 0))
    waiting: int = 0
    dead: dict[str, int] = field(default_factory=dict)  # by dead-letter queue
    kept: Stock = field(default_factory=lambda: Stock(0, ""))
    trouble: str | None = None


class Board:
    """Written by threads, read by the server's event loop."""

    def __init__(self, providers: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._state = State({name: dict.fromkeys(OF_WEBHOOKS, 0) for name in providers})
        self._events: deque[tuple[dict[str, Any], dict[str, Any]]] = deque(maxlen=_EVENTS_KEPT)
        self._points: deque[Point] = deque(maxlen=_POINTS_KEPT)
        self._number = 0
        self._version = 0
        self._arrivals: list[float] = []
        self._answers: list[float] = []
        self._counted_at: float | None = None
        self.closed = False

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Return an event of the running loop that is set whenever something changes."""
        listener = (asyncio.get_running_loop(), asyncio.Event())
        self._listeners.add(listener)
        try:
            yield listener[1]
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Lets those who listen go."""
        self.closed = True
        self._tell()

    def arrived(self, event: Mapping[str, Any], now: datetime) -> None:
        """Note an event that a subscriber got just now."""
        row = _row(event, now)
        with self._lock:
            self._number += 1
            self._events.append(({"number": self._number} | row, dict(event)))
            if row["milliseconds"] is not None and row["milliseconds"] < _BACK_MILLISECONDS:
                self._arrivals.append(row["milliseconds"])
        self._tell()

    def answered(self, seconds: float) -> None:
        """Note how long a provider waited for an answer."""
        with self._lock:
            self._answers.append(seconds * 1_000)

    def counted(self, totals: Totals, *, waiting: int, dead: dict[str, int], kept: Stock) -> None:
        """Note the numbers of a moment, and make a point of the charts of what is new in them."""
        with self._lock:
            before = self._sums()
            for (owner, name), number in totals.items():
                mine = self._state.fanout if owner == FANOUT else self._state.providers.setdefault(owner, {})
                mine[name] = number
            self._state.waiting, self._state.dead, self._state.kept = waiting, dead, kept
            self._state.trouble = None
            self._add_point(before)
            self._version += 1
        self._tell()

    def in_trouble(self, what: str) -> None:
        """Note why numbers or events don't come; it is over with the next ones that do."""
        with self._lock:
            changed = self._state.trouble != what
            self._state.trouble = what
            self._version += changed
        self._tell()

    @property
    def version(self) -> int:
        """Grows with every change of the numbers."""
        return self._version

    def state(self) -> dict[str, Any]:
        """Return the numbers and the charts."""
        with self._lock:
            return asdict(self._state) | {"points": [asdict(point) for point in self._points]}

    def events(self, after: int) -> list[dict[str, Any]]:
        """Return what came after a number, oldest first."""
        with self._lock:
            return [row for row, _ in self._events if row["number"] > after]

    def document(self, number: int) -> dict[str, Any] | None:
        """Return a whole event; None where it is too long ago."""
        with self._lock:
            return next((event for row, event in self._events if row["number"] == number), None)

    def _tell(self) -> None:
        for loop, changed in tuple(self._listeners):
            if not loop.is_closed():
                loop.call_soon_threadsafe(changed.set)

    def _sums(self) -> tuple[int, int]:
        received = sum(sum(counts.get(name, 0) for name in OF_WEBHOOKS) for counts in self._state.providers.values())
        return received, self._state.fanout["Published"]

    def _add_point(self, before: tuple[int, int]) -> None:
        now = time.monotonic()
        if self._counted_at is not None:  # the first numbers are of a time that nobody measured
            seconds = max(now - self._counted_at, 0.001)
            received, published = (max(0, new - old) / seconds for new, old in zip(self._sums(), before, strict=True))
            arrivals, answers = self._arrivals, self._answers
            self._points.append(
                Point(
                    time.time(),
                    received,
                    published,
                    _quantile(arrivals, 0.5),
                    _quantile(arrivals, 0.95),
                    _quantile(answers, 0.5),
                )
            )
            self._arrivals, self._answers = [], []
        self._counted_at = now


def _quantile(values: Sequence[float], share: float) -> float | None:
    """Return the nearest rank; None where there is no value."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _row(event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    seen, data = glance_at(event), event["data"]
    return asdict(seen) | {
        "at": now.isoformat(),
        "text": seen.text and seen.text[:_TEXT_SHOWN],
        "cut": len(seen.text or "") > _TEXT_SHOWN,
        "status": text_in(data, "status"),
        "milliseconds": _milliseconds(data.get("received_at"), now),
    }


def _milliseconds(received_at: Any, now: datetime) -> float | None:
    """From the gateway's clock to ours."""
    try:
        received = datetime.fromisoformat(received_at)
    except (TypeError, ValueError):
        return None
    if received.tzinfo is None:
        received = received.replace(tzinfo=UTC)
    return max(0.0, (now - received).total_seconds() * 1_000)
