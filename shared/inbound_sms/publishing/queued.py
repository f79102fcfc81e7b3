"""What the fan-out reads of an event that was queued."""

from typing import Any

from pydantic import ConfigDict, ValidationError

from inbound_sms.errors import InvalidPayload
from inbound_sms.events.numbers import Number, without_numbers
from inbound_sms.model import Model, first_fault
from inbound_sms.parsing.hashing import hash_of


class QueuedData(Model):
    """What the fan-out needs of an event's data."""

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
    title: str | None = None
    media: list[Any] = []
    opt_out: bool | None = None


class QueuedEvent(Model):
    """An event as the fan-out reads it: just what it needs to claim, to filter and to publish."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    time: str | None = None
    data: QueuedData

    @property
    def log_id(self) -> str:
        """The id as it may be logged: without the numbers in it."""
        return without_numbers(self.id, self.data.sender, self.data.recipient)

    @property
    def fingerprint(self) -> str:
        """Tells apart two different messages that come under one id.

        Of media only their number counts: their addresses are signed, perhaps anew in each retry.
        """
        data = self.data
        raws = [number.raw if number else None for number in (data.sender, data.recipient)]
        content = (data.text, data.binary, data.udh, data.title, len(data.media))
        return hash_of(*(repr(value).encode() for value in (self.type, *raws, *content)))


def read_event(body: str | bytes) -> QueuedEvent:
    """Reads a queue message; raises InvalidPayload for one that isn't ours."""
    try:
        return QueuedEvent.model_validate_json(body)
    except ValidationError as error:
        fault, where = first_fault(error)
        raise InvalidPayload(fault, where or None) from None
