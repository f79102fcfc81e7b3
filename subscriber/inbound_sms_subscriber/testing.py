"""For tests of subscribers: events as they arrive, made by a line, in each of the ways in which they are delivered."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from inbound_sms.events import ConsentChange, Event, Message

_TOPIC = "arn:aws:sns:eu-west-1:123456789012:messages"


def message(
    text: str | None = "Hello", *, sender: str = "+447700900001", recipient: str = "+447700900002", **more: Any
) -> Event:
    """Return an event of a received text; `more` are fields of its data: `provider`, `opt_out`, `received_at`..."""
    own_id = str(more.pop("message_id", None) or uuid.uuid4())
    known = {"message_id": own_id, "recipient": _number(recipient), "text": text, "opt_out": False}
    return Event.of(own_id, Message.model_validate(_arrived(sender) | known | more))


def consent_change(
    action: str = "opt_out", *, sender: str = "+447700900001", recipient: str | None = "+447700900002", **more: Any
) -> Event:
    """Return an event of what a provider says of a person (`sender`) without a text; `more` are fields of its data."""
    known = {
        "recipient": recipient and _number(recipient),
        "opt_out": action == "opt_out",
        "consent": {"action": action, "decided_by": "provider"},
    }
    return Event.of(str(uuid.uuid4()), ConsentChange.model_validate(_arrived(sender) | known | more))


def _arrived(sender: str) -> dict[str, Any]:
    return {
        "provider": "acme",
        "received_at": datetime.now(UTC),
        "authenticated_by": "hmac",
        "delivery_id": str(uuid.uuid4()),
        "provider_payload": None,
        "sender": _number(sender),
    }


def _number(written: str) -> dict[str, str | None]:
    sure = written.startswith("+")
    return {"raw": written, "number": written if sure else None, "kind": "e164" if sure else "unknown"}


def sqs_record(event: Event, *, raw: bool = True) -> dict[str, Any]:
    """Return the record that Lambda gets of a queue: with raw message delivery, or with SNS's envelope."""
    body = event.to_json() if raw else json.dumps(_envelope(event))
    return {"messageId": str(uuid.uuid4()), "eventSource": "aws:sqs", "body": body}


def sns_record(event: Event) -> dict[str, Any]:
    """Return the record that Lambda gets of the topic."""
    return {"EventSource": "aws:sns", "Sns": _envelope(event)}


def eventbridge_event(event: Event) -> dict[str, Any]:
    """Return what Lambda gets of a bus (examples/eventbridge.yaml)."""
    return {"source": "inbound-sms", "detail-type": event.type, "detail": json.loads(event.to_json())}


def _envelope(event: Event) -> dict[str, Any]:
    return {"Type": "Notification", "TopicArn": _TOPIC, "MessageId": str(uuid.uuid4()), "Message": event.to_json()}
