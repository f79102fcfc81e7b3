"""The gateway that the console shows: the local stack, or one in AWS."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

from gateway.console.counts import FANOUT, Counts, LoggedCounts, MetricCounts
from gateway.console.logbook import Logbook, log_groups
from gateway.operations.installation import Installation

_LOOK_BACK = timedelta(hours=1)


KEPT_SHOWN = 500  # of the quarantine, the newest
DEAD_SHOWN = 50  # of each dead-letter queue, the oldest


@dataclass(frozen=True)
class Watched:
    """A gateway as the console needs it. `since` is when counting began; None: when the stack did. Between two looks at
    the numbers, and between two at the logs, there is a pause. Dead letters are looked at by one thread at a time, for
    they are hidden from everybody else meanwhile.
    """

    installation: Installation
    counts: Counts
    logbook: Logbook
    pause_seconds: float
    log_pause_seconds: float
    since: datetime | None = None
    looking: Lock = field(default_factory=Lock)

    @property
    def providers(self) -> list[str]:
        """The providers that it receives from."""
        return [name for name in self.installation.deployed.functions if name != FANOUT]


def watched_of(installation: Installation) -> Watched:
    """Return an installation with its logs and counts: on this machine since the stack runs, of one in AWS since an
    hour ago, where CloudWatch counts.
    """
    logs = installation.client("logs")
    if installation.local:
        return Watched(
            installation,
            LoggedCounts(),
            Logbook(logs, lambda: log_groups(installation)),
            pause_seconds=1,
            log_pause_seconds=0.5,
        )
    since = datetime.now(UTC).replace(second=0, microsecond=0) - _LOOK_BACK
    counts = MetricCounts(installation.client("cloudwatch"), installation.name, since)
    logbook = Logbook(logs, lambda: log_groups(installation), int(since.timestamp() * 1_000))
    return Watched(installation, counts, logbook, pause_seconds=30, log_pause_seconds=5, since=since)
