"""What lets through at most so much: API Gateway's and SNS's token buckets, the table, the event source."""

from bench.scale import quotas


class Bucket:
    """A token bucket: `burst` at once, `rate` per second."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self.tokens = burst
        self._at = 0.0

    def refill(self, now: float) -> None:
        """Add what came since the last time."""
        self.tokens = min(self.burst, self.tokens + (now - self._at) * self.rate)
        self._at = now

    def take(self, wanted: int) -> int:
        """Take whole tokens, as many as there are; return how many."""
        taken = min(wanted, int(self.tokens + 1e-9))
        self.tokens -= taken
        return taken


class OnDemandTable(Bucket):
    """DynamoDB on demand: what it is warm for, then twice what it has carried for half an hour."""

    def __init__(self, quota: float, warm: float) -> None:
        warm = min(quota, max(warm, quotas.TABLE_WRITES_INITIAL))
        super().__init__(warm, warm)
        self._quota = quota
        self._written = 0
        self._since = 0.0
        self._peaks: list[tuple[float, float]] = []  # (second, writes per second)

    def refill(self, now: float) -> None:
        """Add what came since the last time, and grows."""
        super().refill(now)
        if now - self._since >= 1:
            self._peaks.append((now, self._written / (now - self._since)))
            self._written, self._since = 0, now
            while self._peaks and self._peaks[0][0] <= now - quotas.RAMP_SECONDS:
                self.rate = self.burst = min(self._quota, max(self.rate, 2 * self._peaks.pop(0)[1]))

    def take(self, wanted: int) -> int:
        """Take writes, as many as there are; return how many."""
        taken = super().take(wanted)
        self._written += taken
        return taken


class EventSource:
    """How many batches Lambda works on at once: from few, growing while messages are left."""

    def __init__(self, maximum_concurrency: int | None, pollers: tuple[int, int] | None) -> None:
        if pollers:
            self._least, self._most = (float(count * quotas.POLLER_CONCURRENCY) for count in pollers)
            self._growth = quotas.PROVISIONED_CONCURRENCY_PER_SECOND
        else:
            self._most = min(maximum_concurrency or quotas.MAXIMUM_CONCURRENCY, quotas.MAXIMUM_CONCURRENCY)
            self._least = min(quotas.INITIAL_CONCURRENCY, self._most)
            self._growth = quotas.CONCURRENCY_PER_SECOND
        self.level = self._least
        self._provisioned = pollers is not None
        self._calls = Bucket(0, 0)

    @property
    def concurrency(self) -> int:
        """Batches that may be at work."""
        return int(self.level)

    def advance(self, now: float, seconds: float, *, messages_left: bool) -> None:
        """Grows while messages are left over, and shrinks again when there are none."""
        change = self._growth * seconds
        self.level = min(self._most, self.level + change) if messages_left else max(self._least, self.level - change)
        if self._provisioned:
            self._calls.rate = self.level / quotas.POLLER_CONCURRENCY * quotas.POLLER_CALLS_PER_SECOND
            self._calls.burst = max(1.0, self._calls.rate * seconds)
            self._calls.refill(now)

    def handle(self, messages: int) -> int:
        """Take the calls for so many messages; return how many messages can be received now."""
        if not self._provisioned:
            return messages
        calls = self._calls.take(-(-messages // quotas.MESSAGES_PER_CALL))
        return min(messages, calls * quotas.MESSAGES_PER_CALL)
