"""The functions' logs as they are written: each look brings what is new."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from gateway.operations.installation import Installation
from gateway.operations.logs import Logged, read_line

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_LATE_MILLISECONDS = 10_000  # a line may turn up so much after younger ones of another worker
_OURS = '"service"'  # which every line of ours has, and none of those that Lambda itself writes
_MOST_LINES = 10_000  # in one look, which is what the local engine tells at once; the next look goes on


class Logbook:
    """The lines in log groups since a time (milliseconds). Reads only what is new; asks which groups when it begins."""

    def __init__(self, logs: "CloudWatchLogsClient", groups: Callable[[], Collection[str]], since: int = 0) -> None:
        self._logs = logs
        self._groups = groups
        self._since = since
        self._starts: dict[str, int] = {}
        self._seen: dict[str, Counter[tuple[int, str, str]]] = {}

    def new(self) -> list[Logged]:
        """Return what is new, in the order of time; raises what boto3 raises."""
        self._starts = self._starts or dict.fromkeys(self._groups(), self._since)
        lines = [line for group in self._starts for line in self._new_of(group)]
        return sorted(lines, key=lambda line: line.at)

    def _new_of(self, group: str) -> Iterator[Logged]:
        """Lines have no id on the local engine: as often as the same line was there before, it is not new."""
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=self._starts[group], filterPattern=_OURS
        )
        events = islice((event for page in pages for event in page["events"]), _MOST_LINES)
        found = Counter((event["timestamp"], event["logStreamName"], event["message"]) for event in events)
        new = found - self._seen.get(group, Counter())
        self._seen[group] = found
        if found:
            late = _LATE_MILLISECONDS if found.total() < _MOST_LINES else 0  # or the next look would get no further
            self._starts[group] = max(self._starts[group], max(at for at, _, _ in found) - late)
        for timestamp, _, message in new.elements():
            if line := read_line(message, timestamp):
                yield line


def log_groups(installation: Installation) -> set[str]:
    """Return where the functions log."""
    lambda_ = installation.client("lambda")
    return {
        lambda_.get_function_configuration(FunctionName=function)["LoggingConfig"]["LogGroup"]
        for function in installation.deployed.logging.values()
    }
