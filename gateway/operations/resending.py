"""Sends published events once more, marked as such: to the topic, or to one queue that is subscribed.

The gateway keeps no published event, so whoever wants one again has to have it: from `gateway tail --json`, from an
archive, or from the dead-letter queue of a subscription.
"""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.errors import GatewayError, WrongUsage
from gateway.operations.installation import Installation
from gateway.operations.invoking import invoke
from gateway.operations.subscriptions import is_elsewhere, queue_url, subscriptions_of

_SOMETHING = re.compile(r"\S")


@dataclass(frozen=True)
class Resent:
    """What came of an event: `accepted`, `unreadable` or `failed`, with the reason."""

    event_id: str
    outcome: str
    reason: str | None = None


def events_in(text: str) -> list[dict[str, Any]]:
    """Return the events in a text: one or several JSON objects, also in the envelope of SNS. Raises WrongUsage."""
    found: list[dict[str, Any]] = []
    try:
        for value in _values_in(text):
            is_wrapped = isinstance(value, dict) and value.get("Type") == "Notification"
            event = json.loads(value["Message"]) if is_wrapped else value
            found.append({**event, "id": str(event["id"])})
    except (ValueError, KeyError, TypeError, RecursionError):
        raise WrongUsage(f"Number {len(found) + 1} is no event: `gateway tail --json` prints one a line") from None
    return found


def _values_in(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while begins := _SOMETHING.search(text, at):
        value, at = decoder.raw_decode(text, begins.start())
        yield value


def resend(installation: Installation, events: list[dict[str, Any]], queue: str | None) -> Iterator[Resent]:
    """Send events to the ARN of a queue, or (None) to the topic each belongs to; yield what came of each.

    Raises GatewayError, and what boto3 raises.
    """
    for event in events:
        asked = {"resend": {"publish": queue is None, "event": json.dumps(event, ensure_ascii=False)}}
        answer = invoke(installation, "fanout", asked) or {}
        if "outcome" not in answer:
            raise GatewayError("The fan-out could not resend it: its log says why, or it is of an earlier version")
        if answer["outcome"] == "accepted" and queue is not None:
            marked = json.dumps({**event, "recovery": "resend"})
            _send(installation, queue, answer["topic"], marked, answer["attributes"])
        named, reason = answer.get("field"), answer.get("reason")
        yield Resent(event["id"], answer["outcome"], f"{named}: {reason}" if named else reason)


def _send(installation: Installation, queue: str, topic: str, event: str, attributes: dict[str, str]) -> None:
    """Send an event to a queue as its subscription would, except that nothing signs an envelope."""
    sns = installation.client("sns")
    arns = [it.arn for it in subscriptions_of(sns, topic) if it.endpoint == queue and it.arn]
    if not arns or is_elsewhere(queue, topic):
        raise WrongUsage(f"{queue} is no queue of this account that is subscribed to {topic}")
    subscription = sns.get_subscription_attributes(SubscriptionArn=arns[0])["Attributes"]
    message: dict[str, Any] = {"MessageBody": event}
    if subscription.get("RawMessageDelivery") == "true":
        message["MessageAttributes"] = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        }
    else:
        message["MessageBody"] = json.dumps(_envelope(topic, event, attributes))
    installation.client("sqs").send_message(QueueUrl=queue_url(installation, queue), **message)


def _envelope(topic: str, event: str, attributes: dict[str, str]) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": topic,
        "Message": event,
        "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "MessageAttributes": {name: {"Type": "String", "Value": value} for name, value in attributes.items()},
    }
