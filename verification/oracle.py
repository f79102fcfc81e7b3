"""What may become of input, whatever it is: the one judge of everything that is fuzzed.

Events that the fan-out can read and SNS takes; or the quarantine, with a reason other than a fault of the parser; or a
refusal. Anything else is an AssertionError, and so is a log line that holds a text.
"""

import io
import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inbound_sms.observability import logger
from inbound_sms.parsing.request import Request
from inbound_sms.publishing.message_attributes import message_attributes
from inbound_sms.publishing.queued import read_event
from inbound_sms.settings import ParseSettings
from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.webhook.ingest import Ingestor
from inbound_sms.webhook.provider import Provider
from tests.support.quiet import uncounted

CANARY = "Zq7 nobody may log this"  # is put into inputs wherever a text may be
MAX_EVENT_BYTES = 253_952  # of one notification's 262,144, as the settings have it
REFUSED_BY_SQS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
PATH_SECRET = "a-secret-of-the-path"


@dataclass
class Stored:
    """A queue and a quarantine that keep everything in memory, and never fail."""

    documents: list[str] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)

    def send(self, documents: list[str], provider: str) -> None:
        self.documents.extend(documents)

    def store(self, _content_hash: str, _body: bytes, record: dict[str, Any]) -> str:
        json.dumps(record)
        self.records.append(record)
        return "key"

    def put_object(self, **_object: Any) -> None:
        """Take a payload that was too large for its event."""

    def ingestor(self, provider: Provider) -> Ingestor:
        payloads = PayloadStore(self, "payloads", provider.name)  # type: ignore[arg-type]  # as much as is used
        return _Noted(provider.parse, self, self, payloads, MAX_EVENT_BYTES, self.outcomes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Noted(Ingestor):
    outcomes: list[str]

    def ingest(self, request: Request) -> Any:
        outcome = super().ingest(request)
        self.outcomes.append(outcome)
        return outcome


def posted(provider: str, body: bytes, content_type: str, headers: Mapping[str, str] = {}) -> Request:
    """Return a request whose sender is known."""
    return Request(
        provider=provider,
        body=body,
        headers={"content-type": content_type, **headers},
        path_parameters={},
        received_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        delivery_id="delivery-1",
        settings=ParseSettings(),
        path_secret=PATH_SECRET,
        confidential=(PATH_SECRET,),
        authenticated_by="test",
    )


def take(provider: Provider, request: Request) -> str:
    """Ingest a request, judge what became of it, return the outcome."""
    stored = Stored()
    with logs_without_texts():
        outcome = stored.ingestor(provider).ingest(request)
    judge(outcome, stored, provider.name)
    return outcome


@contextmanager
def logs_without_texts(*, but_in: str = "nothing") -> Iterator[None]:
    """Raise AssertionError where a log line of the block holds the canary, but in fields whose names match."""
    written = io.StringIO()
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written)
    try:
        with uncounted():
            yield
    finally:
        handler.setStream(before)
    assert CANARY not in re.sub(rf'"({but_in})":"[^"]*"', "", written.getvalue()), "a text is in the log"


def judge(outcome: str, stored: Stored, provider: str) -> None:
    """Judge what was stored against the outcome: `accepted`, `quarantined`; any other leaves nothing."""
    for document in stored.documents:
        judge_document(document, provider)
    for record in stored.records:
        judge_reason(record["reason"])
    match outcome:
        case "accepted":
            assert stored.documents, "accepted, and nothing is queued"
            assert not stored.records, "accepted, and quarantined as well"
        case "quarantined":
            assert len(stored.records) == 1, "quarantined once"
            assert not stored.documents or stored.records[0].get("items"), "queued as well, and it is no batch"
        case _:
            assert not stored.documents, f"{outcome}, and queued all the same"
            assert not stored.records, f"{outcome}, and quarantined all the same"


def judge_reason(reason: str) -> None:
    assert reason
    assert len(reason) < 500, "a reason, not a copy of the input"
    assert CANARY not in reason
    assert not reason.startswith("the parser failed"), reason


def judge_document(document: str, provider: str) -> None:
    """Judge an event as it is queued: SQS takes it, the fan-out can read it; and AWS can hold and publish it."""
    assert not REFUSED_BY_SQS.search(document)
    assert len(document.encode()) <= MAX_EVENT_BYTES
    parsed = json.loads(document, parse_constant=_no_json)
    assert parsed["specversion"] == "1.0"
    event = read_event(document)
    assert event.id.startswith(f"{provider}/")
    assert len(event.id.encode()) <= 2_048, "DynamoDB's limit of a key"
    assert re.fullmatch("[0-9a-f]{64}", event.fingerprint)
    attributes = message_attributes(event)
    assert len(attributes) <= 10
    for value in attributes.values():
        assert 0 < len(value) <= 256
        assert not REFUSED_BY_SQS.search(value)


def _no_json(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")
