"""What became of requests that the gateway acknowledged, by the ids that API Gateway gave them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from gateway.operations.installation import Installation
from gateway.operations.logs import Logged, logged

_SETTLING_SECONDS = 0.2  # between two looks at the logs
_IDS_IN_A_PATTERN = 25  # CloudWatch Logs takes patterns of up to 1,024 characters
_MARGIN = timedelta(seconds=10)  # clocks differ


class State(Enum):
    """What became of an event, or of a request without one."""

    PUBLISHED = "published"
    DUPLICATE = "dropped as a duplicate"
    QUARANTINED = "quarantined"
    IGNORED = "nothing to store"
    QUEUED = "queued"  # and no more is known of it
    UNKNOWN = "not in the logs yet"

    @property
    def is_final(self) -> bool:
        """Whether nothing else can come of it."""
        return self not in {State.QUEUED, State.UNKNOWN}


@dataclass(frozen=True)
class Outcome:
    """What became of one event of a request, or of the request, if it has none.

    `key` is where it is in the quarantine; `seconds` is the time from its acceptance to its end in the fan-out.
    """

    state: State
    event_id: str | None = None
    key: str | None = None
    seconds: float | None = None


Outcomes = dict[str, list[Outcome]]  # by the request's id


def await_outcomes(
    installation: Installation, provider: str, requests: Sequence[str], *, since: datetime, seconds: float
) -> Outcomes:
    """Return what became of requests of a provider that began after `since`, as soon as everything is settled, or what
    is known after so many seconds.
    """
    end = time.monotonic() + seconds
    while True:
        found = outcomes_of(installation, provider, requests, since)
        if all(it.state.is_final for each in found.values() for it in each) or time.monotonic() >= end:
            return found
        time.sleep(_SETTLING_SECONDS)


def outcomes_of(installation: Installation, provider: str, requests: Sequence[str], since: datetime) -> Outcomes:
    """Return what the logs tell of requests so far."""
    of_requests: dict[str, list[Logged]] = {request: [] for request in requests}
    for each in _lines(installation, provider, requests, since):
        of_requests.get(str(each.line.get("request_id")), []).append(each)
    deliveries = [each.line["delivery_id"] for lines in of_requests.values() for each in lines if _is_accepted(each)]
    ends = [end for each in _lines(installation, "fanout", deliveries, since) for end in _ends(each)]
    return {request: _outcomes(lines, ends) or [Outcome(State.UNKNOWN)] for request, lines in of_requests.items()}


@dataclass(frozen=True)
class _End:
    """What the fan-out logged of an event."""

    at: datetime
    state: State
    event_id: str | None
    delivery_id: str | None
    key: str | None = None


def _is_accepted(logged: Logged) -> bool:
    return bool(logged.line.get("event_ids"))


def _outcomes(lines: list[Logged], ends: list[_End]) -> list[Outcome]:
    found: list[Outcome] = []
    for each in lines:
        if _is_accepted(each):
            found += [_outcome(each, event_id, ends) for event_id in each.line["event_ids"]]
        elif each.line.get("message") == "quarantined":
            found.append(Outcome(State.QUARANTINED, key=each.line["key"]))
        elif each.line.get("message") == "nothing to store":
            found.append(Outcome(State.IGNORED))
    return found


def _outcome(accepted: Logged, event_id: str, ends: list[_End]) -> Outcome:
    wanted = event_id, accepted.line["delivery_id"]
    end = next((it for it in ends if (it.event_id, it.delivery_id) == wanted), None)
    if end is None:
        return Outcome(State.QUEUED, event_id)
    return Outcome(end.state, event_id, end.key, max(0.0, (end.at - accepted.at).total_seconds()))


def _ends(logged: Logged) -> Iterator[_End]:
    at, line = logged
    match line.get("message"):
        case "published":
            for event in line.get("events", ()):
                yield _End(at, State.PUBLISHED, event.get("event_id"), event.get("delivery_id"))
        case "duplicate dropped":
            yield _End(at, State.DUPLICATE, line.get("event_id"), line.get("delivery_id"))
        case "id conflict, quarantined":  # earlier versions name no delivery
            yield _End(at, State.QUARANTINED, line.get("event_id"), line.get("delivery_id"), line.get("key"))


def _lines(installation: Installation, function: str, ids: Sequence[str], since: datetime) -> Iterator[Logged]:
    """Yield the lines of a function's log that name one of the ids, and perhaps others."""
    for first in range(0, len(ids), _IDS_IN_A_PATTERN):
        any_of_them = " ".join(f'?"{each}"' for each in ids[first : first + _IDS_IN_A_PATTERN])
        # The local engine doesn't know alternatives. Its logs are short.
        yield from logged(installation, function, "" if installation.local else any_of_them, since - _MARGIN)
