"""What became of the files of a message; apart, as the functions that receive need none of it when they start."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from inbound_sms.events import Data
from inbound_sms.events.numbers import Number
from inbound_sms.model import Model


class StoredFile(Model):
    """A file of a message, as it was stored: an object in S3."""

    bucket: str
    key: str
    content_type: str = Field(description="What its first bytes say, or else what the provider said")
    bytes: int
    sha256: str = Field(description="SHA-256 of the object's bytes, hexadecimal")


class MissingFile(Model):
    """A file of a message that could not be stored."""

    failure: str = Field(description="Why, in words for a person")


class _OfMedia(Model):
    """What events about the files of a message say besides. Their `provider_payload` is null."""

    event_id: str = Field(description="Id of the message's event")
    message_id: str | None = Field(default=None, description="The provider's id; null if it assigns none")
    sender: Number
    recipient: Number
    ended_at: datetime

    def time(self) -> datetime:
        return self.ended_at


class MediaStored(_OfMedia, Data):
    """Every file of a message is stored; `files` are in the order of the message's `media`."""

    TYPE: ClassVar[str] = "inbound-sms.media.stored.v1"

    files: tuple[StoredFile, ...]


class MediaFailed(_OfMedia, Data):
    """A file of a message could not be stored, or several; `files` are in the order of the message's `media`."""

    TYPE: ClassVar[str] = "inbound-sms.media.failed.v1"

    files: tuple[StoredFile | MissingFile, ...]
