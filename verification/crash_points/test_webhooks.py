"""Acknowledged means stored: every crash and fault at every step of the webhook, for every provider."""

import json
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any

import pytest

from gateway.simulator import senders
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.errors import DependencyUnavailable
from inbound_sms.settings import WebhookSettings
from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook import handler
from inbound_sms.webhook.handler import WebhookHandler
from verification.crash_points.ledger import Violation
from verification.crash_points.webhook_schedules import Posted, Walk
from verification.oracle import Stored, logs_without_texts
from verification.sources import Source, StoredParameter, sources

STARTED = datetime.now(UTC)
ACME = next(sources())
ACME_TEXT, ACME_BATCH, *_ = ACME.events


def kind_of(source: Source, event: dict[str, Any]) -> str:
    """Return what becomes of a post when nothing goes wrong: message, unknown, quarantined, ..."""
    stored = Stored()
    settings = {"queue_url": "q", "quarantine_bucket": "b", "payloads_bucket": "b", "provider_parameter": "p"}
    store: Any = SecretStore(StoredParameter(source.secrets), "p", 1e9)  # type: ignore[arg-type]
    with logs_without_texts():
        WebhookHandler(
            source.provider, WebhookSettings.model_validate(settings), store, stored.ingestor(source.provider)
        ).handle(event)
    if stored.records:
        return "partly quarantined" if stored.documents else "quarantined"
    return json.loads(stored.documents[0])["type"].split(".")[1] if stored.documents else "nothing stored"


def posted(source: Source, event: dict[str, Any], **settings: Any) -> Posted:
    return Posted(source.provider, source.secrets, event, settings)


class Clock(datetime):
    """Time stands still: the events are signed once, and some signatures count for a minute only."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return STARTED.astimezone(tz)


@cache
def every_source() -> dict[str, Source]:
    return {source.provider.name: source for source in sources()}


@pytest.mark.xdist_group("sources")  # they are made once, as that takes long
@pytest.mark.parametrize("name", ["acme", *senders()])
def test_what_is_acknowledged_is_stored(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = every_source()[name]
    monkeypatch.setattr(handler, "datetime", Clock)
    kinds = {kind_of(source, event): event for event in reversed(source.events)}
    stored = kinds.keys() & {"message", "unknown", "quarantined", "partly quarantined"}
    assert {"message", "quarantined"} <= stored
    for kind in stored:
        walk = Walk(posted(source, kinds[kind]))
        walk.explore(faults_left=1)
        assert walk.schedules > 10, kind


LARGE = {**ACME_TEXT, "body": json.dumps({**json.loads(ACME_TEXT["body"]), "more": "x" * 2_000})}


@pytest.mark.parametrize(
    ("event", "schedules"), [(ACME_BATCH, 400), (LARGE, 100)], ids=["quarantined in part", "a payload by reference"]
)
def test_what_is_acknowledged_is_stored_whatever_two_things_go_wrong(event: dict[str, Any], schedules: int) -> None:
    walk = Walk(posted(ACME, event, max_event_bytes=2_000))
    walk.explore(faults_left=2)
    assert walk.schedules > schedules


def test_a_payload_stored_too_late_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PayloadStore, "store", lambda _self, _payload: None)
    with pytest.raises(Violation, match="its payload is not stored"):
        Walk(posted(ACME, LARGE, max_event_bytes=2_000)).explore(faults_left=1)


def test_a_message_that_is_not_queued_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk can fail: a queue whose errors nobody hears loses messages."""
    send = EventQueue.send

    def deaf(self: EventQueue, documents: list[str], provider: str) -> None:
        try:
            send(self, documents, provider)
        except DependencyUnavailable:
            return

    monkeypatch.setattr(EventQueue, "send", deaf)
    with pytest.raises(Violation, match="acknowledged, and not stored"):
        Walk(posted(ACME, ACME_TEXT)).explore(faults_left=1)
