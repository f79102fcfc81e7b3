"""The accounts: where each message ended, and whether what was published twice could not be helped."""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from pathlib import Path

from gateway.simulator import Post
from tests.support.outside import Outside
from verification.chaos.faults import Fault
from verification.chaos.journal import Entry
from verification.chaos.traffic import Kind, Message

_TOKEN = re.compile(r"chaos-\d{6}")


def token_of(document: str) -> str:
    """Return the token of the message that a document is about, or the document's beginning where there is none."""
    found = _TOKEN.search(document)
    return found[0] if found else document[:80]


def text_of(document: str) -> str:
    """Return an event's text; of a part, that of the event that it was joined to."""
    event = json.loads(document)
    return event.get("whole_text") or event.get("data", {}).get("text") or ""


def is_of(seed: int, document: str) -> bool:
    return token_of(document).startswith(f"chaos-{seed % 10}")


class End(Enum):
    ONCE = "exactly one event"
    DOUBLED = "doubled, unavoidable"
    QUARANTINED = "quarantined, with reason"
    DEAD = "dead-letter queue"
    NOWHERE = "nowhere"
    WRONG = "against a promise"


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
        found.events.setdefault(token_of(event), []).append(event)
    objects = outside.quarantined()
    for key, body in objects.items():
        if key.endswith("/body") and is_of(seed, body.decode("latin-1")):
            record = json.loads(objects.get(f"{key.removesuffix('body')}record.json", b"{}"))
            found.quarantined[token_of(body.decode())] = Kept(body, record.get("reason", ""))
    return found


@dataclass(frozen=True)
class Account:
    """A message, whether its provider believes that it delivered, where it ended, and what is wrong with that, in
    words; and what excuses the doubles.
    """

    message: Message
    believed: bool
    end: End
    wrong: str | None = None
    excuses: tuple[str, ...] = ()


class Evidence:
    """What the journal tells of each event: the requests that were carried out for it."""

    def __init__(
        self,
        entries: Collection[Entry],
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
        self._entries: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            together: dict[str, set[str]] = defaultdict(set)
            for event_id, document in zip(entry.call.events, entry.call.documents, strict=False):
                self._ids[token_of(document)] = event_id
                if under := json.loads(document).get("under"):
                    together[under].add(event_id)
            self._joined |= {part: parts for parts in together.values() for part in parts}
            for event_id in entry.call.events:
                self._entries[event_id].append(entry)

    def id_of(self, token: str) -> str:
        return self._ids.get(token, "")

    def asked(self, operation: str, event_id: str) -> list[Entry]:
        return [entry for entry in self._entries.get(event_id, []) if entry.call.operation == operation]

    def carried_out(self, operation: str, event_id: str) -> list[Entry]:
        done = [entry for entry in self.asked(operation, event_id) if entry.succeeded]
        return sorted(done, key=lambda entry: entry.carried_out)

    def story(self, event_id: str) -> str:
        """Tell what was asked for an event, when and by whom, for whoever has to find out why."""
        return f"{event_id or 'never queued'}: " + "; ".join(
            f"{each.began:.2f} {each.call.operation} by {each.worker}{f', {each.fault.value}' if each.fault else ''}"
            for each in self._entries.get(event_id, [])
        )

    def excuse(self, event_id: str, first: Entry, second: Entry) -> str | None:
        """Tell what makes the second publication unavoidable; None: nothing does."""
        together = self._joined.get(event_id, {event_id})  # one of the parts claimed for all of them
        claims = [claim.carried_out for each in together for claim in self.carried_out("PutItem", each)]
        claimed = max((at for at in claims if at <= second.began), default=second.began)
        if any(each.carried_out < claimed for each in self.carried_out("UpdateItem", event_id)):
            return None  # it was on record before the second was claimed
        if first.fault is Fault.KILLED_AFTER:
            return "the worker was killed before it heard of it"
        if not first.heard:
            return "SNS's answer was lost or late"
        ended = self._ended.get(first.worker or 0, math.inf)
        if ended <= min(claimed, first.carried_out + self._run_seconds):
            return "the worker ended before it was on record"
        tries = [each for each in self.asked("UpdateItem", event_id) if first.carried_out < each.began < claimed]
        if tries and all(each.fault for each in tries):
            return "each try to put it on record met a fault"
        return None if together.isdisjoint(self._unrecorded) else "there was no time to put it on record"


def unrecorded(engine_log: Path) -> set[str]:
    """Return the ids of the events that the fan-out published and had no time to record, as it logs itself."""
    said = re.compile('"published, but not recorded".*"event_id":"([^"]+)","cause":"out of time"')
    return set(said.findall(engine_log.read_text(errors="replace")))


def accounts(sent: Collection[Message], believed: Collection[str], found: Found, evidence: Evidence) -> list[Account]:
    """Return the account of each message, and of everything that none of them explains."""
    tokens = {message.token for message in sent}
    winners = Counter(message.group for message in sent if message.token in found.events)
    done = [_account(message, message.token in believed, found, evidence, winners[message.group]) for message in sent]
    strange = (set(found.events) | found.dead | set(found.quarantined)) - tokens
    return done + [
        Account(Message(token, token, "nobody", Kind.NEW, Post("", {})), False, End.WRONG, "nobody sent it")
        for token in strange
    ]


def _account(message: Message, believed: bool, found: Found, evidence: Evidence, winners: int) -> Account:
    events = found.events.get(message.token, [])
    kept = found.quarantined.get(message.token)
    if kept and not kept.reason and message.token in found.dead:
        kept = None  # the second of the quarantine's two writes failed each time, so its message was given up
    excuses: tuple[str, ...] = ()
    wrong = _broken_promise(message, events, kept, winners)
    if events and not wrong:
        wrong, excuses = _doubles(message, events, evidence)
    if wrong:
        end, wrong = End.WRONG, f"{wrong} ({kept.reason})" if kept else wrong
    elif events:
        end = End.DOUBLED if excuses else End.ONCE
    elif kept:
        end = End.QUARANTINED
    elif message.token in found.dead:
        end = End.DEAD
    else:
        end = End.NOWHERE
        if believed:
            wrong = f"LOST: its provider believes that it delivered ({evidence.story(evidence.id_of(message.token))})"
    return Account(message, believed, end, wrong, excuses)


def _broken_promise(message: Message, events: list[str], kept: Kept | None, winners: int) -> str | None:
    broken = message.kind is Kind.BROKEN
    texts = [text_of(event) for event in events]
    promises = {
        "several texts were published under one id": winners > 1,
        "its events differ": len(set(events)) > 1,
        "published with another text": not all(message.text in text for text in texts),
        "published, and nobody can read it": broken and events,
        "published and set aside": kept and events,
        "set aside without a reason": kept and not kept.reason,
        "set aside with other bytes": broken and kept and kept.body != message.request.body,
        "set aside, and nothing is wrong with it": kept and message.kind not in {Kind.BROKEN, Kind.CONFLICT},
    }
    return next((promise for promise, is_broken in promises.items() if is_broken), None)


def _doubles(message: Message, events: list[str], evidence: Evidence) -> tuple[str | None, tuple[str, ...]]:
    """Return what is wrong with the times that a message was published, or what excuses each but the last."""
    event_id = evidence.id_of(message.token)
    publications = evidence.carried_out("PublishBatch", event_id)
    if len(events) > len(publications):
        return f"{len(events)} events of {len(publications)} publications", ()
    excuses = [evidence.excuse(event_id, first, second) for first, second in pairwise(publications)]
    if None in excuses:
        return f"doubled without excuse ({evidence.story(event_id)})", ()
    return None, tuple(filter(None, excuses))
