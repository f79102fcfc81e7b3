"""API Gateway and the providers' functions: what is let through, and when a provider posts again what was not."""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from bench.scale import quotas
from bench.scale.limits import Bucket
from bench.scale.providers import RETRIES
from bench.scale.queue import Cohort
from bench.scale.quotas import Quotas
from bench.scale.result import Result
from bench.scale.stack import Stack
from bench.scale.times import Times


@dataclass(frozen=True, slots=True)
class Stream:
    """What a provider posts: so many messages, evenly, from one second on; `total` None: until the others are done."""

    provider: str
    rate: float
    total: int | None = None
    begin: float = 0.0


@dataclass(slots=True)
class _Posting:
    """Requests of one provider: the first try, or a later one, of messages first posted at some time."""

    provider: str
    count: int
    posted_at: float
    tries: int = 0


class FrontDoor:
    """Throttles as API Gateway does: each route by itself, and all of them by the account's quota."""

    def __init__(self, streams: list[Stream], stack: Stack, region: Quotas, times: Times, result: Result) -> None:
        self.functions = 0  # of the providers, at work
        self._streams = streams
        self._routes = {each.provider: Bucket(stack.throttle_rate, stack.throttle_burst) for each in streams}
        self._account = Bucket(region.api_rate, region.api_burst)
        self._lambda = region.lambda_concurrency
        self._times = times
        self._result = result
        self._sent: dict[Stream, int] = defaultdict(int)
        self._again: dict[int, list[_Posting]] = defaultdict(list)  # by tick
        self._under_way: deque[Cohort] = deque()  # in a provider's function
        self._counted: set[str] = {each.provider for each in streams if each.total is not None}

    def advance(self, now: float, tick: float, *, fanouts: int) -> list[Cohort]:
        """Return what gets into the queue in this step."""
        postings = list(self._new(now, tick)) + self._again.pop(round(now / tick), [])
        for bucket in (self._account, *self._routes.values()):
            bucket.refill(now)
        free = self._lambda - fanouts
        most = int(min(free / self._times.webhook, quotas.REQUESTS_PER_CONCURRENCY * self._lambda) * tick)
        wanted = {provider: bucket.take(self._demand(postings, provider)) for provider, bucket in self._routes.items()}
        allowed = self._account.take(min(most, sum(wanted.values())))
        granted = _in_proportion(wanted, allowed)
        taken = sum(granted.values())
        self.functions = ceil(taken / tick * self._times.webhook)
        for each in self._admit(postings, granted, now, tick):
            queued_at = now + self._times.webhook
            self._under_way.append(Cohort(each.provider, each.count, each.posted_at, queued_at))
        return list(self._queued(now))

    def _queued(self, now: float) -> Iterator[Cohort]:
        while self._under_way and self._under_way[0].queued_at <= now + 1e-9:
            yield self._under_way.popleft()

    def next_step(self) -> int:
        """Return the step of the next retry when nothing else will happen before; else 0."""
        if self._under_way or any(self._is_running(stream) for stream in self._streams):
            return 0
        return min(self._again, default=0)

    def is_over(self, now: float) -> bool:
        """Return whether nothing will come any more."""
        return (
            now > 0
            and not self._again
            and not self._under_way
            and not any(self._is_running(stream) for stream in self._streams)
        )

    def _is_running(self, stream: Stream) -> bool:
        if stream.total is not None:
            return self._sent[stream] < stream.total
        result = self._result
        return any(
            result.published[name] + result.given_up[name] + result.dead[name]
            < sum(each.total or 0 for each in self._streams if each.provider == name)
            for name in self._counted
        )

    def _new(self, now: float, tick: float) -> Iterator[_Posting]:
        for stream in self._streams:
            if now < stream.begin or not self._is_running(stream):
                continue
            due = int((now + tick - stream.begin) * stream.rate + 1e-6)
            if stream.total is not None:
                due = min(due, stream.total)
            if fresh := due - self._sent[stream]:
                self._sent[stream] += fresh
                self._result.posted[stream.provider] += fresh
                yield _Posting(stream.provider, fresh, now)

    @staticmethod
    def _demand(postings: list[_Posting], provider: str) -> int:
        return sum(posting.count for posting in postings if posting.provider == provider)

    def _admit(self, postings: list[_Posting], granted: dict[str, int], now: float, tick: float) -> Iterator[_Posting]:
        for posting in postings:
            taken = min(posting.count, granted[posting.provider])
            granted[posting.provider] -= taken
            self._result.taken += taken
            if taken:
                yield _Posting(posting.provider, taken, posting.posted_at)
            if left := posting.count - taken:
                self._refuse(_Posting(posting.provider, left, posting.posted_at, posting.tries), now, tick)

    def _refuse(self, posting: _Posting, now: float, tick: float) -> None:
        self._result.refused += posting.count
        pauses = RETRIES[posting.provider]
        if posting.tries == len(pauses):
            self._result.given_up[posting.provider] += posting.count
            return
        due = round((now + pauses[posting.tries]) / tick)
        again = _Posting(posting.provider, posting.count, posting.posted_at, posting.tries + 1)
        self._again[due].append(again)


def _in_proportion(wanted: dict[str, int], allowed: int) -> dict[str, int]:
    """Shares what is allowed among those who want it, by how much each wants."""
    total = sum(wanted.values())
    if allowed >= total:
        return dict(wanted)
    shares = {name: count * allowed // total for name, count in wanted.items()}
    for name in sorted(wanted, key=lambda name: wanted[name] * allowed % total, reverse=True):
        if sum(shares.values()) == allowed:
            break
        shares[name] += 1
    return shares
