"""The queue between the webhooks and the fan-out, and the size of a batch."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from aws_client import AwsError, Sqs
from inbound_sms.errors import DependencyUnavailable, cause_of
from inbound_sms.observability import logger

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

    def send_later(self, delayed: list[tuple[str, str, int]]) -> list[bool]:
        """Queue events that are given out only after some seconds, 900 at most: body, provider and delay of each.

        Return which of them are stored; never raises for those that are not.
        """
        stored: set[str] = set()
        entries = [
            {"Id": str(index), "MessageBody": body, "MessageGroupId": provider, "DelaySeconds": seconds}
            for index, (body, provider, seconds) in enumerate(delayed)
        ]
        for batch in in_batches(entries, lambda entry: len(str(entry["MessageBody"]).encode())):
            try:
                response = self.sqs.send_message_batch(QueueUrl=self.url, Entries=batch)
            except AwsError as error:
                logger.error("not queued", cause=cause_of(error), entries=len(batch))
            else:
                stored |= {success["Id"] for success in response.get("Successful", [])}
        return [entry["Id"] in stored for entry in entries]

    def _send_batch(self, bodies: list[str], provider: str) -> None:
        entries = [
            {"Id": str(index), "MessageBody": body, "MessageGroupId": provider} for index, body in enumerate(bodies)
        ]
        successes = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries).get("Successful", [])
        if {entry["Id"] for entry in entries} - {success["Id"] for success in successes}:
            raise DependencyUnavailable("queue (for some of the messages)")
