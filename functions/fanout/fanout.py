"""The consumer of the events queue: publishes each event once.

A batch is claimed concurrently, what was won is published together, and completions are recorded concurrently. Messages
that failed are reported to SQS, which delivers them again and, after several attempts, moves them to the dead-letter
queue.

If the function timed out between publishing and reporting, SQS would deliver published events again. So no call begins
after half of its time (the other half is longer than the slowest call to AWS), and no claim after a quarter, so that of
a large batch at least what was claimed by then is published.
"""

from inbound_sms import cold_start
from inbound_sms.errors import DependencyUnavailable, InvalidPayload, cause_of, location_of
from inbound_sms.events import recovered
from inbound_sms.joining.groups import GroupsTable
from inbound_sms.observability import count, flush, logger
from inbound_sms.parsing.hashing import hash_of
from inbound_sms.publishing.deduplication import Claim, ClaimsTable
from inbound_sms.publishing.publisher import Notification, Publisher, Queued
from inbound_sms.publishing.queued import QueuedEvent, read_event
from inbound_sms.settings import Environment
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.replay import key_to_replay, replay

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import Field

import aws_client
from attempts import InTime, attempt
from joiner import Joiner
from our_numbers import OurNumbers
from resending import Resend, resend


class FanoutSettings(Environment):
    """The environment of the fan-out function."""

    claims_table: str
    messages_topic: str
    delivery_topic: str
    quarantine_bucket: str
    queue_url: str
    join_parts: bool = True
    join_seconds: float = Field(default=60, gt=0, le=900)
    claim_retention_days: float = Field(default=7, gt=0)
    function_timeout_seconds: float = Field(default=15, gt=0)
    messages_by_email: bool = False
    routes: str = ""  # parsed by OurNumbers, because a mistake in it must not stop the fan-out
    routes_parameter: str = ""


@dataclass(frozen=True, slots=True)
class Fanout:
    """The consumer, and what it uses. `map_concurrently` is like `map`, but makes the calls concurrently."""

    claims: ClaimsTable
    publisher: Publisher
    quarantine: Quarantine
    joiner: Joiner
    map_concurrently: Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
    clock: Callable[[], float] = time.monotonic
    ready: Callable[[], bool] = lambda: True  # asked before each batch: may events be published?

    def handle(self, records: list[dict[str, Any]]) -> set[str]:
        """Publish the events in SQS records. Return the message ids of those that SQS must deliver again."""
        in_time, may_claim = self._within(1 / 2), self._within(1 / 4)
        if not self.ready():
            return {record["messageId"] for record in records}
        failed: set[str] = set()
        readable: list[Queued] = []
        for record in records:
            try:
                readable.append(Queued(record["messageId"], Notification(read_event(record["body"]), record["body"])))
            except InvalidPayload as error:
                count("NotOurs")
                logger.error("not an event of the gateway", reason=error.reason, field=error.field)
                failed.add(record["messageId"])
        claims = self.map_concurrently(lambda each: self._claim(each.notification.event, may_claim), readable)
        claimed = list(zip(readable, claims, strict=True))
        whole, parts = self.joiner.parted([each for each, claim in claimed if claim is Claim.WON])
        failed |= self._publish(whole, in_time)
        failed |= self.joiner.join(parts, self._publish, in_time)
        failed |= self.joiner.resume([each for each, claim in claimed if claim is Claim.UNSETTLED], in_time)
        others = [each for each in claimed if each[1] is not Claim.WON]
        failed |= {each.message_id for each, claim in others if not self._is_settled(claim, each.notification, in_time)}
        return failed

    def _within(self, share: float) -> InTime:
        latest = self.clock() + self.claims.function_timeout_seconds * share
        return lambda: self.clock() < latest

    def replay(self, key: str) -> dict[str, Any]:
        """Publish a quarantined id conflict under its own id. Return the outcome for the operator; never raise."""
        return replay(key, self.quarantine, self._publish_conflict)

    def _publish_conflict(self, body: bytes, _record: dict[str, Any]) -> list[str]:
        """Publish under an id derived from the content, which is the same in every replay: repeats are duplicates."""
        event = read_event(body)
        event_id = f"{event.id}#conflict-{event.fingerprint[:16]}"
        if self.handle([{"messageId": event_id, "body": recovered(body, "replay", id=event_id)}]):
            raise DependencyUnavailable("claims table, topic or claim (held by another run)")
        return [event_id]

    def _claim(self, event: QueuedEvent, may_claim: InTime) -> Claim | None:
        if not may_claim():
            logger.error("not claimed, it will be retried", event_id=event.log_id, cause="out of time")
            return None
        try:
            return self.claims.claim(event.id, event.data.delivery_id, event.fingerprint, event.fingerprint_before)
        except DependencyUnavailable as error:
            logger.error("not claimed, it will be retried", event_id=event.log_id, cause=str(error))
        except Exception as error:  # noqa: BLE001 - one event must not fail the whole batch
            logger.error("not claimed: unexpected error", event_id=event.log_id, cause=cause_of(error))
        return None

    def _is_settled(self, claim: Claim | None, notification: Notification, in_time: InTime) -> bool:
        """Return whether nothing more needs to be done for an event that was not won."""
        event = notification.event
        match claim:
            case Claim.DUPLICATE:
                count("Duplicates")
                logger.info("duplicate dropped", event_id=event.log_id, delivery_id=event.data.delivery_id)
            case Claim.CONFLICT:
                return self._quarantine(notification, in_time)
        return claim in {Claim.DUPLICATE, Claim.PUBLISHED, Claim.UNSETTLED}

    def _quarantine(self, notification: Notification, in_time: InTime) -> bool:
        event = notification.event
        try:
            key = self.quarantine.store(
                hash_of(event.id.encode(), event.fingerprint.encode()),
                notification.body.encode(),
                {
                    "provider": event.data.provider,
                    "reason": "id conflict: another message has the same id",
                    "field": "id",
                    "received_at": event.data.received_at,
                    "event_id": event.id,
                    "delivery_id": event.data.delivery_id,
                },
                in_time,
            )
        except Exception as error:  # noqa: BLE001 - one event must not fail the whole batch
            cause = str(error) if isinstance(error, DependencyUnavailable) else cause_of(error)
            logger.error("id conflict not stored, it will be retried", event_id=event.log_id, cause=cause)
            return False
        count("Conflicts")
        count("Quarantined")
        logger.error("id conflict, quarantined", event_id=event.log_id, delivery_id=event.data.delivery_id, key=key)
        return True

    def _publish(self, won: list[Queued], in_time: InTime) -> set[str]:
        """Publish what was won, recording each batch before the next, and return the message ids of what wasn't."""
        failed: set[str] = set()
        for batch in self.publisher.publish([notification for _, notification in won], in_time):
            published: list[tuple[Notification, str]] = []
            for index, sns_id in batch:
                message_id, notification = won[index]
                if sns_id is None:
                    logger.error("not published, it will be retried", event_id=notification.event.log_id)
                    failed.add(message_id)
                else:
                    published.append((notification, sns_id))
            if published:
                logger.info("published", events=[each.logged(sns_id) for each, sns_id in published])
            count("Published", len(published))
            completed = list(self.map_concurrently(lambda each: self._complete(each, in_time), published))
            count("CompletionFailed", completed.count(False))
        return failed

    def _complete(self, published: tuple[Notification, str], in_time: InTime) -> bool:
        """Record that an event was published, and return whether that succeeded.

        If not, the message is still done: its owner is on record, so every other delivery remains a duplicate, and
        reporting a failure would only publish the event again.
        """
        notification, sns_id = published
        event, joined = notification.event, {}
        if notification.part:
            event, joined = notification.part, {"joined_as": event.id, "joins": "others"}
        cause = attempt(lambda: self.claims.complete(event.id, event.data.delivery_id, sns_id, **joined), in_time)
        if cause:
            logger.error("published, but not recorded", event_id=event.log_id, cause=cause)
        return cause is None


