"""What happened to a message, or to a request that brought none, step by step."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.console.rows import Row, time_of
from gateway.operations.history import QUEUED, History
from gateway.operations.installation import Installation
from gateway.operations.logs import Logged, logged
from gateway.operations.quarantine import Kept

_MARGIN = timedelta(minutes=1)
_FAILED = ("not ", "unexpected error", "published, but not recorded", "id conflict", "given up")


@dataclass(frozen=True)
class Step:
    """Something that happened; `at` is None where it has no time of its own, or nobody knows it."""

    at: datetime | None
    what: str
    detail: str | None = None
    tone: str = "ok"  # or note, or bad
    row: str | None = None


def shown(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Return steps for the page, in the order of time; those without a time stay behind the one that they follow."""
    placed: list[tuple[datetime, Step]] = []
    known = list(steps)
    last = next((step.at for step in known if step.at), None)
    for step in known:
        last = step.at or last
        if last:
            placed.append((last, step))
    told: list[dict[str, Any]] = []
    before: datetime | None = None
    ordered = [step for _, step in sorted(placed, key=lambda each: each[0])] if placed else known
    for step in ordered:
        between = (step.at - before).total_seconds() * 1_000 if step.at and before else None
        told.append(vars(step) | {"at": step.at and step.at.isoformat(), "milliseconds": between})
        before = step.at or before
    return told


def of_event(row: Row, event: Mapping[str, Any] | None, history: History | None, parts: Iterable[Row]) -> list[Step]:
    """Return what is known of an event: by itself, by the claims and the logs, and by the rows of its parts."""
    data = event["data"] if event else {}
    steps = []
    if received := time_of(data.get("received_at")):
        steps.append(Step(received, "received", f"by delivery {data.get('delivery_id')}"))
        steps.append(Step(None, "authenticated", f"by {data.get('authenticated_by')}"))
    for number, part in enumerate(parts, 1):
        steps.append(Step(time_of(part.at), f"part {number} queued", part.event_id, row=part.id))
    if history:
        steps += _of_history(row, history)
    if row.milliseconds is not None and (received := time_of(row.at)):
        steps.append(Step(received + timedelta(milliseconds=row.milliseconds), "seen", "by the console"))
    if row.status == "dead":
        steps.append(Step(None, "given up", row.reason, "bad"))
    return steps


def _of_history(row: Row, history: History) -> list[Step]:
    owner = history.delivery_id or row.delivery_id
    steps = [step for line in history.lines if (step := _of_line(line.at, line.says, line.delivery_id, owner))]
    if history.claimed_at:
        steps.append(Step(history.claimed_at, "claimed", f"by delivery {history.delivery_id}"))
    if history.joined_as:
        steps.append(Step(history.published_at, "joined", history.joined_as, row=f"event:{history.joined_as}"))
    elif history.published_at:
        steps = [step for step in steps if step.what != "published"]  # the claim is exact
        steps.append(Step(history.published_at, "published", f"SNS message {history.sns_message_id}"))
    return steps


def _of_line(at: datetime, says: str, delivery_id: str | None, owner: str | None) -> Step | None:
    by = f"by delivery {delivery_id}" if delivery_id else None
    if says == QUEUED:
        return Step(at, "queued", by) if owner in {None, delivery_id} else Step(at, "sent again", by, "note")
    if says == "duplicate dropped":
        return Step(at, says, by, "note")
    return Step(at, says, by, "bad" if says.startswith(_FAILED) else "ok")


def of_request(row: Row, installation: Installation) -> list[Step]:
    """Return what the provider's function logged of a request."""
    since = time_of(row.at)
    found = logged(installation, row.provider, json.dumps(row.request_id), since and since - _MARGIN)
    own = sorted((line for line in found if line.line.get("request_id") == row.request_id), key=lambda line: line.at)
    return [step for line in own if (step := _of_own_line(row, line))]


def _of_own_line(row: Row, found: Logged) -> Step | None:
    at, line = found
    if "message" not in line:
        return None
    address = line.get("source_ip")
    what, _, why = str(line["message"]).partition(": ")
    detail = "; ".join(filter(None, (why, str(line.get("cause") or line.get("reason") or ""), address)))
    return Step(at, what, detail or None, "bad" if row.status in {"refused", "failed"} else "note")


def of_kept(row: Row, kept: Kept) -> list[Step]:
    """Return what is on record of something in the quarantine: of the last of several deliveries, all."""
    record = kept.record
    steps = [Step(at, "received", "the same bytes, earlier", "note") for at in kept.arrivals[:-1]]
    steps.append(Step(kept.received_at, "received", f"by delivery {record.get('delivery_id')}" if record else None))
    if by := record.get("authenticated_by"):
        steps.append(Step(None, "authenticated", f"by {by}"))
    stored_at = max(kept.stored_at, kept.received_at)  # S3 tells the second
    return [*steps, Step(stored_at, "quarantined", kept.reason, "bad"), *became(row)]


def became(row: Row) -> list[Step]:
    """Return what a replay made of it."""
    return [Step(None, "replayed", id_.removeprefix("event:"), row=id_) for id_ in row.became]
