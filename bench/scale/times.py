"""How long our functions take: the assumptions of the simulation, all of them here.

Nothing ran on AWS so far. The trips are what AWS documents ("single-digit milliseconds" for DynamoDB) or what is
commonly seen (SNS), rounded up; the CPU is that of one message at 512 MB, which is 0.29 of a processor.
"""

from dataclasses import dataclass
from math import ceil

_SIDE_BY_SIDE = 10  # claims and completions of the fan-out, entries of a publication


@dataclass(frozen=True, slots=True)
class Times:
    """All in seconds."""

    webhook: float = 0.05  # a provider's function: from the request to the answer, the event in the queue
    trips: float = 0.06  # for up to ten messages: the claims, a publication, the completions, one after the other
    message: float = 0.004  # CPU for each message
    cold_start: float = 0.6  # once for each new worker

    def batch(self, messages: int) -> float:
        """Return how long a warm fan-out works on a batch."""
        return self.trips * ceil(messages / _SIDE_BY_SIDE) + self.message * messages

    def worker_rate(self, batch_size: int) -> float:
        """Return the messages per second of one warm worker whose batches are full."""
        return batch_size / self.batch(batch_size)