def fanout_from_environment() -> Fanout:
    """Create the consumer that the environment describes. Raises ConfigurationError."""
    settings = FanoutSettings.load()
    pool = ThreadPoolExecutor(max_workers=10)
    numbers = OurNumbers(settings.routes, settings.routes_parameter, pool.submit)
    claims = ClaimsTable(
        aws_client.dynamodb(),
        settings.claims_table,
        retention_seconds=settings.claim_retention_days * 86_400,
        function_timeout_seconds=settings.function_timeout_seconds,
    )
    queue = EventQueue(aws_client.sqs(), settings.queue_url)
    return Fanout(
        claims=claims,
        publisher=Publisher(
            aws_client.sns(), settings.messages_topic, settings.delivery_topic, numbers, settings.messages_by_email
        ),
        quarantine=Quarantine(aws_client.s3(), settings.quarantine_bucket, "fanout"),
        joiner=Joiner(GroupsTable(claims, settings.join_seconds), claims, queue, pool.map, on=settings.join_parts),
        map_concurrently=pool.map,
        ready=numbers.ready,
    )


@cache
def _ready() -> Fanout:
    return fanout_from_environment()


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Publish a batch of SQS messages and return those that failed (ReportBatchItemFailures); or serve an operator."""
    try:
        if key := key_to_replay(event):
            return _ready().replay(key)
        if asked := Resend.in_event(event):
            return resend(asked, _ready().publisher)
        failed = _handle(_ready(), event["Records"])
        count("Retried", len(failed))
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(failed)]}
    finally:
        flush()


def _handle(fanout: Fanout, records: list[dict[str, Any]]) -> set[str]:
    try:
        return fanout.handle(records)
    except Exception as error:  # noqa: BLE001 - Lambda would log its text, which may quote a message
        logger.error("unexpected error, the whole batch is retried", cause=cause_of(error), where=location_of(error))
        return {record["messageId"] for record in records}


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    QueuedEvent.model_rebuild()
    _ready()  # during the cold start, rather than within the first batch's time limit
    aws_client.connect(aws_client.dynamodb(), aws_client.sns())
cold_start.end()
