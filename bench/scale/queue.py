"""The events queue: an SQS standard queue, fair or not."""

from collections import defaultdict, deque
from dataclasses import dataclass, replace
from math import exp

# SQS developer guide, "How Amazon SQS fair queues work": who is noisy. How quickly it notices is not documented; here
# it does so at once. How long "recently" is, is not documented either.
_NOISY_SHARE = 0.10
_NOISY_IN_FLIGHT = 30
_RECENT_SECONDS = 60.0


@dataclass(slots=True)
class Cohort:
    """Messages of one provider with one history."""

    provider: str
    count: int
    posted_at: float  # by the provider, the first time
    queued_at: float
    receives: int = 0


class Queue:
    """What waits, what is in flight, and who is served next.

    SQS keeps no strict order on a standard queue; here the oldest come first. `fair` is whether the messages carry
    their provider as message group.
    """

    def __init__(self, *, fair: bool) -> None:
        self.fair = fair
        self.depth = 0
        self.in_flight: dict[str, int] = defaultdict(int)
        self._waiting: dict[str, deque[tuple[int, Cohort]]] = defaultdict(deque)
        self._order = 0
        self._noisy: set[str] = set()
        self._worked: dict[str, float] = defaultdict(float)
        self._worked_at = 0.0

    def put(self, cohort: Cohort) -> None:
        """Make messages visible."""
        if cohort.count:
            self._order += 1
            self._waiting[cohort.provider].append((self._order, cohort))
            self.depth += cohort.count

    def take(self, limit: int) -> list[Cohort]:
        """Hands out up to so many messages; they are in flight until `settle`."""
        taken: list[Cohort] = []
        while limit and self.depth:
            provider = self._next()
            cohort = self._pop(provider, limit)
            limit -= cohort.count
            self.in_flight[provider] += cohort.count
            taken.append(cohort)
            self._judge(provider)
        return taken

    def settle(self, cohort: Cohort) -> None:
        """End the flight of messages: they were deleted, or their visibility timeout is over."""
        self.in_flight[cohort.provider] -= cohort.count

    def worked(self, provider: str, seconds: float, now: float) -> None:
        """Note time that consumers spent on a provider's messages."""
        fade = exp((self._worked_at - now) / _RECENT_SECONDS)
        for name in self._worked:
            self._worked[name] *= fade
        self._worked[provider] += seconds
        self._worked_at = now

    def oldest(self) -> float | None:
        """Return when the oldest waiting message was queued."""
        heads = [waiting[0][1].queued_at for waiting in self._waiting.values() if waiting]
        return min(heads, default=None)

    def _next(self) -> str:
        waiting = [provider for provider, cohorts in self._waiting.items() if cohorts]
        if self.fair:
            quiet = [provider for provider in waiting if provider not in self._noisy]
            if not quiet:
                return min(waiting, key=lambda provider: (self.in_flight[provider], self._waiting[provider][0][0]))
            waiting = quiet
        return min(waiting, key=lambda provider: self._waiting[provider][0][0])

    def _pop(self, provider: str, limit: int) -> Cohort:
        waiting = self._waiting[provider]
        order, head = waiting[0]
        if head.count <= limit:
            waiting.popleft()
            self.depth -= head.count
            return head
        waiting[0] = (order, replace(head, count=head.count - limit))
        self.depth -= limit
        return replace(head, count=limit)

    def _judge(self, provider: str) -> None:
        if not self._waiting[provider]:
            self._noisy.discard(provider)
            return
        flying = self.in_flight[provider]
        crowds = flying >= _NOISY_IN_FLIGHT and flying > _NOISY_SHARE * sum(self.in_flight.values())
        if crowds or self._worked[provider] > _NOISY_SHARE * sum(self._worked.values()):
            self._noisy.add(provider)
