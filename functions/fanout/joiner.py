"""Joins long texts that come in parts, each of which is an event with a claim of its own (docs/decisions/joining.md).

A part's event stays in the queue until it is published: it is queued once more with a delay, after which what has come
by then is published. So what the groups' items hold is never the only copy.
"""

from inbound_sms.errors import DependencyUnavailable, cause_of
from inbound_sms.joining.group import Group, Standing
from inbound_sms.joining.groups import GroupsTable
from inbound_sms.joining.joined import joined_event
from inbound_sms.joining.part import Part, part_of
from inbound_sms.observability import count, logger
from inbound_sms.publishing.deduplication import ClaimLost, ClaimsTable
from inbound_sms.publishing.publisher import Notification, Queued
from inbound_sms.publishing.queued import QueuedEvent, read_event
from inbound_sms.storage.queue import EventQueue

import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from attempts import InTime, attempt

_LOOKS = 3  # at a group that others change meanwhile
_LONGEST_DELAY = 900  # seconds: SQS
_WAITING_SECONDS = 900.0  # for a place, while another message with the same reference has it


Publish = Callable[[list[Queued], InTime], set[str]]


class Taken(NamedTuple):
    """A part that this run has claimed, and the SQS message that it came in."""

    message_id: str
    part: Part


class Joined(NamedTuple):
    """Parts that are published as one event, by the one that owns their group; `others` came in the same batch."""

    owner: Taken
    group: Group
    notification: Notification
    others: list[str]


