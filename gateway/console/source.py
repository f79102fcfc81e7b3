"""The gateway that the console shows: the local stack, or one in AWS."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.console.counts import FANOUT, Counts, LoggedCounts, MetricCounts
from gateway.operations.installation import Installation

_LOOK_BACK = timedelta(hours=1)


@dataclass(frozen=True)
class Watched:
    """A gateway as the console needs it. `since` is when counting began; None: when the stack did."""

    installation: Installation
    counts: Counts
    pause_seconds: float
    since: datetime | None = None

    @property
    def providers(self) -> list[str]:
        """The providers that it receives from."""
        return [name for name in self.installation.deployed.functions if name != FANOUT]


def watched_of(installation: Installation) -> Watched:
    """Return an installation with its counts: those in the logs of the local stack, those of CloudWatch since an hour
    ago of one in AWS.
    """
    if installation.local:
        lambda_ = installation.client("lambda")
        groups = {
            lambda_.get_function_configuration(FunctionName=function)["LoggingConfig"]["LogGroup"]
            for function in installation.deployed.functions.values()
        }
        return Watched(installation, LoggedCounts(installation.client("logs"), groups), pause_seconds=1)
    since = datetime.now(UTC).replace(second=0, microsecond=0) - _LOOK_BACK
    counts = MetricCounts(installation.client("cloudwatch"), installation.name, since)
    return Watched(installation, counts, pause_seconds=30, since=since)
