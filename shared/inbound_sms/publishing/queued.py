"""The part of a queued event that the fan-out reads."""

from typing import Any

from pydantic import ConfigDict, ValidationError

from inbound_sms.errors import InvalidPayload
from inbound_sms.events.numbers import Number, without_numbers
from inbound_sms.model import Model, first_fault
from inbound_sms.parsing.hashing import hash_of


class Place(Model):
    """Which part of a longer message an event is."""

    model_config = ConfigDict(frozen=True)

    reference: int
    total: int
    part: int


class QueuedData(Model):
    """The part of an event's data that the fan-out reads."""

    model_config = ConfigDict(frozen=True)

    provider: str
    delivery_id: str
    received_at: str | None = None
    account: str | None = None
    sender: Number | None = None
    recipient: Number | None = None
    text: str | None = None
    binary: str | None = None
    udh: str | None = None
    concatenation: Place | None = None
    title: str | None = None
    media: list[Any] = []
    opt_out: bool | None = None
    consent: dict[str, str | None] | None = None
    fingerprint: str = ""


class QueuedEvent(Model):
    """A queued event, with just the fields needed to claim and publish it."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    time: str | None = None
    data: QueuedData

    @property
    def log_id(self) -> str:
        """The id as it may be logged: with phone numbers masked."""
        return without_numbers(self.id, self.data.sender, self.data.recipient)

    @property
    def fingerprint(self) -> str:
        """A hash that differs if two events with the same id have different content."""
        return self.data.fingerprint or self.fingerprint_before

    @property
    def fingerprint_before(self) -> str:
        """The fingerprint that earlier versions gave to this event: it may be in the claims table."""
        data = self.data
        raws = [number.raw if number else None for number in (data.sender, data.recipient)]
        content = (data.text, data.binary, data.udh, data.title, len(data.media))
        return hash_of(*(repr(value).encode() for value in (self.type, *raws, *content)))


def read_event(body: str | bytes) -> QueuedEvent:
    """Read a message of the events queue. Raises InvalidPayload if it isn't one of the gateway's events."""
    try:
        return QueuedEvent.model_validate_json(body)
    except ValidationError as error:
        fault, where = first_fault(error)
        raise InvalidPayload(fault, where or None) from None
