"""The lines of the functions' logs, as they wrote them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from gateway.operations.installation import Installation

_MOST_LINES = 1_000


class Logged(NamedTuple):
    """A line of JSON, and when the function wrote it, which is a moment before it was stored."""

    at: datetime
    line: dict[str, Any]


def logged(installation: Installation, function: str, pattern: str, since: datetime | None) -> Iterator[Logged]:
    """Yield what a function logged, a thousand lines at most: what fits a pattern of CloudWatch Logs, since a time."""
    configuration = installation.client("lambda").get_function_configuration(
        FunctionName=installation.deployed.logging[function]
    )
    start = {} if since is None else {"startTime": int(since.timestamp() * 1_000)}
    pages = (
        installation.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=configuration["LoggingConfig"]["LogGroup"], filterPattern=pattern, **start)
    )
    for event in islice((event for page in pages for event in page["events"]), _MOST_LINES):
        if line := read_line(event["message"], event["timestamp"]):
            yield line


def read_line(message: str, stored_ms: int) -> Logged | None:
    """Read a line of a log; None where it is none of ours, but what Lambda itself logs."""
    try:
        line = json.loads(message)
    except ValueError:
        return None
    return Logged(_written_at(line, stored_ms), line) if isinstance(line, dict) else None


def _written_at(line: dict[str, Any], stored_ms: int) -> datetime:
    try:
        if "_aws" in line:
            return datetime.fromtimestamp(line["_aws"]["Timestamp"] / 1_000, UTC)
        return datetime.fromisoformat(str(line.get("timestamp")))
    except (ValueError, KeyError, TypeError):
        return datetime.fromtimestamp(stored_ms / 1_000, UTC)
