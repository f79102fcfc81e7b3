"""Publishes events to the topics, with their message attributes, in batches that SNS accepts."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aws_client import AwsError, RequestNotSent, Sns, is_throttled
from inbound_sms.errors import cause_of
from inbound_sms.observability import logger
from inbound_sms.publishing.email_text import for_email
from inbound_sms.publishing.message_attributes import Routes, message_attributes
from inbound_sms.publishing.queued import QueuedEvent
from inbound_sms.storage.queue import BATCH_BYTES, in_batches

DELIVERY_TYPES = ("inbound-sms.delivery.reported.", "inbound-sms.link.clicked.")


@dataclass(frozen=True, slots=True)
class Notification:
    """An event to publish: what the fan-out reads of it, and its JSON, exactly as it was queued unless it was joined.

    `part` is the event that a joined one is published by: the one whose claim says so.
    """

    event: QueuedEvent
    body: str
    part: QueuedEvent | None = None

    def logged(self, sns_message_id: str) -> dict[str, str]:
        """Return what is logged of it once it is published."""
        event = self.event
        return {"event_id": event.log_id, "delivery_id": event.data.delivery_id, "sns_message_id": sns_message_id}


class Queued(NamedTuple):
    """A notification, and the id of the SQS message that is done with when it is published."""

    message_id: str
    notification: Notification


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes to two topics: `messages` (and unknown events), and `delivery` (delivery reports and link clicks).

    `routes` maps our numbers to names. With `by_email`, e-mail subscribers to messages get a readable text, and all
    others get the event as usual; if the two together exceed what SNS accepts, everyone gets the event. `pause` sleeps
    for some seconds before a throttled batch is tried again.
    """

    sns: Sns
    messages: str
    delivery: str
    routes: Routes = field(default_factory=dict)
    by_email: bool = False
    pause: Callable[[float], None] = time.sleep

    def publish(
        self, notifications: list[Notification], in_time: Callable[[], bool] = lambda: True
    ) -> Iterator[list[tuple[int, str | None]]]:
        """Publish batch by batch, each when the caller asks for it, so that one can be recorded before the next.

        Yield for each batch the indexes of its notifications, each with SNS's message id, or None if SNS didn't accept
        it. No batch is sent unless `in_time` says that there is time left to wait for SNS's response: otherwise it
        might be published without anyone knowing.
        """
        for topic in dict.fromkeys((self.messages, self.delivery)):
            indexes = [i for i, notification in enumerate(notifications) if self.topic_of(notification) == topic]
            for entries in in_batches([self._entry(i, notifications[i]) for i in indexes], _size):
                accepted: dict[int, str] = {}
                if in_time():
                    accepted = self._publish_batch(topic, entries, in_time)
                else:
                    logger.error("out of time, a batch will be retried", entries=len(entries))
                yield [(index, accepted.get(index)) for index in (int(entry["Id"]) for entry in entries)]

    def _entry(self, index: int, notification: Notification) -> dict[str, Any]:
        attributes = message_attributes(notification.event, self.routes)
        plain = {
            "Id": str(index),
            "Message": notification.body,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        }
        if not self.by_email or self.topic_of(notification) != self.messages:
            return plain
        with_email = {**plain, **for_email(notification.event, notification.body)}
        return with_email if _size(with_email) <= BATCH_BYTES else plain

    def topic_of(self, notification: Notification) -> str:
        """Return the ARN of the topic that an event goes to."""
        return self.delivery if notification.event.type.startswith(DELIVERY_TYPES) else self.messages

    def _send(self, topic: str, entries: list[dict[str, Any]], in_time: Callable[[], bool]) -> dict[str, Any]:
        try:
            return self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
        except AwsError as error:
            if not (is_throttled(error) or isinstance(error, RequestNotSent)):
                raise  # SNS may have accepted it, and a second try would publish it twice
            if is_throttled(error):
                self.pause(random.random())  # noqa: S311 - jitter: so that functions don't all retry at the same moment
            if not in_time():
                raise
        return self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)

    def _publish_batch(self, topic: str, entries: list[dict[str, Any]], in_time: Callable[[], bool]) -> dict[int, str]:
        try:
            response = self._send(topic, entries, in_time)
        except Exception as error:  # noqa: BLE001 - one batch must not keep the others from being recorded
            logger.error("a batch was not published, it will be retried", cause=cause_of(error), entries=len(entries))
            return {}
        for failure in response.get("Failed", []):
            logger.error("an event was not published, it will be retried", code=failure.get("Code"))
        return {int(success["Id"]): success["MessageId"] for success in response.get("Successful", [])}


def _size(entry: dict[str, Any]) -> int:
    attributes = entry["MessageAttributes"].items()
    return (
        len(entry["Message"].encode())
        + len(entry.get("Subject", ""))
        + sum(len(name) + len("String") + len(value["StringValue"].encode()) for name, value in attributes)
    )
