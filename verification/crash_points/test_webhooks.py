"""Acknowledged means stored: every crash and fault at every step of the webhook, for every provider."""

import json
from contextlib import suppress
from functools import cache
from typing import Any

import pytest

from gateway.simulator import senders
from inbound_sms.errors import DependencyUnavailable
from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.storage.queue import EventQueue
from verification.crash_points.ledger import Violation
from verification.crash_points.webhook_schedules import Walk
from verification.sources import Source, sources

ACME = next(sources())
TEXT, BATCH, *_ = ACME.events
LARGE = {**TEXT, "body": json.dumps({**json.loads(TEXT["body"]), "more": "x" * 2_000})}


@cache
def every_source() -> dict[str, Source]:
    return {source.provider.name: source for source in sources()}


@pytest.mark.xdist_group("sources")  # they are made once, as that takes long
@pytest.mark.parametrize("name", ["acme", *senders()])
def test_what_is_acknowledged_is_stored(name: str) -> None:
    source = every_source()[name]
    walks = {walk.kind: walk for walk in (Walk(source, event) for event in reversed(source.events))}
    stored = walks.keys() & {"message", "unknown", "quarantined", "partly quarantined"}
    assert {"message", "quarantined"} <= stored
    for kind in stored:
        assert walks[kind].explore(1) > 10, kind


@pytest.mark.parametrize(
    ("event", "schedules"), [(BATCH, 400), (LARGE, 100)], ids=["quarantined in part", "a payload by reference"]
)
def test_what_is_acknowledged_is_stored_whatever_two_things_go_wrong(event: dict[str, Any], schedules: int) -> None:
    assert Walk(ACME, event, max_event_bytes=2_000).explore(2) > schedules


def test_a_payload_stored_too_late_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PayloadStore, "store", lambda _self, _payload: None)
    with pytest.raises(Violation, match="its payload is not stored"):
        Walk(ACME, LARGE, max_event_bytes=2_000).explore(1)


def test_a_message_that_is_not_queued_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk can fail: a queue whose errors nobody hears loses messages."""
    send = EventQueue.send

    def deaf(self: EventQueue, documents: list[str], provider: str) -> None:
        with suppress(DependencyUnavailable):
            send(self, documents, provider)

    monkeypatch.setattr(EventQueue, "send", deaf)
    with pytest.raises(Violation, match="acknowledged, and not stored"):
        Walk(ACME, TEXT).explore(1)
