"""Everything that is known about one event: the claim that says who owns it, and what the logs tell."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.operations.dead_letters import EVENTS, MEDIA, dead_letters_of
from gateway.operations.installation import Installation
from gateway.operations.logs import Logged, logged
from gateway.operations.quarantine import Quarantine, Selection

_AT_ONCE = 8
_MARGIN = timedelta(hours=1)  # a replayed event is claimed long after it was received; an ordinary one within a second
_LOOKED_THROUGH = 1_000
QUEUED = "queued"  # what the one line of an acknowledged webhook means, its count


@dataclass(frozen=True)
class Line:
    """A line of a function's log about the event, without any text or number: the functions log none."""

    at: datetime
    function: str
    says: str
    delivery_id: str | None = None


@dataclass(frozen=True)
class History:
    """What is known. Times are None where nothing is on record; a claim is kept for ClaimRetentionDays."""

    event_id: str
    delivery_id: str | None = None
    claimed_at: datetime | None = None
    published_at: datetime | None = None
    sns_message_id: str | None = None
    joined_as: str | None = None  # the event that it was published in, as a part
    forgotten_at: datetime | None = None
    lines: list[Line] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)  # keys
    dead_letters: list[str] = field(default_factory=list)  # SQS's message ids
    similar: list[str] = field(default_factory=list)  # other ids in the logs that this one is a part of

    @property
    def is_known(self) -> bool:
        """Whether anything is known at all."""
        return bool(self.claimed_at or self.lines or self.quarantined or self.dead_letters)

    @property
    def duplicates(self) -> int:
        """How many deliveries of it were dropped as duplicates, as far as the logs go back."""
        return sum(line.says == "duplicate dropped" for line in self.lines)

    @property
    def received_at(self) -> datetime | None:
        """When the delivery that owns it was queued; the provider had its answer a moment later."""
        queued = (it.at for it in self.lines if it.says == QUEUED and self.delivery_id in {None, it.delivery_id})
        return next(queued, None)


def history_of(installation: Installation, event_id: str, *, set_aside: bool = True) -> History:
    """Return what the claims and the logs know; and with `set_aside`, what quarantine and dead letters do."""
    item = installation.client("dynamodb").get_item(
        TableName=installation.deployed.table, Key={"id": {"S": event_id}}, ConsistentRead=True
    )
    claim = {name: next(iter(value.values())) for name, value in item.get("Item", {}).items()}
    owner, claimed = claim.get("owner"), _time(claim.get("claimed_at"))
    lines, similar = _lines(installation, event_id, owner, claimed)
    published = _time(claim.get("published_at"))
    return History(
        event_id,
        owner,
        claimed,
        published,
        claim.get("sns_message_id"),
        claim.get("joined_as"),
        _time(claim.get("expires_at")),
        lines,
        _quarantined(installation, event_id) if set_aside and not published else [],
        _dead_letters(installation, event_id, MEDIA if published else EVENTS) if set_aside else [],
        similar,
    )


def _lines(
    installation: Installation, event_id: str, owner: str | None, claimed: datetime | None
) -> tuple[list[Line], list[str]]:
    """Return what the functions logged about an event or its delivery, oldest first, each once; and the similar ids."""
    start = claimed and claimed - _MARGIN

    def look(function: str, name: str) -> list[tuple[str, Logged]]:
        return [(function, each) for each in logged(installation, function, json.dumps(name), start)]

    provider = event_id.partition("/")[0]
    functions = [it for it in (provider, "fanout", MEDIA) if it in installation.deployed.logging]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looks = [pool.submit(look, function, name) for function in functions for name in (event_id, owner) if name]
        found = [each for look in looks for each in look.result()]
    lines, similar = set[Line](), dict[str, None]()
    for function, each in found:
        named = _named(each.line)
        if event_id in named or (owner and each.line.get("delivery_id") == owner):
            lines |= _line(function, event_id, each)
        similar |= dict.fromkeys(it for it in named if event_id in it and it != event_id)
    return sorted(lines, key=lambda line: line.at), list(similar)


def _named(line: dict[str, Any]) -> list[str]:
    """Return the ids of the events that a line is about."""
    return [*line.get("event_ids", ()), *(it["event_id"] for it in (line, *line.get("events", ())) if "event_id" in it)]


def _line(function: str, event_id: str, found: Logged) -> set[Line]:
    line = found.line
    says = QUEUED if "Accepted" in line else line.get("message")
    if says is None:  # another metric
        return set()
    if function == MEDIA and "reason" in line:
        says = f"{says}: {line['reason']}"
    own = next((it for it in line.get("events", ()) if it.get("event_id") == event_id), line)  # of a batch
    return {Line(found.at, function, str(says), own.get("delivery_id"))}


def _quarantined(installation: Installation, event_id: str) -> list[str]:
    kept = Quarantine(installation).select(Selection(provider=event_id.partition("/")[0]))
    return [each.key for each in kept if each.record.get("event_id") == event_id]


def _dead_letters(installation: Installation, event_id: str, queue: str) -> list[str]:
    """Return where it was given up: before it was published, or afterwards for its media."""
    letters = dead_letters_of(installation).get(queue)
    found = letters.look(_LOOKED_THROUGH) if letters else []
    return [letter.message_id for letter in found if letter.event_id == event_id]


def _time(seconds: str | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(float(seconds), UTC)
