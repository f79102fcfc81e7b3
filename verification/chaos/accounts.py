"""The accounts: where each message ended, and whether what was published twice could not be helped."""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby, pairwise
from pathlib import Path

from tests.support.outside import Outside
from verification.chaos.faults import Fault
from verification.chaos.journal import Entry
from verification.chaos.traffic import Kind, Message

UNRECORDED = "there was no time to record it"
_TOKEN = re.compile(r"chaos-\d{6}")


def token_of(document: str) -> str:
    """Return the token of the message that a document is about, or the document's beginning where there is none."""
    found = _TOKEN.search(document)
    return found[0] if found else document[:80]


def is_of(seed: int, document: str) -> bool:
    return token_of(document).startswith(f"chaos-{seed % 10}")


def under(document: str) -> str | None:
    """Return the id of the event that a part was published in; None where it came by itself."""
    found: str | None = json.loads(document).get("under")
    return found


class End(Enum):
    ONCE = "exactly one event"
    DOUBLED = "doubled, unavoidable"
    QUARANTINED = "quarantined, with reason"
    DEAD = "dead-letter queue"
    NOWHERE = "nowhere"
    WRONG = "against a promise"


@dataclass(frozen=True)
class Claimed:
    """A message as its provider sees it. `group`: the messages that came under the same id."""

    token: str
    group: str
    kind: Kind
    believed: bool  # the provider believes that it delivered
    body: bytes = b""


def claimed(sent: Iterable[Message], believed: Callable[[Message], bool]) -> list[Claimed]:
    return [Claimed(each.token, each.group, each.kind, believed(each), each.request.body) for each in sent]


@dataclass(frozen=True)
class Kept:
    """What lies in the quarantine about a message."""

    body: bytes
    reason: str


@dataclass(frozen=True)
class Found:
    """What there is when all is over, by token: the events in the inboxes, dead letters, what was quarantined."""

    events: dict[str, list[str]] = field(default_factory=dict)
    dead: frozenset[str] = frozenset()
    quarantined: dict[str, Kept] = field(default_factory=dict)


def found_in(outside: Outside, events: Iterable[str], seed: int) -> Found:
    """Return what there is of one seed's messages when all is over: the stack may be used by others, too."""
    found = Found(dead=frozenset(token_of(each) for each in outside.dead_letters() if is_of(seed, each)))
    for event in events:
        if is_of(seed, event):
            found.events.setdefault(token_of(event), []).append(event)
    objects = outside.quarantined()
    for key, body in objects.items():
        if key.endswith("/body") and is_of(seed, body.decode("latin-1")):
            record = json.loads(objects.get(f"{key.removesuffix('body')}record.json", b"{}"))
            found.quarantined[token_of(body.decode())] = Kept(body, record.get("reason", ""))
    return found


@dataclass(frozen=True)
class Account:
    """A message, where it ended, and what is wrong with that, in words; and what excuses the doubles."""

    message: Claimed
    end: End
    wrong: str | None = None
    excuses: tuple[str, ...] = ()


class Evidence:
    """What the journal tells of each event id: publications, claims and completions that were carried out."""

    def __init__(
        self,
        entries: Iterable[Entry],
        ended: Mapping[int, float],
        run_seconds: float,
        unrecorded: Collection[str] = (),
    ) -> None:
        """Take when workers ended, for how long a run can go on after it published, and what had no time for that."""
        self._ended = ended
        self._unrecorded = unrecorded
        self._run_seconds = run_seconds
        self._ids: dict[str, str] = {}
        self._joined: dict[str, set[str]] = {}  # the event ids of all parts that one was published with
        self._carried_out: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in entries:
            carried = list(zip(entry.call.events, entry.call.documents, strict=False))
            self._ids |= {token_of(document): event_id for event_id, document in carried}
            for _, parts in groupby(
                (each for each in carried if '"under"' in each[1]), key=lambda each: under(each[1])
            ):
                together = {event_id for event_id, _ in parts}
                self._joined |= dict.fromkeys(together, together)
            if entry.succeeded:
                for event_id in entry.call.events:
                    self._carried_out[entry.call.operation, event_id].append(entry)
        for found in self._carried_out.values():
            found.sort(key=_when)

    def publications(self, event_id: str) -> list[Entry]:
        return self._carried_out.get(("PublishBatch", event_id), [])

    def id_of(self, token: str) -> str:
        return self._ids.get(token, "")

    def trail(self, token: str) -> str:
        """Tell how far a message came, for whoever has to find out why no further."""
        event_id = self.id_of(token)
        far = {
            operation: len(self._carried_out.get((operation, event_id), []))
            for operation in ("SendMessage", "PutItem", "PublishBatch", "UpdateItem")
        }
        return ", ".join(
            [event_id or "never queued", *(f"{name} {times} times" for name, times in far.items() if times)]
        )

    def story(self, event_id: str) -> str:
        """Tell what was carried out for an event, when and by whom, for whoever has to find out why."""
        entries = sorted(
            (entry for (_, of), found in self._carried_out.items() if of == event_id for entry in found), key=_when
        )
        return "; ".join(
            f"{_when(entry):.2f} {entry.call.operation} by {entry.worker}{'' if entry.heard else ', not heard'}"
            for entry in entries
        )

    def excuse(self, event_id: str, first: Entry, second: Entry) -> str | None:
        """Tell what makes the second publication unavoidable; None: nothing does."""
        together = self._joined.get(event_id, {event_id})  # one of the parts claimed for all of them
        claims = [claim for each in together for claim in self._carried_out.get(("PutItem", each), [])]
        claimed = max((_when(claim) for claim in claims if _when(claim) <= second.began), default=second.began)
        completions = self._carried_out.get(("UpdateItem", event_id), [])
        if any(_when(completion) < claimed for completion in completions):
            return None  # it was on record before the second was claimed
        if first.fault is Fault.KILLED:
            return "the worker was killed before it heard of it"
        if not first.heard:
            return "SNS's answer was lost or late"
        ended = self._ended.get(first.worker or 0, math.inf)
        if ended <= min(claimed, _when(first) + self._run_seconds):
            return "the worker ended before it was on record"
        return UNRECORDED if not together.isdisjoint(self._unrecorded) else None


