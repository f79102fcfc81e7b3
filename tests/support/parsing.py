"""A provider's parse, by itself: bytes in, events out."""

import json
from datetime import UTC, datetime
from typing import Any

from bench.api_event import api_event
from inbound_sms.parsing.request import request_from_event
from inbound_sms.settings import ParseSettings
from tests.support.providers import compact, registered

PROVIDERS = {entry.provider.name: entry for entry in registered()}


def parse(provider: str, posted: bytes | dict[str, Any], content_type: str = "application/json") -> dict[str, Any]:
    """Takes what was posted to a provider's URL, bytes or a JSON document; gives the one event, as it is queued."""
    body = posted if isinstance(posted, bytes) else compact(posted)
    request = request_from_event(
        api_event(f"/{provider}", body, {"content-type": content_type}),
        provider=provider,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        delivery_id="delivery-1",
        settings=ParseSettings(),
    )
    [event] = PROVIDERS[provider].provider.parse(request)
    document: dict[str, Any] = json.loads(event.to_json())
    return document
