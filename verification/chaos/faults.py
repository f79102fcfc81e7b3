"""What goes wrong between a function and AWS, and when: a plan that a seed decides."""

import random
import threading
from collections.abc import Iterator
from enum import Enum


class Fault(Enum):
    REFUSED = "5xx, not carried out"
    THROTTLED = "throttled"
    CUT_BEFORE = "connection reset, not carried out"
    CUT_AFTER = "connection reset, carried out"
    FAILED_AFTER = "5xx, carried out"
    SLOW = "carried out, answered too late"
    LATE = "carried out too late"
    KILLED_BEFORE = "worker killed, not carried out"
    KILLED_AFTER = "worker killed, carried out"


_WEIGHTS = {
    Fault.REFUSED: 20,
    Fault.THROTTLED: 20,
    Fault.CUT_BEFORE: 20,
    Fault.CUT_AFTER: 20,
    Fault.FAILED_AFTER: 20,
    Fault.SLOW: 6,
    Fault.LATE: 6,
    Fault.KILLED_BEFORE: 3,
    Fault.KILLED_AFTER: 3,
}
NOT_CARRIED_OUT = {Fault.REFUSED, Fault.THROTTLED, Fault.CUT_BEFORE, Fault.KILLED_BEFORE}
_STORMS = [Fault.REFUSED, Fault.THROTTLED, Fault.CUT_BEFORE]  # what an outage of a service looks like
_STORM_SHARE = 0.02  # of the faults, how many are the first of a storm
_STORM_REQUESTS = (10, 60)


class Plan:
    """Decides for each request what happens to it. `rate` of them meet a fault; now and then all do for a while.
    Once `over` is set, nothing goes wrong any more.

    Each service has a sequence of its own, so its n-th request meets the same fault in every run of one seed.
    """

    def __init__(self, seed: int, rate: float) -> None:
        self._seed = seed
        self._rate = rate
        self._services: dict[str, Iterator[Fault | None]] = {}
        self._lock = threading.Lock()
        self.over = False

    def next(self, service: str) -> Fault | None:
        """Return what happens to a service's next request; None: nothing."""
        if self.over:
            return None
        with self._lock:
            return next(self._services.setdefault(service, self._sequence(service)))

    def _sequence(self, service: str) -> Iterator[Fault | None]:
        chance = random.Random(f"{self._seed}/{service}")
        while True:
            if chance.random() >= self._rate:
                yield None
            elif chance.random() < _STORM_SHARE:
                yield from [chance.choice(_STORMS)] * chance.randint(*_STORM_REQUESTS)
            else:
                yield from chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
