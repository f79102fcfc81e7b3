"""Whatever is posted, it becomes events or goes into the quarantine with a reason; nothing else happens.

`make fuzz` runs this with 100,000 inputs per provider.
"""

import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbound_sms.intake import Intake
from inbound_sms.queue import read_event
from inbound_sms.request import Request
from inbound_sms.settings import ParseSettings
from inbound_sms.topic import attributes_of
from tests.properties.hostile import requests
from tests.support.providers import Registered, registered

_REFUSED_BY_SQS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CPU_SECONDS = 2.0  # for bodies of at most a few kB; a runaway takes minutes


@dataclass
class Stored:
    """A queue and a quarantine that keep everything in memory."""

    documents: list[str] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)

    def send(self, documents: list[str], provider: str) -> None:
        self.documents.extend(documents)

    def store(self, _content_hash: str, _body: bytes, record: dict[str, Any]) -> str:
        json.dumps(record)
        self.records.append(record)
        return "key"


def take(entry: Registered, body: bytes, content_type: str) -> tuple[str, Stored]:
    stored = Stored()
    intake = Intake(entry.provider.parse, stored, stored, stored, max_event_bytes=254_000)  # type: ignore[arg-type]  # as much as is used
    outcome = intake.take(
        Request(
            provider=entry.provider.name,
            body=body,
            headers={"content-type": content_type},
            path_parameters={"secret": "a-secret-of-the-path"},
            confidential=("a-secret-of-the-path",),
            received_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
            delivery_id="delivery-1",
            settings=ParseSettings(),
            authenticated_by="test",
        )
    )
    return outcome, stored


@pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.provider.name)
@given(data=st.data())
def test_any_bytes_give_events_or_a_reason(entry: Registered, data: st.DataObject) -> None:
    body, content_type = data.draw(requests(entry))
    before = time.process_time()

    outcome, stored = take(entry, body, content_type)

    assert time.process_time() - before < _CPU_SECONDS
    if outcome == "quarantined":
        assert stored.documents == []
        [record] = stored.records
        assert record["reason"]
        assert not record["reason"].startswith("the parser failed"), "the parser raised what is not Unreadable"
    else:
        assert outcome == "accepted"
        assert stored.records == []
        assert stored.documents
        for document in stored.documents:
            assert not _REFUSED_BY_SQS.search(document)
            assert_publishable(document, entry)


def assert_publishable(document: str, entry: Registered) -> None:
    """The fan-out can read it, and SNS takes its attributes."""
    event = read_event(document)
    parsed = json.loads(document, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
    assert parsed["specversion"] == "1.0"
    assert event.id.startswith(f"{entry.provider.name}/")
    assert len(event.id.encode()) <= 2_048, "DynamoDB's limit of a key"
    assert event.fingerprint
    attributes = attributes_of(event)
    assert len(attributes) <= 10
    assert all(value and not _REFUSED_BY_SQS.search(value) for value in attributes.values())
