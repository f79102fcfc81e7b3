"""Sinch by Amazon SNS: callbacks that Sinch publishes to a topic of ours instead of posting them.

Sinch authenticates by access keys that allow nothing but publishing to that topic (policy SinchPublishPolicy). The
topic feeds a queue, which this function consumes, so a message that we fail to store is delivered again. What exactly
Sinch publishes isn't documented; the callback's JSON is assumed, in SNS's envelope or by raw delivery.
"""

from inbound_sms import cold_start
from inbound_sms.api import Request
from inbound_sms.errors import DependencyUnavailable, cause_of, location_of
from inbound_sms.observability import count, flush, logger, set_dimensions
from inbound_sms.settings import IngestSettings
from inbound_sms.webhook.ingest import Ingestor

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sinch_callbacks import parse

_PROVIDER = "sinch"
_SLOWEST_MESSAGE_MS = 15_000  # two calls to AWS in the worst case


class TopicSettings(IngestSettings):
    """The environment of this function."""

    sinch_topic: str


@dataclass(frozen=True, slots=True)
class TopicHandler:
    """Ingests the callbacks that Sinch publishes."""

    settings: TopicSettings
    ingestor: Ingestor

    def handle(self, record: dict[str, Any]) -> bool:
        """Ingest an SQS record and return whether it is stored. If not, SQS must deliver it again."""
        delivery_id = str(uuid.uuid4())
        logger.append_keys(provider=_PROVIDER, delivery_id=delivery_id)
        request = Request(
            provider=_PROVIDER,
            body=callback_in(record["body"], self.settings.sinch_topic).encode("utf-8", "surrogatepass"),
            headers={},
            path_parameters={},
            received_at=datetime.now(UTC),
            delivery_id=delivery_id,
            settings=self.settings,
            authenticated_by=f"sns:{self.settings.sinch_topic}",
        )
        try:
            outcome = self.ingestor.ingest(request)
        except DependencyUnavailable as error:
            count("Failed")
            logger.error("not stored, it will be retried", cause=str(error))
            return False
        except Exception as error:  # noqa: BLE001 - a bug of ours must lead to a retry, never to a loss
            count("Failed")
            logger.error("unexpected error, it will be retried", cause=cause_of(error), where=location_of(error))
            return False
        count("Accepted" if outcome == "accepted" else "Quarantined")
        return True


def callback_in(body: str, topic: str) -> str:
    """Return the callback in SNS's envelope, or the body itself if it came by raw delivery."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if isinstance(envelope, dict) and envelope.get("Type") == "Notification" and envelope.get("TopicArn") == topic:
        message = envelope.get("Message")
        return message if isinstance(message, str) else body
    return body


def _handle(topic_handler: TopicHandler, record: dict[str, Any]) -> bool:
    try:
        return topic_handler.handle(record)
    finally:
        flush()  # one line for each record, with its delivery_id


@cache
def _ready() -> TopicHandler:
    set_dimensions(provider=_PROVIDER)
    settings = TopicSettings.load()
    return TopicHandler(settings, Ingestor.of(_PROVIDER, parse, settings))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Ingest a batch of SQS messages and return those that failed (ReportBatchItemFailures)."""
    try:
        topic_handler = _ready()
        failed = [
            record["messageId"]
            for record in event["Records"]
            if context.get_remaining_time_in_millis() < _SLOWEST_MESSAGE_MS or not _handle(topic_handler, record)
        ]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
    finally:
        flush()


cold_start.end()
