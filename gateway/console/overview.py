"""The numbers of the page, and the points of its charts: what is new from one look to the next."""

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.console.counts import FANOUT, OF_FANOUT, OF_WEBHOOKS, Totals
from gateway.operations.quarantine import Stock

_POINTS_KEPT = 300
_TIMES_KEPT = 10_000  # where no point comes for long
_BACK_MILLISECONDS = 900_000  # what took longer was set aside and got back: no measure of how fast things go


@dataclass(frozen=True)
class Point:
    """A moment of the charts: numbers per second and milliseconds since the point before; None where nothing came."""

    at: float
    received: float
    published: float
    refused: float
    quarantined: float
    arrival_p50: float | None
    arrival_p99: float | None
    answer_p50: float | None


@dataclass
class State:
    """The numbers: totals of each provider and of the fan-out, and what there is at this moment."""

    providers: dict[str, dict[str, int]]
    fanout: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OF_FANOUT, 0))
    waiting: int = 0
    dead: dict[str, int] = field(default_factory=dict)  # by dead-letter queue
    kept: Stock = field(default_factory=lambda: Stock(0, ""))
    last_message: dict[str, str | None] = field(default_factory=dict)  # by provider, as far as is known
    trouble: str | None = None
    logs_unknown: str | None = None


class Overview:
    """The numbers, and the newest points. Not safe for threads by itself."""

    def __init__(self, providers: Sequence[str]) -> None:
        self.state = State({name: dict.fromkeys(OF_WEBHOOKS, 0) for name in providers})
        self.state.last_message = dict.fromkeys(providers)
        self._points: deque[Point] = deque(maxlen=_POINTS_KEPT)
        self._made = 0  # points, ever
        self._arrivals: deque[float] = deque(maxlen=_TIMES_KEPT)
        self._answers: deque[float] = deque(maxlen=_TIMES_KEPT)
        self._counted_at: float | None = None

    def told(self, after: int) -> tuple[int, dict[str, Any]]:
        """Return the numbers, with the points behind a place; and the place to go on from."""
        new = min(self._made - after, len(self._points))
        points = list(self._points)[len(self._points) - new :]
        return self._made, asdict(self.state) | {"points": [asdict(point) for point in points]}

    def arrived(self, milliseconds: float | None) -> None:
        """Note how long an event took."""
        if milliseconds is not None and milliseconds < _BACK_MILLISECONDS:
            self._arrivals.append(milliseconds)

    def answered(self, seconds: float) -> None:
        """Note how long a provider waited for an answer."""
        self._answers.append(seconds * 1_000)

    def accepted(self, provider: str, at: str) -> None:
        """Note when a message of a provider was accepted."""
        last = self.state.last_message.get(provider)
        self.state.last_message[provider] = max(at, last or "")

    def counted(self, totals: Totals) -> None:
        """Take over new totals, and make a point of what is new in them."""
        before = self._sums()
        for (owner, name), number in totals.items():
            mine = self.state.fanout if owner == FANOUT else self.state.providers.setdefault(owner, {})
            mine[name] = number
        now = time.monotonic()
        if self._counted_at is not None:  # the first numbers are of a time that nobody measured
            seconds = max(now - self._counted_at, 0.001)
            rates = {name: max(0, number - before[name]) / seconds for name, number in self._sums().items()}
            arrivals, answers = self._arrivals, self._answers
            p50, p99, answer = _quantile(arrivals, 0.5), _quantile(arrivals, 0.99), _quantile(answers, 0.5)
            self._points.append(Point(time.time(), **rates, arrival_p50=p50, arrival_p99=p99, answer_p50=answer))
            self._made += 1
            arrivals.clear()
            answers.clear()
        self._counted_at = now

    def _sums(self) -> dict[str, int]:
        providers, fanout = self.state.providers.values(), self.state.fanout

        def of(*names: str) -> int:
            return sum(counts.get(name, 0) for counts in providers for name in names)

        return {
            "received": of(*OF_WEBHOOKS),
            "published": fanout["Published"],
            "refused": of("Refused", "UnlistedAddress"),
            "quarantined": of("Quarantined") + fanout["Conflicts"],
        }


def _quantile(values: Sequence[float], share: float) -> float | None:
    """Return the nearest rank; None where there is no value."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
