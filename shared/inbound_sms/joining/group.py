"""The state of a group: the parts of a message that were collected, and what was published before.

An item has `id` (the group's key), `expires_at` and, while a message is being collected, `part:<number>` (the part's
event, as it was queued), `owner` (the event id of the part that publishes; as long as more may come in, the last one
that did), `opened_at` (by the fan-out's clock), `first_received_at` (by the webhook's) and, once no more may come in
although some are missing, `closed_at`. Once the message is published and the claims of all its parts say so, the item
is ready for the next one. What stays is `settled:<event id>` for each of its parts, for runs that began before, and in
`incomplete_as` the last message that was published with parts missing.

If another message with the same reference comes while one is being collected, nobody can tell which of the two a part
is of. So all of them are published by themselves: those that arrived between `unsure_since` and `unsure_until`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from inbound_sms.joining.part import Part

_LATE_SECONDS = 2 * 86_400  # after that, no part is one that was missing: no provider tries for longer
UNSURE_SPAN = ("unsure_since", "unsure_until")


class Standing(Enum):
    """How a part stands with its group."""

    COLLECTED = "it is collected, and others are still to come"
    DUE = "others were still to come, and have not: publish what there is"
    OWNER = "nothing more may come in, and this part publishes"
    MEMBER = "nothing more may come in, and another part publishes"
    SETTLED = "it was published with the others"
    NO_PLACE = "another message has its place, until that is published"
    UNSURE = "it may be of one of several messages: publish it by itself"


class Incomplete(NamedTuple):
    """The last message of a group that was published with parts missing."""

    event_id: str
    missing: list[int]
    received_at: float


@dataclass(frozen=True, slots=True)
class Group:
    """A group's item."""

    item: Mapping[str, Any]

    def standing(self, part: Part, now: float, join_seconds: float) -> Standing:
        """Return how a part stands with it."""
        if f"settled:{part.event.id}" in self.item:
            return Standing.SETTLED
        bodies = self.bodies
        if bodies.get(part.number) != part.body:
            return Standing.UNSURE if self.is_unsure(part) else Standing.NO_PLACE
        if len(bodies) == part.total or self.is_closed:
            return Standing.OWNER if self.owner == part.event.id else Standing.MEMBER
        return Standing.DUE if now >= self.opened_at + join_seconds else Standing.COLLECTED

    @property
    def bodies(self) -> dict[int, str]:
        """The events of the parts that were collected, by their number, in order."""
        found = {
            int(name.removeprefix("part:")): typed["S"] for name, typed in self.item.items() if name.startswith("part:")
        }
        return dict(sorted(found.items()))

    @property
    def owner(self) -> str:
        return str(self.item.get("owner", {}).get("S", ""))

    @property
    def opened_at(self) -> float:
        return float(self.item.get("opened_at", {}).get("N", "0"))

    @property
    def is_closed(self) -> bool:
        """Whether somebody saw to it that nothing more comes in."""
        return "closed_at" in self.item

    def is_open(self, total: int) -> bool:
        """Return whether there are parts, and more may come in."""
        return bool(self.owner) and not self.is_closed and len(self.bodies) < total

    def repeats(self, part: Part) -> bool:
        """Return whether a part says just what another one says in its place."""
        body = self.bodies.get(part.number)
        there = json.loads(body)["data"] if body else {}
        return bool(there) and (there.get("text"), there.get("binary")) == (
            part.event.data.text,
            part.event.data.binary,
        )

    @property
    def settled(self) -> dict[str, float]:
        """When the parts of the messages before were settled, by their attribute's name."""
        return {name: float(typed["N"]) for name, typed in self.item.items() if name.startswith("settled:")}

    @property
    def incomplete(self) -> Incomplete | None:
        kept = self.item.get("incomplete_as")
        return Incomplete(*json.loads(kept["S"])) if kept else None

    def is_unsure(self, part: Part) -> bool:
        """Return whether a part arrived when several messages with the same reference did."""
        since, until = (float(self.item.get(name, {}).get("N", "0")) for name in UNSURE_SPAN)
        return since <= part.received_at <= until

    def supplemented(self) -> Incomplete | None:
        """Return the message that these parts were missing in; None if there is none."""
        before, bodies = self.incomplete, self.bodies
        first = float(self.item.get("first_received_at", {}).get("N", "0"))
        if before is None or abs(first - before.received_at) > _LATE_SECONDS or not set(bodies) <= set(before.missing):
            return None
        return before

    def incomplete_after(self, event_id: str, total: int) -> Incomplete | None:
        """Return which message is the last one that misses parts, once this one is published."""
        bodies = self.bodies
        if len(bodies) == total:
            return self.incomplete
        if before := self.supplemented():
            left = [each for each in before.missing if each not in bodies]
            return before._replace(missing=left) if left else None
        missing = [each for each in range(1, total + 1) if each not in bodies]
        return Incomplete(event_id, missing, float(self.item["first_received_at"]["N"]))
