"""Publishes an event once more, for subscribers that lost it.

An operator invokes the fan-out directly, by `{"resend": {"publish": true, "event": "<JSON>"}}`, which no queue's batch
equals. Nothing is claimed: it is meant to come a second time, marked as such, under its own id. With `publish` false,
nothing is published, and the operator's tool learns what it would need to send it to one queue.
"""

from inbound_sms.errors import InvalidPayload, cause_of
from inbound_sms.events import recovered
from inbound_sms.observability import count, logger
from inbound_sms.publishing.message_attributes import message_attributes
from inbound_sms.publishing.publisher import Notification, Publisher
from inbound_sms.publishing.queued import read_event

from typing import Any, NamedTuple


class Resend(NamedTuple):
    """What an operator asks for: to publish this event, or only to tell how it would be."""

    event: str
    publish: bool

    @classmethod
    def in_event(cls, event: dict[str, Any]) -> "Resend | None":
        """Return what an invocation asks for; None if it is any other event."""
        match event:
            case {"resend": {"event": str(body), "publish": bool(publish)}} if len(event) == 1:
                return cls(body, publish)
        return None


def resend(asked: Resend, publisher: Publisher) -> dict[str, Any]:
    """Return the outcome for the operator; never raises.

    `accepted` with the topic, and the message attributes if it is not published; `unreadable` with reason and field, or
    `failed` with the reason.
    """
    try:
        read_event(asked.event)  # raises if it is none
        body = recovered(asked.event, "resend")
        notification = Notification(read_event(body), body)
        outcome = {"outcome": "accepted", "topic": publisher.topic_of(notification)}
        if not asked.publish:
            return outcome | {"attributes": message_attributes(notification.event, publisher.routes)}
        [[(_, sns_message_id)]] = publisher.publish([notification])
    except InvalidPayload as error:
        return {"outcome": "unreadable", "reason": error.reason, "field": error.field}
    except Exception as error:  # noqa: BLE001 - the operator gets the reason
        logger.error("not resent", cause=cause_of(error))
        return {"outcome": "failed", "reason": f"unexpected error: {cause_of(error)}"}
    if sns_message_id is None:
        return {"outcome": "failed", "reason": "SNS didn't accept it; the log of the fan-out says why"}
    count("Resent")
    logger.info("resent", events=[notification.logged(sns_message_id)])
    return outcome | {"sns_message_id": sns_message_id}
