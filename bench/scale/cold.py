"""A burst on functions that aren't there yet: each that starts reads its provider's secrets from Parameter Store.

Request by request: one that finds no idle function starts one. A throttled read is tried again as the functions do it;
then they answer 503, and the provider posts again as its `sender.py` says.
"""

import random
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from bench.scale.limits import Bucket
from bench.scale.quotas import PARAMETER_READS, PARAMETER_READS_RAISED, Quotas
from bench.scale.times import Times

CASES = ((100, PARAMETER_READS), (500, PARAMETER_READS), (2_000, PARAMETER_READS), (2_000, PARAMETER_READS_RAISED))
_SECONDS = 10
_TRIES = 4  # two calls of two attempts each, and up to a second between them: inbound_sms.auth.secret_store
_REMEMBERED = 2.0  # how long a function doesn't read again after it failed


@dataclass
class _Function:
    has_secrets: bool = False
    tried_at: float = float("-inf")


@dataclass
class ColdBurst:
    """Ten seconds of one provider's requests, `rate` a second, and what became of them."""

    rate: int
    reads: int  # that Parameter Store lets through in a second
    started: int = 0
    failed: int = 0  # requests that were answered with 503, each time they came
    given_up: int = 0
    accepted: int = 0
    last_at: float = 0.0
    _idle: list[_Function] = field(default_factory=list)

    def run(self, pauses: tuple[float, ...], region: Quotas, times: Times) -> "ColdBurst":
        """Play it to its end, the same each time; `pauses` are those between the provider's tries."""
        self._store = Bucket(self.reads, self.reads)
        self._chance = random.Random(0)  # noqa: S311 - no secret
        order = count()
        todo: list[tuple[float, int, Iterator[float]]] = []
        for number in range(self.rate * _SECONDS):
            at = number / self.rate
            heappush(todo, (at, next(order), self._request(at, pauses, region, times)))
        while todo:
            _, _, request = heappop(todo)
            if (wakes_at := next(request, None)) is not None:
                heappush(todo, (wakes_at, next(order), request))
        return self

    def _request(self, now: float, pauses: tuple[float, ...], region: Quotas, times: Times) -> Iterator[float]:
        """Yield when it goes on, until it is accepted or given up."""
        for pause in (*pauses, None):
            function = self._idle.pop() if self._idle else None
            if function is None and self.started < region.lambda_concurrency:
                function = _Function()
                self.started += 1
                now += times.cold_start
                yield now
                now = yield from self._read(function, now)  # as it starts
            if function:
                now = yield from self._read(function, now)
                if function.has_secrets:
                    now += times.webhook
                    yield now
                self._idle.append(function)
                if function.has_secrets:
                    self.accepted += 1
                    self.last_at = max(self.last_at, now)
                    return
            self.failed += 1
            if pause is None:
                self.given_up += 1
            else:
                now += pause
                yield now

    def _read(self, function: _Function, now: float) -> Generator[float, None, float]:
        """Read the secrets where there are none, unless that failed a moment ago; return the time afterwards."""
        if function.has_secrets or now - function.tried_at < _REMEMBERED:
            return now
        function.tried_at = now
        for attempt in range(_TRIES):
            self._store.refill(now)
            if self._store.take(1):
                function.has_secrets = True
                break
            if attempt < _TRIES - 1:
                now += self._chance.random()
                yield now
        return now
