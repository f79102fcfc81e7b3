"""The queue between the webhooks and the fan-out, and the size of a batch."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from aws_client import AwsError, Sqs
from inbound_sms.errors import DependencyUnavailable

Entry = TypeVar("Entry")

_BATCH_ENTRIES = 10  # SQS: SendMessageBatch; SNS: PublishBatch
BATCH_BYTES = 262_144


def in_batches(entries: Iterable[Entry], size: Callable[[Entry], int]) -> Iterator[list[Entry]]:
    """Split entries into batches that SQS and SNS accept. `size` returns the bytes of an entry."""
    batch: list[Entry] = []
    total = 0
    for entry in entries:
        if batch and (len(batch) == _BATCH_ENTRIES or total + size(entry) > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(entry)
        total += size(entry)
    if batch:
        yield batch


class EventQueue(NamedTuple):
    """The events queue. When `send` returns, SQS has stored the events redundantly, and they may be acknowledged."""

    sqs: Sqs
    url: str

    def send(self, bodies: list[str], provider: str) -> None:
        """Queue a provider's events, one message for each, in as few calls as possible. `bodies` is their JSON.

        The provider is the message group: while one provider floods the queue, SQS delivers the others' events first
        ("fair queues"). In a standard queue, a group neither orders messages nor holds them back.

        Raises DependencyUnavailable. If that happens halfway, the provider sends all of them again, and deduplication
        drops those that were queued twice.
        """
        try:
            if len(bodies) == 1:
                self.sqs.send_message(QueueUrl=self.url, MessageBody=bodies[0], MessageGroupId=provider)
            else:
                for batch in in_batches(bodies, lambda body: len(body.encode())):
                    self._send_batch(batch, provider)
        except AwsError as error:
            raise DependencyUnavailable("queue", error) from error

    def _send_batch(self, bodies: list[str], provider: str) -> None:
        entries = [
            {"Id": str(index), "MessageBody": body, "MessageGroupId": provider} for index, body in enumerate(bodies)
        ]
        successes = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries).get("Successful", [])
        if {entry["Id"] for entry in entries} - {success["Id"] for success in successes}:
            raise DependencyUnavailable("queue (for some of the messages)")
