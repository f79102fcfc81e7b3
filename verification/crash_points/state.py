"""Everything there is at one moment of a schedule, and what SQS does with it.

SQS hides a message that it gave out until its visibility timeout is over, counts how often it gave it out, may give it
out once more at any time (even after it was deleted), and gives out what it has in any batches.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations
from typing import NamedTuple

from verification.crash_points.ledger import Ledger
from verification.crash_points.replay import History
from verification.crash_points.simulated_aws import Stores

START = 1_800_000_000.0
VISIBILITY = 100.0
COPY = "copy"  # SQS gives out a message once more

_AGAIN = "+"  # the name of a message that was queued once more: `first+`


def original(name: str) -> str:
    """Return the name of the message that was queued first."""
    return name.rstrip(_AGAIN)


class Message(NamedTuple):
    name: str
    visible_at: float
    receives: int


class Handler(NamedTuple):
    """A run of the fan-out: its batch (message and how often it was received), its beginning, its answers."""

    batch: tuple[tuple[str, int], ...]
    start: float
    history: History = ()

    @property
    def name(self) -> str:
        """Tells it from every other run, in every schedule."""
        return _name(self.batch, self.start)


class State(NamedTuple):
    now: float
    stores: Stores
    ledger: Ledger
    queue: tuple[Message, ...]
    deleted: tuple[Message, ...]
    dead: tuple[Message, ...]
    handlers: tuple[Handler, ...]
    to_come: tuple[str, ...]
    faults_left: int
    redrives_left: int

    @property
    def visible(self) -> list[Message]:
        return [message for message in self.queue if message.visible_at <= self.now]

    def with_handler(self, handler: Handler) -> "State":
        return self._replace(handlers=tuple(sorted((*self.handlers, handler), key=lambda each: each.batch)))

    def without(self, handler: Handler) -> "State":
        """Return it without a handler; what it took comes back when the visibility timeout is over."""
        return self._replace(handlers=tuple(each for each in self.handlers if each is not handler))

    def with_message(self, name: str, delay: float) -> "State":
        """Return it with a message queued once more, under a name of its own."""
        taken = {message.name for message in (*self.queue, *self.deleted, *self.dead)}
        taken |= {each for handler in self.handlers for each, _ in handler.batch}
        while name in taken:
            name += _AGAIN
        return self._replace(queue=tuple(sorted((*self.queue, Message(name, self.now + delay, 0)))))

    def settled(self, names: set[str]) -> "State":
        deleted = [message for message in self.queue if message.name in names]
        kept = tuple(message for message in self.queue if message.name not in names)
        if COPY not in self.to_come:  # whoever looks at them again wants the messages that arrived
            deleted = [message for message in deleted if _AGAIN not in message.name]
        return self._replace(queue=kept, deleted=tuple(sorted((*self.deleted, *deleted))))

    def buried(self, message: Message) -> "State":
        queue = tuple(each for each in self.queue if each != message)
        return self._replace(queue=queue, dead=(*self.dead, message))

    def redriven(self) -> "State":
        back = tuple(Message(each.name, self.now, 0) for each in self.dead)
        return self._replace(queue=back, dead=(), redrives_left=self.redrives_left - 1)

    def polls(self) -> Iterator[tuple[str, "State"]]:
        # What arrives is seen when it is polled for the first time: so that is when it arrives.
        new = [Message(name, self.now, 0) for name in dict.fromkeys(self.to_come) if name != COPY]
        there = self.visible + new
        for size in range(1, len(there) + 1):
            for batch in combinations(there, size):
                yield f"poll {' '.join(message.name for message in batch)}", self._poll(batch)
        if COPY in self.to_come:
            yield from self._replace(to_come=_without(self.to_come, [COPY]))._copies()

    def _copies(self) -> Iterator[tuple[str, "State"]]:
        for message in self.queue:
            if message.visible_at <= self.now:
                yield f"poll {message.name} twice in a batch", self._poll((message, message))
            else:
                yield f"{message.name} is delivered at the same time", self._poll((message,))
        for message in self.deleted:
            left = tuple(each for each in self.deleted if each != message)
            back = self._replace(queue=(*self.queue, message), deleted=left)
            yield f"{message.name} is delivered though deleted", back._poll((message,))

    def _poll(self, batch: tuple[Message, ...]) -> "State":
        received = [Message(each.name, self.now + VISIBILITY, each.receives + 1) for each in dict.fromkeys(batch)]
        receives = {each.name: each.receives for each in received}
        handler = Handler(tuple((each.name, receives[each.name]) for each in batch), self.now)
        return self.with_handler(handler)._replace(
            queue=tuple(sorted([*(each for each in self.queue if each not in batch), *received])),
            to_come=_without(self.to_come, receives),
        )


@cache
def _name(batch: tuple[tuple[str, int], ...], start: float) -> str:
    return f"{' '.join(f'{name}#{receives}' for name, receives in batch)} at {start - START:.0f} s"


def _without(names: tuple[str, ...], less: Iterable[str]) -> tuple[str, ...]:
    return tuple((Counter(names) - Counter(dict.fromkeys(less, 1))).elements())
