"""The queue between the webhooks and the fan-out: what goes in, and how it is read again."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from pydantic import ConfigDict, ValidationError

from inbound_sms.aws import Sqs
from inbound_sms.errors import AwsError, Unavailable, Unreadable
from inbound_sms.hashing import hash_of
from inbound_sms.models import Model, first_fault
from inbound_sms.numbers import Number, without_numbers

Part = TypeVar("Part")

_BATCH_ENTRIES = 10  # SQS: SendMessageBatch; SNS: PublishBatch
BATCH_BYTES = 262_144


def in_batches(parts: Iterable[Part], size: Callable[[Part], int]) -> Iterator[list[Part]]:
    """Splits what is to be sent so that none of the batches is more than SQS or SNS takes at once."""
    batch: list[Part] = []
    total = 0
    for part in parts:
        if batch and (len(batch) == _BATCH_ENTRIES or total + size(part) > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(part)
        total += size(part)
    if batch:
        yield batch


class EventQueue(NamedTuple):
    """Takes events. When `send` returns, SQS has stored them on several machines: they may be acknowledged."""

    sqs: Sqs
    url: str

    def send(self, documents: list[str], provider: str) -> None:
        """Queues a provider's events in JSON, one message each, several in one call; raises Unavailable.

        The provider is their message group: while one provider floods the queue, SQS hands out the others' events
        first ("fair queues"). On a standard queue a group orders nothing and holds nothing back.
        Where it fails half way, the provider sends all of them again, and deduplication drops what was queued twice.
        """
        try:
            if len(documents) == 1:
                self.sqs.send_message(QueueUrl=self.url, MessageBody=documents[0], MessageGroupId=provider)
            else:
                for batch in in_batches(documents, lambda document: len(document.encode())):
                    self._send_batch(batch, provider)
        except AwsError as error:
            raise Unavailable("queue", error) from error

    def _send_batch(self, documents: list[str], provider: str) -> None:
        entries = [
            {"Id": str(number), "MessageBody": document, "MessageGroupId": provider}
            for number, document in enumerate(documents)
        ]
        taken = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries).get("Successful", [])
        if {entry["Id"] for entry in entries} - {success["Id"] for success in taken}:
            raise Unavailable("queue (a part of the messages)")


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
    """Reads a queue message; raises Unreadable for one that isn't ours."""
    try:
        return QueuedEvent.model_validate_json(body)
    except ValidationError as error:
        fault, where = first_fault(error)
        raise Unreadable(fault, where or None) from None
