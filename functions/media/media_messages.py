"""The part of a published message that is read for its files."""

from inbound_sms.errors import InvalidPayload
from inbound_sms.events import Recovery
from inbound_sms.events.numbers import Number, without_numbers
from inbound_sms.model import Model, first_fault
from inbound_sms.parsing.hashing import hash_of

from datetime import datetime
from typing import Any

from pydantic import ValidationError


class File(Model):
    """A file of a message."""

    url: str | None = None
    content_type: str | None = None


class PublishedData(Model):
    """The part of a message's data that is read here."""

    provider: str
    account: str | None = None
    received_at: datetime
    authenticated_by: str
    delivery_id: str
    message_id: str | None = None
    sender: Number
    recipient: Number
    media: tuple[File, ...] = ()


class Published(Model):
    """A published message, with just the fields that are needed here."""

    id: str
    recovery: Recovery | None = None
    traceparent: str | None = None
    data: PublishedData

    @property
    def named(self) -> dict[str, Any]:
        """What a line of the log calls it: its id, with phone numbers masked, and its delivery."""
        log_id = without_numbers(self.id, self.data.sender, self.data.recipient)
        return {"event_id": log_id, "delivery_id": self.data.delivery_id}

    @property
    def folder(self) -> str:
        """Where in the bucket its files are."""
        return f"{self.data.provider}/{hash_of(self.id.encode())}"

    @property
    def record_key(self) -> str:
        """Where in the bucket it says whose they are, and in the end what became of them."""
        return f"{self.folder}/event.json"


# What the event about its files repeats.
COMMON = tuple(name for name in PublishedData.model_fields if name != "media")


def read_published(body: str) -> Published:
    """Read a published message. Raises InvalidPayload if it isn't one of the gateway's events."""
    try:
        return Published.model_validate_json(body)
    except ValidationError as error:
        fault, where = first_fault(error)
        raise InvalidPayload(fault, where or None) from None