def unrecorded(engine_log: Path) -> set[str]:
    """Return the ids of the events that the fan-out published and had no time to record, as it logs itself."""
    said = re.compile('"published, but not recorded".*"event_id":"([^"]+)","cause":"out of time"')
    return set(said.findall(engine_log.read_text(errors="replace")))


def _when(entry: Entry) -> float:
    return entry.carried_out or 0.0


def accounts(messages: Iterable[Claimed], found: Found, evidence: Evidence) -> list[Account]:
    """Return the account of each message, and of everything that none of them explains."""
    claimed = list(messages)
    tokens = {message.token for message in claimed}
    winners = Counter(message.group for message in claimed if message.token in found.events)
    done = [_account(message, found, evidence, winners[message.group]) for message in claimed]
    strange = (set(found.events) | found.dead | set(found.quarantined)) - tokens
    return done + [
        Account(Claimed(token, token, Kind.NEW, believed=False), End.WRONG, "nobody sent it") for token in strange
    ]


def _account(message: Claimed, found: Found, evidence: Evidence, winners: int) -> Account:
    events = found.events.get(message.token, [])
    kept = found.quarantined.get(message.token)
    if kept and not kept.reason and message.token in found.dead:
        kept = None  # the second of the quarantine's two writes failed each time, so its message was given up
    if wrong := _broken_promise(message, events, kept, winners):
        return Account(message, End.WRONG, wrong)
    if events:
        return _published(message, events, evidence)
    if kept:
        return Account(message, End.QUARANTINED)
    if message.token in found.dead:
        return Account(message, End.DEAD)
    lost = f"LOST: its provider believes that it delivered ({evidence.trail(message.token)})"
    return Account(message, End.NOWHERE, lost if message.believed else None)


def _broken_promise(message: Claimed, events: list[str], kept: Kept | None, winners: int) -> str | None:
    broken = message.kind is Kind.BROKEN
    promises = {
        "several texts were published under one id": winners > 1,
        "its events differ": len(set(events)) > 1,
        "published, and nobody can read it": broken and events,
        "published and set aside": kept and events,
        "set aside without a reason": kept and not kept.reason,
        "set aside with other bytes": broken and kept and kept.body != message.body,
        "set aside, and nothing is wrong with it": kept and message.kind not in {Kind.BROKEN, Kind.CONFLICT},
    }
    return next((promise for promise, is_broken in promises.items() if is_broken), None)


def _published(message: Claimed, events: list[str], evidence: Evidence) -> Account:
    event_id = evidence.id_of(message.token)
    publications = evidence.publications(event_id)
    if len(events) > len(publications):
        return Account(message, End.WRONG, f"{len(events)} events of {len(publications)} publications")
    excuses = []
    for first, second in pairwise(publications):
        excuse = evidence.excuse(event_id, first, second)
        if excuse is None:
            return Account(message, End.WRONG, f"doubled without excuse: {event_id} ({evidence.story(event_id)})")
        excuses.append(excuse)
    return Account(message, End.DOUBLED if excuses else End.ONCE, excuses=tuple(excuses))
