"""What becomes of the providers' samples: one table per provider, the module named like the folder in functions/.

A row holds the whole event. What it doesn't mention is null (or empty, for a list); what differs in every run is left
to test_samples: received_at, delivery_id, and the time, where the provider gave none and the gateway's clock stands in.
The payload is the JSON that was posted, unless the row says otherwise.
"""

import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.providers import Registered, registered, sample

Json = dict[str, Any]

_MESSAGE = (
    *("account", "message_id", "text", "binary", "udh", "concatenation", "title", "encoding", "segments", "sent_at"),
    *("provider_received_at", "operator_id", "client_reference", "keyword", "price"),
)
_REPORT = (
    *("account", "message_id", "batch_id", "client_reference", "client_batch_reference", "channel", "sender"),
    *("recipient", "provider_status", "provider_code", "provider_code_meaning", "description", "total", "segments"),
    *("encoding", "operator_id", "reported_at", "operator_reported_at", "price"),
)
_CLICK = ("account", "message_id", "short_url", "target_url", "clicked_at")
_SURVEY = ("account", "message_id", "survey_id", "started_at", "submitted_at")
_UNKNOWN = ("account", "provider_type", "note")

_OF_THE_EVENT = ("id", "source", "subject", "time")
_PLACEHOLDER = re.compile(rb"<([A-Z_]+)>")


@dataclass(frozen=True)
class Row:
    """A sample, by its path, or by its path, a comma, what was done to it, and the bytes; and its event."""

    sample: str
    event: Json
    body: bytes | None = None
    content_type: str | None = None

    @property
    def path(self) -> str:
        """The file that it is made of."""
        return self.sample.partition(",")[0]

    @property
    def posted(self) -> bytes:
        """The bytes that are posted."""
        return sample(self.sample) if self.body is None else self.body

    def expected(self, actual: Json) -> Json:
        """Gives the whole event, with what differs in every run taken from the actual one."""
        own = {name: actual["data"][name] for name in ("received_at", "delivery_id")}
        data = {**self.event["data"], **own}
        if "provider_payload" not in data:
            data["provider_payload"] = json.loads(self.posted)
        return {**self.event, "time": self.event["time"] or own["received_at"], "data": data}


def rows() -> Iterator[tuple[Registered, Row]]:
    """Gives every row of every provider; a provider without a table is an error."""
    for entry in registered():
        for row in importlib.import_module(f"tests.expected.{entry.module}").ROWS:
            yield entry, row


def message(**said: Any) -> Json:
    """Gives the event of an inbound text: the attributes of the event itself, and beside them those of its data."""
    return _event("message.received", dict.fromkeys(_MESSAGE) | {"media": [], "opt_out": False}, said)


def delivery_report(**said: Any) -> Json:
    """Gives the event of a delivery report."""
    return _event("delivery.reported", dict.fromkeys(_REPORT) | {"counts": []}, said)


def link_click(**said: Any) -> Json:
    """Gives the event of a click."""
    return _event("link.clicked", dict.fromkeys(_CLICK), said)


def survey_answers(**said: Any) -> Json:
    """Gives the event of a survey's answers."""
    return _event("survey.answered", dict.fromkeys(_SURVEY) | {"variables": {}, "answers": []}, said)


def unknown(**said: Any) -> Json:
    """Gives the event of a callback that there is no model for. It has no time and no subject of its own."""
    return _event("unknown", dict.fromkeys(_UNKNOWN), {"time": None, "subject": None} | said)


def e164(raw: str, number: str) -> Json:
    """Gives a number that surely is one."""
    return {"raw": raw, "number": number, "kind": "e164"}


def unsure(raw: str | None, kind: str = "unknown") -> Json:
    """Gives a sender or recipient that is no number, or may be one of several."""
    return {"raw": raw, "number": None, "kind": kind}


def filled(path: str) -> bytes:
    """Gives a template with each <PLACEHOLDER> replaced by its name as a JSON string."""
    return _PLACEHOLDER.sub(rb'"\1"', sample(path))


def _event(kind: str, nothing: Json, said: Json) -> Json:
    own = {name: said[name] for name in _OF_THE_EVENT if said[name] is not None or name == "time"}
    return {
        "specversion": "1.0",
        "type": f"inbound-sms.{kind}.v1",
        "datacontenttype": "application/json",
        **own,
        "data": nothing | {name: value for name, value in said.items() if name not in _OF_THE_EVENT},
    }
