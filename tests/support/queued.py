"""Queue messages as the fan-out gets them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from inbound_sms.events import Concatenation, Event, Unknown
from inbound_sms_subscriber.testing import message

RECEIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Queued:
    """A queue message: one event of one delivery. Whoever needs a certain one names what matters."""

    id: str = "1"
    delivery: str = "delivery-1"
    text: str | None = "private text"
    sender: str = "+447700900001"
    recipient: str = "+447700900002"
    message_id: str = ""
    type: str = ""
    provider: str = "acme"
    place: tuple[int, int, int] | None = None  # reference, total, part
    bits: Literal[8, 16] = 8
    received_at: datetime = RECEIVED_AT

    @property
    def event_id(self) -> str:
        return f"{self.provider}/{self.id}"

    @property
    def sqs_id(self) -> str:
        """SQS's id of the message, its own for each event of each delivery."""
        return self.message_id or f"sqs-{self.id}-{self.delivery}"

    @property
    def document(self) -> str:
        arrival: dict[str, Any] = {
            "provider": self.provider,
            "received_at": self.received_at,
            "authenticated_by": f"basic:{self.provider}",
            "delivery_id": self.delivery,
            "provider_payload": {"body": self.text},
        }
        if self.type == Unknown.TYPE:
            return Event.of(self.id, Unknown(**arrival)).to_json()
        if self.place:
            reference, total, part = self.place
            place = Concatenation(reference=reference, reference_bits=self.bits, total=total, part=part)
            arrival["concatenation"] = place
        numbers = {"sender": self.sender, "recipient": self.recipient}
        event = message(self.text, **numbers, message_id=self.id, **arrival)
        return (event.model_copy(update={"type": self.type}) if self.type else event).to_json()

    @property
    def record(self) -> dict[str, Any]:
        return sqs_record(self.sqs_id, self.document)


def sqs_record(message_id: str, body: str) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "receiptHandle": f"handle of {message_id}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1767225600000"},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:events",
        "awsRegion": "eu-west-1",
    }