@dataclass(slots=True)
class Collected:
    """What is to be done with parts that were collected, and the messages that SQS has to deliver again."""

    joined: list[Joined] = field(default_factory=list)
    alone: list[Taken] = field(default_factory=list)
    waiting: list[Taken] = field(default_factory=list)
    delayed: list[tuple[Taken, float]] = field(default_factory=list)  # until when
    failed: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Joiner:
    """Collects parts, and records what was published of them. With `on` false, parts are published as they come."""

    groups: GroupsTable
    claims: ClaimsTable
    queue: EventQueue
    map_concurrently: Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
    on: bool = True

    def parted(self, claimed: list[Queued]) -> tuple[list[Queued], list[Taken]]:
        """Tell what is published by itself from the parts that have to be joined."""
        parts = {each.message_id: part for each in claimed if self.on and (part := part_of(each.notification))}
        whole = [each for each in claimed if each.message_id not in parts]
        return whole, [Taken(message_id, part) for message_id, part in parts.items()]

    def join(self, parts: list[Taken], publish: Publish, in_time: InTime) -> set[str]:
        """Collect parts and publish what is whole, or due. Return the SQS messages that have to come again.

        What waited for a place takes it as soon as the message that had it is published.
        """
        failed: set[str] = set()
        while parts:
            collected = self._collect(parts, in_time)
            joined = {each.owner.message_id: each for each in collected.joined}
            ready = [Queued(message_id, each.notification) for message_id, each in joined.items()]
            ready += [Queued(each.message_id, each.part.notification) for each in collected.alone]
            unpublished = publish(ready, in_time) if ready else set[str]()
            unpublished |= {other for id_ in joined.keys() & unpublished for other in joined[id_].others}
            published = [each for message_id, each in joined.items() if message_id not in unpublished]
            unsettled = self._settle(published, in_time)
            free = {each.owner.part.key for each in published if each.owner.message_id not in unsettled}
            parts = [each for each in collected.waiting if each.part.key in free]
            waiting = [(each, 0.0) for each in collected.waiting if each.part.key not in free]
            failed |= collected.failed | unpublished | unsettled
            failed |= self._delay(collected.delayed + waiting, in_time)
        return failed

    def _collect(self, taken: list[Taken], in_time: InTime) -> Collected:
        """Collect parts: those of one group one after the other, as they arrived; different groups concurrently."""
        ordered = sorted(taken, key=lambda each: (each.part.key, each.part.received_at))
        groups = [list(parts) for _, parts in groupby(ordered, key=lambda each: each.part.key)]
        collected = Collected()
        for each in self.map_concurrently(lambda parts: self._collect_in_order(parts, in_time), groups):
            collected.joined += each.joined
            collected.alone += each.alone
            collected.waiting += each.waiting
            collected.delayed += each.delayed
            collected.failed |= each.failed
        return collected

    def _collect_in_order(self, taken: list[Taken], in_time: InTime) -> Collected:
        collected, members = Collected(), list[Taken]()
        for each in taken:
            part = each.part
            try:
                standing, group = self._place(part, in_time)
                if standing is Standing.OWNER:
                    others = [other.message_id for other in members if other.part.body in group.bodies.values()]
                    collected.joined.append(Joined(each, group, joined_event(group, part), others))
            except Exception as error:  # noqa: BLE001 - one part must not fail the whole batch
                cause = str(error) if isinstance(error, DependencyUnavailable) else cause_of(error)
                logger.error("part not collected, it will be retried", event_id=part.event.log_id, cause=cause)
                collected.failed.add(each.message_id)
                continue
            match standing:
                case Standing.COLLECTED:
                    members.append(each)
                    collected.delayed.append((each, group.opened_at + self.groups.join_seconds))
                case Standing.MEMBER:  # until its owner has published it
                    members.append(each)
                    collected.failed.add(each.message_id)
                case Standing.NO_PLACE if collected.joined or self.groups.clock() < part.received_at + _WAITING_SECONDS:
                    collected.waiting.append(each)  # after what this run publishes, it has a place at once
                case Standing.NO_PLACE | Standing.UNSURE:
                    collected.alone.append(each)
                case Standing.DUE:
                    collected.failed.add(each.message_id)
        here = {message_id for joined in collected.joined for message_id in joined.others}
        collected.delayed = [each for each in collected.delayed if each[0].message_id not in here]
        collected.failed -= here
        return collected

    def _place(self, part: Part, in_time: InTime) -> tuple[Standing, Group]:
        """Collect a part, and let nothing more come into its group if it is due, or taken by another message."""
        for _ in range(_LOOKS):
            _check(in_time)
            group = self.groups.collect(part)
            standing = self.groups.standing(group, part)
            if standing is Standing.DUE:
                _check(in_time)
                group = self.groups.close(group, part.event.id)
                standing = self.groups.standing(group, part)
            elif standing is Standing.NO_PLACE and group.is_open(part.total) and not group.repeats(part):
                _check(in_time)
                standing = self._make_way(group, part)
            if standing is not Standing.DUE:
                break
        return standing, group

    def _make_way(self, group: Group, part: Part) -> Standing:
        """Let nothing more come into a group that a part of another message has no place in."""
        if part.number in group.bodies:
            return Standing.UNSURE if self.groups.give_up(group, part) else Standing.DUE
        return Standing.NO_PLACE if self.groups.close(group, group.owner).is_closed else Standing.DUE

    def _settle(self, joined: list[Joined], in_time: InTime) -> set[str]:
        """Record for all parts that they are published, and make their groups ready for the next message.

        Return the SQS messages of those that this failed for: their owners have to come again, and go on with it.
        """
        members = [
            (index, event)
            for index, each in enumerate(joined)
            for event in map(read_event, each.group.bodies.values())
            if event.id != each.owner.part.event.id
        ]
        recorded = self.map_concurrently(lambda it: self._record(it[1], joined[it[0]], in_time), members)
        failed = {index for (index, _), done in zip(members, recorded, strict=True) if not done}
        complete = [index for index in range(len(joined)) if index not in failed]
        settled = self.map_concurrently(lambda index: self._make_ready(joined[index], in_time), complete)
        failed |= {index for index, done in zip(complete, settled, strict=True) if not done}
        count("CompletionFailed", len(failed))
        return {joined[index].owner.message_id for index in failed}

    def _record(self, event: QueuedEvent, joined: Joined, in_time: InTime) -> bool:
        def write() -> None:
            with suppress(ClaimLost):  # it expired: nobody asks for it any more
                self.claims.complete(event.id, event.data.delivery_id, None, joined_as=joined.notification.event.id)

        return _done(attempt(write, in_time), event)

    def _make_ready(self, joined: Joined, in_time: InTime) -> bool:
        event = joined.notification.event
        return _done(attempt(lambda: self.groups.settle(joined.group, joined.owner.part, event.id), in_time), event)

    def resume(self, published: list[Queued], in_time: InTime) -> set[str]:
        """Finish what the runs that published parts did not. Return the SQS messages that have to come again."""
        taken = [Taken(each.message_id, part) for each in published if (part := part_of(each.notification))]
        failed: set[str] = set()
        joined: list[Joined] = []

        def look(each: Taken) -> str | None:
            def read() -> None:
                if group := self.groups.owned(each.part):
                    joined.append(Joined(each, group, joined_event(group, each.part), []))

            return attempt(read, in_time)

        for each, cause in zip(taken, self.map_concurrently(look, taken), strict=True):
            if not _done(cause, each.part.event):
                failed.add(each.message_id)
        return failed | self._settle(joined, in_time)

    def _delay(self, delayed: list[tuple[Taken, float]], in_time: InTime) -> set[str]:
        """Queue parts once more, until some time. Return the SQS messages of those that this failed for.

        A run must be dead before another one may claim its part: sooner none comes back.
        """
        if not delayed:
            return set()
        if not in_time():
            return {each.message_id for each, _ in delayed}
        soonest = self.groups.clock() + self.claims.dead_after_seconds
        seconds = [math.ceil(max(until, soonest) - self.groups.clock()) + 1 for _, until in delayed]
        events = [each.part.event for each, _ in delayed]
        logger.info("waits for other parts", events=[{"event_id": each.log_id} for each in events])
        bodies, providers = [each.part.body for each, _ in delayed], [each.data.provider for each in events]
        stored = self.queue.send_later(
            [*zip(bodies, providers, (min(each, _LONGEST_DELAY) for each in seconds), strict=True)]
        )
        count("PartsDelayed", sum(stored))
        return {each.message_id for (each, _), is_stored in zip(delayed, stored, strict=True) if not is_stored}


def _check(in_time: InTime) -> None:
    if not in_time():
        raise DependencyUnavailable("time")


def _done(cause: str | None, event: QueuedEvent) -> bool:
    if cause:
        logger.error(
            "published, but not recorded for all parts, it will be retried", event_id=event.log_id, cause=cause
        )
    return cause is None
