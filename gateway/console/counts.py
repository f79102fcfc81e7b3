"""What the functions have counted: from their logs on the local engine, from CloudWatch in AWS.

The functions write their counts into their logs, in CloudWatch's embedded metric format (EMF). AWS makes metrics of
that; the local engine keeps the lines.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from gateway.operations.logs import Logged

FANOUT = "fanout"
OF_WEBHOOKS = ("Accepted", "Refused", "TooLarge", "Quarantined", "Failed", "UnlistedAddress", "NotConfigured")
OF_FANOUT = ("Published", "Duplicates", "Conflicts", "Retried", "NotOurs")

_NAMESPACE = "InboundSms"
_PERIOD_SECONDS = 60
_QUERIES_AT_ONCE = 500  # CloudWatch's limit

Totals = Mapping[tuple[str, str], int]  # by provider (or `fanout`) and by name: ("acme", "Accepted")


class Counts(Protocol):
    """Where counts come from."""

    def logged(self, lines: Iterable[Logged]) -> None:
        """Take notice of new lines of the logs, each once."""

    def totals(self) -> Totals:
        """Return the sums so far; raises what boto3 raises."""


class LoggedCounts:
    """The counts in the lines of logs."""

    def __init__(self) -> None:
        self._totals: Counter[tuple[str, str]] = Counter()

    def logged(self, lines: Iterable[Logged]) -> None:
        """See `Counts`."""
        for each in lines:
            self._totals.update({(owner, name): number for owner, name, number in _counted(each.line)})

    def totals(self) -> Totals:
        """See `Counts`."""
        return dict(self._totals)


class MetricCounts:
    """The counts in CloudWatch since a time. They come a minute or two late."""

    def __init__(self, cloudwatch: Any, stack: str, since: datetime) -> None:
        self._cloudwatch = cloudwatch
        self._stack = stack
        self._since = since

    def logged(self, lines: Iterable[Logged]) -> None:
        """See `Counts`: CloudWatch counts by itself."""

    def totals(self) -> Totals:
        """See `Counts`."""
        metrics = list(self._metrics().items())
        totals: Counter[tuple[str, str]] = Counter()
        for start in range(0, len(metrics), _QUERIES_AT_ONCE):
            chosen = metrics[start : start + _QUERIES_AT_ONCE]
            queries = [
                {
                    "Id": f"m{number}",
                    "MetricStat": {"Metric": metric, "Period": _PERIOD_SECONDS, "Stat": "Sum"},
                    "ReturnData": True,
                }
                for number, (_, metric) in enumerate(chosen)
            ]
            pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries, StartTime=self._since, EndTime=datetime.now(UTC)
            )
            for result in (result for page in pages for result in page["MetricDataResults"]):
                totals[chosen[int(result["Id"][1:])][0]] += int(sum(result["Values"]))
        return totals

    def _metrics(self) -> dict[tuple[str, str], Any]:
        """Every count is there for the whole stack; those of webhooks for their provider, too."""
        pages = self._cloudwatch.get_paginator("list_metrics").paginate(
            Namespace=_NAMESPACE, Dimensions=[{"Name": "service", "Value": self._stack}]
        )
        found = {}
        for metric in (metric for page in pages for metric in page["Metrics"]):
            dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
            owner = dimensions.get("provider", FANOUT)
            names = OF_FANOUT if owner == FANOUT else OF_WEBHOOKS
            if dimensions.keys() <= {"provider", "service"} and metric["MetricName"] in names:
                found[owner, metric["MetricName"]] = metric
        return found


def _counted(line: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Return the counts in a line of a log, and whose they are; most lines hold none."""
    try:
        told = [each for each in line["_aws"]["CloudWatchMetrics"] if each["Namespace"] == _NAMESPACE]
        for name in {metric["Name"] for each in told for metric in each["Metrics"]}:
            values = line[name]
            yield line.get("provider", FANOUT), name, int(sum(values) if isinstance(values, list) else values)
    except (KeyError, TypeError):
        return
