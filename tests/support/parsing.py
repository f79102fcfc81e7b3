"""A provider's parse, by itself: bytes in, events out."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from inbound_sms.errors import InvalidPayload
from inbound_sms.events import Event
from inbound_sms.parsing.items import Item
from inbound_sms.parsing.request import request_from_event
from inbound_sms.settings import ParseSettings
from tests.support.providers import Registered, compact, registered

PROVIDERS = {entry.provider.name: entry for entry in registered()}


def parse(provider: str, posted: bytes | dict[str, Any], content_type: str = "application/json") -> dict[str, Any]:
    """Return the one event that becomes of what is posted to a provider's URL, bytes or a JSON document."""
    entry = PROVIDERS[provider]
    body = posted if isinstance(posted, bytes) else compact(posted)
    [event] = events_of(entry, entry.event(body, content_type=content_type))
    return event


def with_field(body: bytes, event: dict[str, Any], **field: str) -> bytes:
    """Return a message, JSON or a form, with one more field among those of its event's payload.

    That payload may be an item of a batch, and not all that was posted.
    """
    [(name, value)] = field.items()
    if body.lstrip()[:1] not in {b"{", b"["}:
        return f"{name}={quote(value, safe=':/')}&".encode() + body
    first = f'"{next(iter(event["data"]["provider_payload"]))}"'
    return body.replace(first.encode(), f'"{name}": "{value}", {first}'.encode(), 1)


def events_of(entry: Registered, event: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what becomes of a request to a provider's webhook, as it is queued; raises InvalidPayload."""
    request = request_from_event(
        event,
        provider=entry.provider.name,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        delivery_id="delivery-1",
        settings=ParseSettings(),
    )
    routed = entry.provider.routed(request)
    assert routed
    outcomes = [each.outcome if isinstance(each, Item) else each for each in entry.provider.parse(routed)]
    for outcome in outcomes:
        if isinstance(outcome, InvalidPayload):
            raise outcome
    return [json.loads(outcome.to_json()) for outcome in outcomes if isinstance(outcome, Event)]
