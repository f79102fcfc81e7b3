"""The queue between the webhooks and the fan-out: what goes in, and how it is read again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from inbound_sms.aws import AWS_ERRORS
from inbound_sms.errors import Unavailable, Unreadable
from inbound_sms.normalise import hash_of
from inbound_sms.numbers import Number, without_numbers

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class EventQueue:
    """Takes events. When `send` returns, SQS has stored them on several machines: they may be acknowledged."""

    sqs: "SQSClient"
    url: str

    def send(self, documents: list[str]) -> None:
        """Queues events in JSON, one message each; raises Unavailable.

        Where it fails half way, the provider sends all of them again, and deduplication drops what was queued twice.
        """
        for document in documents:
            try:
                self.sqs.send_message(QueueUrl=self.url, MessageBody=document)
            except AWS_ERRORS as error:
                raise Unavailable("queue", error) from error


class QueuedData(BaseModel):
    """What the fan-out needs of an event's data."""

    model_config = ConfigDict(frozen=True)

    provider: str
    delivery_id: str
    account: str | None = None
    sender: Number | None = None
    recipient: Number | None = None
    text: str | None = None
    binary: str | None = None
    udh: str | None = None
    title: str | None = None
    media: list[Any] = []
    opt_out: bool | None = None


class QueuedEvent(BaseModel):
    """An event as the fan-out reads it: just what it needs to claim, to filter and to publish."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
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


def read_event(body: str) -> QueuedEvent:
    """Reads a queue message; raises Unreadable for one that isn't ours."""
    try:
        return QueuedEvent.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise Unreadable(fault["msg"], ".".join(map(str, fault["loc"])) or None) from None
