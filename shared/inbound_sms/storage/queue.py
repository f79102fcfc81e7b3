"""The queue between the webhooks and the fan-out, and what fits into one call."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from aws_client import AwsError, Sqs
from inbound_sms.errors import DependencyUnavailable

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
        """Queues a provider's events in JSON, one message each, several in one call; raises DependencyUnavailable.

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
            raise DependencyUnavailable("queue", error) from error

    def _send_batch(self, documents: list[str], provider: str) -> None:
        entries = [
            {"Id": str(number), "MessageBody": document, "MessageGroupId": provider}
            for number, document in enumerate(documents)
        ]
        taken = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries).get("Successful", [])
        if {entry["Id"] for entry in entries} - {success["Id"] for success in taken}:
            raise DependencyUnavailable("queue (a part of the messages)")
