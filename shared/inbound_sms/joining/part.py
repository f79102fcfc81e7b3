"""A part of a longer message: which one it belongs to, and whether it can be joined at all."""

from datetime import datetime
from typing import NamedTuple

from inbound_sms.events.numbers import Number
from inbound_sms.parsing.hashing import hash_of
from inbound_sms.publishing.publisher import Notification
from inbound_sms.publishing.queued import QueuedEvent

_MESSAGE = "inbound-sms.message.received."
_MAX_PARTS = 255  # 3GPP TS 23.040, 9.2.3.24.1: the total is one byte
_MAX_GROUP_BYTES = 250_000  # what is made of as much fits into a notification, and into an item of DynamoDB


class Part(NamedTuple):
    """A part's event, as it was queued; `key` is that of its group: all parts that look as if they belonged together.

    The reference's width isn't in the key, because not every provider says it.
    """

    notification: Notification
    key: str
    number: int
    total: int
    received_at: float

    @property
    def event(self) -> QueuedEvent:
        return self.notification.event

    @property
    def body(self) -> str:
        return self.notification.body


def part_of(notification: Notification) -> Part | None:
    """Return an event as a part of a longer message; None if it is none, or must be published by itself.

    That is a part of a message that would be too large, or one that lacks what tells whose it is.
    """
    event = notification.event
    data, place = event.data, event.data.concatenation
    if place is None or not event.type.startswith(_MESSAGE):
        return None
    sender, recipient = _written(data.sender), _written(data.recipient)
    received_at = _timestamp(data.received_at)
    if not (sender and recipient and received_at and 2 <= place.total <= _MAX_PARTS and 1 <= place.part <= place.total):
        return None
    if len(notification.body.encode()) * place.total > _MAX_GROUP_BYTES:
        return None
    whose = (data.provider, data.account or "", sender, recipient, str(place.reference), str(place.total))
    key = f"parts:{hash_of(*(each.encode() for each in whose))}"  # no event id: these have a slash after the provider
    return Part(notification, key, place.part, place.total, received_at)


def _written(number: Number | None) -> str | None:
    return (number.number or number.raw) if number else None


def _timestamp(time: str | None) -> float | None:
    try:
        return datetime.fromisoformat(time or "").timestamp()
    except ValueError:
        return None
