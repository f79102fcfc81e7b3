"""What becomes of the providers' samples: one table per provider, the module named like the folder in functions/.

A row holds the whole event. What a message doesn't mention is null; what differs in every run is left to
test_samples: received_at, delivery_id, and the time, where the provider gave none and the gateway's clock stands in.
"""

from dataclasses import dataclass
from typing import Any

from tests.support.providers import sample

Json = dict[str, Any]

_NULLABLE = (
    *("account", "message_id", "text", "binary", "udh", "encoding", "segments", "sent_at", "provider_received_at"),
    *("operator_id", "client_reference", "price"),
)


@dataclass(frozen=True)
class Row:
    """A sample, by its path, or by a name and the bytes; and its event."""

    sample: str
    event: Json
    body: bytes | None = None
    content_type: str | None = None

    @property
    def posted(self) -> bytes:
        """The bytes that are posted."""
        return sample(self.sample) if self.body is None else self.body


def message(**said: Any) -> Json:
    """Gives the event of an inbound text: the attributes of the event itself, and beside them those of its data."""
    of_the_event = {name: said.pop(name) for name in ("id", "source", "subject", "time")}
    return {
        "specversion": "1.0",
        "type": "inbound-sms.message.received.v1",
        "datacontenttype": "application/json",
        **of_the_event,
        "data": dict.fromkeys(_NULLABLE) | {"media": [], "opt_out": False} | said,
    }


def e164(raw: str, number: str) -> Json:
    """Gives a number that surely is one."""
    return {"raw": raw, "number": number, "kind": "e164"}


def unsure(raw: str, kind: str = "unknown") -> Json:
    """Gives a sender or recipient that is no number, or may be one of several."""
    return {"raw": raw, "number": None, "kind": kind}
