"""The topics: what is published where, with which attributes, and in batches that SNS takes."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

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
    """An event on its way to a topic: what to read of it, and the document itself, as it was queued."""

    event: QueuedEvent
    document: str


@dataclass(frozen=True, slots=True)
class Publisher:
    """The topic of messages (and of what is unknown), and the topic of delivery reports and clicks.

    `routes` names our numbers. With `by_email`, subscribers to messages by e-mail get a text that a person can read;
    all others get the event as ever, and so does everybody where the two together are more than SNS takes.
    `pause` waits so many seconds before the second try of a batch that was throttled.
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
        """Publishes batch by batch, each only when the caller asks for it: one can be put on record before the next.

        Gives for each batch which notifications (by index) were in it, each with SNS's message id, or None where SNS
        did not take it. No batch is sent once there is no time left to hear SNS's answer: it would be published, and
        nobody would know.
        """
        for topic in dict.fromkeys((self.messages, self.delivery)):
            mine = [i for i, notification in enumerate(notifications) if self._topic_of(notification) == topic]
            for entries in in_batches([self._entry(i, notifications[i]) for i in mine], _size):
                taken: dict[int, str] = {}
                if in_time():
                    taken = self._publish_batch(topic, entries, in_time)
                else:
                    logger.error("out of time, a batch is left for another try", entries=len(entries))
                yield [(index, taken.get(index)) for index in (int(entry["Id"]) for entry in entries)]

    def _entry(self, index: int, notification: Notification) -> dict[str, Any]:
        attributes = message_attributes(notification.event, self.routes)
        plain = {
            "Id": str(index),
            "Message": notification.document,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        }
        if not self.by_email or self._topic_of(notification) != self.messages:
            return plain
        for_people = {**plain, **for_email(notification.event, notification.document)}
        return for_people if _size(for_people) <= BATCH_BYTES else plain

    def _topic_of(self, notification: Notification) -> str:
        return self.delivery if notification.event.type.startswith(DELIVERY_TYPES) else self.messages

    def _send(self, topic: str, entries: list[dict[str, Any]], in_time: Callable[[], bool]) -> dict[str, Any]:
        try:
            return self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
        except AwsError as error:
            if not (is_throttled(error) or isinstance(error, RequestNotSent)):
                raise  # SNS may have taken it, and a second try would double it
            if is_throttled(error):
                self.pause(random.random())  # noqa: S311 - so that many functions don't try again in step
            if not in_time():
                raise
        return self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)

    def _publish_batch(self, topic: str, entries: list[dict[str, Any]], in_time: Callable[[], bool]) -> dict[int, str]:
        try:
            response = self._send(topic, entries, in_time)
        except Exception as error:  # noqa: BLE001 - one batch must not keep the others from being put on record
            logger.error("a batch was not published, it is tried again", cause=cause_of(error), entries=len(entries))
            return {}
        for failure in response.get("Failed", []):
            logger.error("an event was not published, it is tried again", code=failure.get("Code"))
        return {int(success["Id"]): success["MessageId"] for success in response.get("Successful", [])}


def _size(entry: dict[str, Any]) -> int:
    attributes = entry["MessageAttributes"].items()
    return (
        len(entry["Message"].encode())
        + len(entry.get("Subject", ""))
        + sum(len(name) + len("String") + len(value["StringValue"].encode()) for name, value in attributes)
    )
