"""Reads a request by a document as the deployed function would, and says what would become of it. Stores nothing.

`gateway providers try` runs this in a process of its own: JSON in, JSON out.
"""

from inbound_sms.errors import ConfigurationError, InvalidPayload
from inbound_sms.events import Event
from inbound_sms.parsing.items import Ignored, Item
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings
from inbound_sms.webhook.provider import Outcome, Provider

import base64
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from webhook_document import read_document
from webhook_provider import provider_of


def tried(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outcome of a request, its events, what can't be read and why, and what the provider would hear."""
    try:
        provider = provider_of(asked["name"], read_document(asked["document"]))
    except ConfigurationError as error:
        return {"document": str(error)}
    if "body" not in asked:  # it's only the document that is looked at
        return {}
    request = Request(
        provider=provider.name,
        body=base64.b64decode(asked["body"]),
        headers={name.lower(): value for name, value in asked["headers"].items()},
        path_parameters={},
        received_at=datetime.now(UTC),
        delivery_id="a-trial",
        settings=ParseSettings(),
        method=asked["method"],
        base_url="https://example.com",
        path=f"/{provider.name}",
        raw_query=asked["query"],
        authenticated_by="nothing: a trial",
    )
    outcome, events, faults, reasons = _outcome(provider, request)
    response = provider.respond(outcome, request)
    return {
        "outcome": outcome,
        "events": events,
        "faults": faults,
        "reasons": reasons,
        "response": [response.status, response.content_type, response.body],
    }


def _outcome(provider: Provider, request: Request) -> tuple[Outcome, list[Any], list[dict[str, Any]], list[str]]:
    if provider.preflight and provider.preflight(request):
        return "ignored", [], [], ["a probe: it brings nothing"]
    if request.method not in provider.methods:
        return "not_allowed", [], [], [f"{request.method} is none of its methods: {', '.join(provider.methods)}"]
    try:
        parsed = provider.parse(request)
    except InvalidPayload as error:
        parsed = [Item(-1, error)]
    events, faults, reasons = list[Any](), list[dict[str, Any]](), list[str]()
    for each in parsed:
        position, outcome = (each.position, each.outcome) if isinstance(each, Item) else (-1, each)
        if isinstance(outcome, Event):
            events.append(json.loads(outcome.to_json()))
        elif isinstance(outcome, Ignored):
            reasons.append(outcome.reason)
        else:
            faults.append({"item": max(position, 0), "field": outcome.field, "reason": outcome.reason})
    return "quarantined" if faults else "accepted" if events else "ignored", events, faults, reasons


if __name__ == "__main__":
    json.dump(tried(json.load(sys.stdin)), sys.stdout)
