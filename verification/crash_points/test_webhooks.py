"""Acknowledged means stored: every crash and fault at every step of the receive path, for every provider."""

import base64
import json

import pytest

from inbound_sms.errors import DependencyUnavailable
from inbound_sms.events import Event
from inbound_sms.parsing.request import Request
from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.storage.queue import EventQueue
from tests.support.providers import Registered, registered
from verification.crash_points.ledger import Violation
from verification.crash_points.webhook_schedules import Posted, Walk

BODIES = [  # a provider of one kind of callback has no unknown one
    pytest.param(entry, body, id=f"{entry.provider.name}-{kind}")
    for entry in registered()
    for kind, body in (("message", entry.message), ("unknown", entry.case.unknown), ("broken", entry.sender.broken[0]))
    if body is not None
]


def posted(entry: Registered, body: bytes) -> Posted:
    zone = "Europe/Rome" if entry.provider.name == "agile-telecom" else "UTC"
    return Posted(entry.provider, entry.secrets, entry.event(body), {"provider_time_zone": zone})


def three_events(posted_once: Posted) -> Posted:
    """A webhook with three messages in one request."""
    parse = posted_once.provider.parse

    def thrice(request: Request) -> list[Event]:
        [event] = parse(request)
        return [event.model_copy(update={"id": f"{event.id}-{number}"}) for number in range(3)]

    return posted_once._replace(provider=posted_once.provider._replace(parse=thrice))


@pytest.mark.parametrize(("entry", "body"), BODIES)
def test_what_is_acknowledged_is_stored(entry: Registered, body: bytes) -> None:
    walk = Walk(posted(entry, body))
    walk.explore(mishaps_left=1)
    assert walk.schedules > 10


def test_three_events_in_a_request_and_two_mishaps() -> None:
    entry = registered()[0]
    walk = Walk(three_events(posted(entry, entry.message)))
    walk.explore(mishaps_left=2)
    assert walk.schedules > 400


def large(posted_once: Posted) -> Posted:
    """A webhook with more beside its text than fits into a notification."""
    message = json.loads(base64.b64decode(posted_once.event["body"]))
    body = json.dumps(message | {"more": "x" * 254_000})
    return posted_once._replace(event={**posted_once.event, "body": body, "isBase64Encoded": False})


def test_a_payload_is_stored_before_the_event_that_refers_to_it() -> None:
    [entry] = [entry for entry in registered() if entry.provider.name == "sinch"]
    walk = Walk(large(posted(entry, entry.message)))
    walk.explore(mishaps_left=2)
    assert walk.schedules > 100


def test_a_payload_stored_too_late_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PayloadStore, "store", lambda _self, _payload: None)
    [entry] = [entry for entry in registered() if entry.provider.name == "sinch"]
    with pytest.raises(Violation, match="its payload is not stored"):
        Walk(large(posted(entry, entry.message))).explore(mishaps_left=1)


def test_a_message_that_is_not_queued_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk can fail: a queue whose errors nobody hears loses messages."""
    send = EventQueue.send

    def deaf(self: EventQueue, documents: list[str], provider: str) -> None:
        try:
            send(self, documents, provider)
        except DependencyUnavailable:
            return

    monkeypatch.setattr(EventQueue, "send", deaf)
    entry = registered()[0]
    with pytest.raises(Violation, match="acknowledged, and not stored"):
        Walk(posted(entry, entry.message)).explore(mishaps_left=1)
