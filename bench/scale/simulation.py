"""The stack under load, in steps of a twentieth of a second: the same input gives the same output.

A request passes API Gateway (else the provider posts again, by its own schedule), becomes a message in the queue, is
received in a batch, claimed in the table and published to SNS. What the table or SNS refuses comes back when its
visibility timeout is over, and after MaxReceives tries goes to the dead-letter queue.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from itertools import count

from bench.scale import quotas
from bench.scale.front_door import FrontDoor, Stream
from bench.scale.limits import Bucket, EventSource, OnDemandTable
from bench.scale.providers import RETRIES
from bench.scale.queue import Cohort, Queue
from bench.scale.quotas import Quotas
from bench.scale.result import Result, Sample
from bench.scale.stack import Stack
from bench.scale.times import Times

TICK = 0.05
_SAMPLE_SECONDS = 1.0
_ENTRIES = 10  # of one PublishBatch
_LONGEST = max(map(sum, RETRIES.values())) + 48 * 3_600.0  # nothing goes on for two days after the last retry


class Simulation:
    """One run."""

    def __init__(self, streams: list[Stream], stack: Stack, region: Quotas, times: Times | None = None) -> None:
        self.times = times or Times()
        self.stack = stack
        self.result = Result()
        self.queue = Queue(fair=stack.fair)
        self.door = FrontDoor(streams, stack, region, self.times, self.result)
        self.source = EventSource(stack.concurrency, stack.pollers)
        self.table = OnDemandTable(region.table_writes, stack.warm_writes)
        self.sns = Bucket(region.sns_rate, region.sns_rate)
        self._region = region
        self._now = 0.0
        self._number = count()  # orders what happens at the same time
        self._working: list[tuple[float, int, float, list[Cohort]]] = []  # (end, number, begin, batch)
        self._hidden: list[tuple[float, int, Cohort]] = []  # until their visibility timeout is over
        self._idle: list[float] = []  # since when each warm worker has nothing to do

    def run(self, progress: Callable[[Result], None] = lambda _: None) -> Result:
        """Run until everything that was posted is published, given up or in the dead-letter queue."""
        sampled = -_SAMPLE_SECONDS
        step = 0
        while not self._is_over() and self._now < _LONGEST:
            for cohort in self.door.advance(self._now, TICK, fanouts=len(self._working)):
                self.queue.put(cohort)
            self._finish()
            self._return()
            self._receive()
            if self._now - sampled >= _SAMPLE_SECONDS - TICK / 2:
                sampled = self._now
                self._sample()
                progress(self.result)
            step += 1
            if self._is_idle():
                step = max(step, self.door.next_step())
            self._now = step * TICK
        return self.result

    def _is_idle(self) -> bool:
        return not (self.queue.depth or self._working or self._hidden)

    def _is_over(self) -> bool:
        return self._is_idle() and self.door.is_over(self._now)

    def _finish(self) -> None:
        while self._working and self._working[0][0] <= self._now:
            end, _, begin, batch = heapq.heappop(self._working)
            for refill in (self.sns.refill, self.table.refill):
                refill(self._now)
            ready = sum(cohort.count for cohort in batch)
            claimed = self.table.take(ready)
            self.result.throttled_by_table += ready - claimed
            heapq.heappush(self._idle, end)
            published = 0
            for entries in _chunks(claimed):
                if self.sns.tokens + 1e-9 >= entries:
                    published += self.sns.take(entries)
                    self.result.publications += 1
                else:  # refused as a whole; so is the second try, which comes at once
                    self.result.throttled_by_sns += entries
            recorded = self.table.take(published)
            self.result.unrecorded += published - recorded
            self.result.writes += claimed + recorded
            self._settle(batch, published, begin, end)

    def _settle(self, batch: list[Cohort], published: int, begin: float, end: float) -> None:
        total = sum(cohort.count for cohort in batch)
        self.result.worker_seconds += end - begin
        for cohort in batch:
            self.queue.worked(cohort.provider, (end - begin) * cohort.count / total, self._now)
            done = min(cohort.count, published)
            published -= done
            if done:
                ready = Cohort(cohort.provider, done, cohort.posted_at, cohort.queued_at)
                self.queue.settle(ready)
                self.result.published[cohort.provider] += done
                latencies = self.result.latencies.setdefault(cohort.provider, Counter())
                latencies[round(end - cohort.posted_at, 2)] += done
                self.result.drained_at = max(self.result.drained_at, end)
            if left := cohort.count - done:
                back = Cohort(cohort.provider, left, cohort.posted_at, cohort.queued_at, cohort.receives)
                due = begin + self.stack.visibility_timeout
                heapq.heappush(self._hidden, (due, next(self._number), back))

    def _return(self) -> None:
        while self._hidden and self._hidden[0][0] <= self._now:
            _, _, cohort = heapq.heappop(self._hidden)
            self.queue.settle(cohort)
            if cohort.receives >= self.stack.max_receives:
                self.result.dead[cohort.provider] += cohort.count
            else:
                self.queue.put(cohort)

    def _receive(self) -> None:
        size = self.stack.batch_size
        while (depth := self.queue.depth) and len(self._working) < self._workers():
            if depth < size and self._now - (self.queue.oldest() or 0.0) < self.stack.batch_window:
                break
            flying = sum(self.queue.in_flight.values())
            batch = self.queue.take(self.source.handle(min(size, depth, max(0, quotas.IN_FLIGHT - flying))))
            if not batch:
                break
            for cohort in batch:
                cohort.receives += 1
            self._begin(batch)
        self.result.most_workers = max(self.result.most_workers, len(self._working))
        self.source.advance(self._now, TICK, messages_left=self.queue.depth > 0)
        if self.stack.pollers:
            self.result.poller_seconds += self.source.level / quotas.POLLER_CONCURRENCY * TICK

    def _begin(self, batch: list[Cohort]) -> None:
        messages = sum(cohort.count for cohort in batch)
        length = self.times.batch(messages)
        begin = self._now
        if self._idle:  # it went on when it had finished, within this step, as far as there was something to do
            begin = max(heapq.heappop(self._idle), self._now - TICK, *(cohort.queued_at for cohort in batch))
        else:
            length += self.times.cold_start
        self.result.batches += 1
        self.result.received += messages
        heapq.heappush(self._working, (begin + length, next(self._number), begin, batch))

    def _workers(self) -> int:
        return min(self.source.concurrency, self._region.lambda_concurrency - self.door.functions)

    def _sample(self) -> None:
        oldest = self.queue.oldest()
        age = 0.0 if oldest is None else self._now - oldest
        depth = self.queue.depth + sum(self.queue.in_flight.values())
        self.result.samples.append(Sample(self._now, depth, age, self.result.published.total()))


def _chunks(messages: int) -> list[int]:
    return [min(_ENTRIES, messages - first) for first in range(0, messages, _ENTRIES)]
