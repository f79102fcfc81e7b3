"""What the functions have counted: from their logs on the local engine, from CloudWatch in AWS.

The functions write their counts into their logs, in CloudWatch's embedded metric format (EMF). AWS makes metrics of
that; the local engine keeps the lines.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

FANOUT = "fanout"
OF_WEBHOOKS = ("Accepted", "Refused", "TooLarge", "Quarantined", "Failed", "UnlistedAddress", "NotConfigured")
OF_FANOUT = ("Published", "Duplicates", "Conflicts", "Retried", "NotOurs")

_NAMESPACE = "InboundSms"
_LATE_MILLISECONDS = 10_000  # a line may turn up so much after younger ones of another worker
_PERIOD_SECONDS = 60
_QUERIES_AT_ONCE = 500  # CloudWatch's limit

Totals = Mapping[tuple[str, str], int]  # by provider (or `fanout`) and by name: ("acme", "Accepted")


class Counts(Protocol):
    """Where counts come from."""

    def totals(self) -> Totals:
        """Return the sums so far; raises what boto3 raises."""


class LoggedCounts:
    """The counts in log groups. Reads only what is new."""

    def __init__(self, logs: "CloudWatchLogsClient", groups: Collection[str]) -> None:
        self._logs = logs
        self._newest = dict.fromkeys(groups, 0)
        self._seen: dict[str, Counter[tuple[int, str, str]]] = {group: Counter() for group in groups}
        self._totals: Counter[tuple[str, str]] = Counter()

    def totals(self) -> Totals:
        """See `Counts`."""
        for group in self._newest:
            for line in self._new_lines(group):
                self._totals.update({(owner, name): number for owner, name, number in _counted(line)})
        return dict(self._totals)

    def _new_lines(self, group: str) -> Iterator[str]:
        """Lines have no id on the local engine: as often as the same line was there before, it is not new."""
        start = max(0, self._newest[group] - _LATE_MILLISECONDS)
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=start, filterPattern=f'"{_NAMESPACE}"'
        )
        found: Counter[tuple[int, str, str]] = Counter(
            (event["timestamp"], event["logStreamName"], event["message"]) for page in pages for event in page["events"]
        )
        new = found - self._seen[group]
        self._seen[group] = found
        self._newest[group] = max((timestamp for timestamp, _, _ in found), default=self._newest[group])
        yield from (message for _, _, message in new.elements())


class MetricCounts:
    """The counts in CloudWatch since a time. They come a minute or two late."""

    def __init__(self, cloudwatch: Any, stack: str, since: datetime) -> None:
        self._cloudwatch = cloudwatch
        self._stack = stack
        self._since = since

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


def _counted(line: str) -> Iterator[tuple[str, str, int]]:
    """Return the counts in a line of a log, and whose they are; most lines hold none."""
    try:
        document = json.loads(line)
        metrics = [metric for each in document["_aws"]["CloudWatchMetrics"] for metric in each["Metrics"]]
        for name in {metric["Name"] for metric in metrics}:
            values = document[name]
            yield document.get("provider", FANOUT), name, int(sum(values) if isinstance(values, list) else values)
    except (ValueError, KeyError, TypeError):
        return
