"""What a simulation tells."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Sample:
    """How things stand at one second."""

    at: float
    depth: int  # waiting and in flight
    age: float  # of the oldest that waits, in seconds
    published: int  # until now


@dataclass
class Result:
    """What happened. Counts are messages, where nothing else is said."""

    posted: Counter[str] = field(default_factory=Counter)
    published: Counter[str] = field(default_factory=Counter)
    given_up: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    latencies: dict[str, Counter[float]] = field(default_factory=dict)  # seconds from the first post to the topic
    samples: list[Sample] = field(default_factory=list)
    refused: int = 0  # requests answered 429 or 503
    taken: int = 0  # requests answered 200
    throttled_by_sns: int = 0
    throttled_by_table: int = 0
    unrecorded: int = 0
    batches: int = 0
    received: int = 0
    worker_seconds: float = 0.0
    writes: int = 0
    publications: int = 0  # calls of PublishBatch
    most_workers: int = 0
    poller_seconds: float = 0.0
    drained_at: float = 0.0

    @property
    def depth(self) -> int:
        """The deepest that the queue was."""
        return max((sample.depth for sample in self.samples), default=0)

    @property
    def age(self) -> float:
        """The oldest that a waiting message was, in seconds."""
        return max((sample.age for sample in self.samples), default=0.0)

    def latency(self, share: float, *providers: str) -> float:
        """Return a percentile of providers' latency (share 0.99: the 99th), in seconds."""
        both = sum((self.latencies.get(provider, Counter()) for provider in providers), Counter[float]())
        left = share * both.total()
        for latency in sorted(both):
            left -= both[latency]
            if left <= 0:
                return latency
        return 0.0
