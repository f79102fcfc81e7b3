"""Event Grid's handshakes: what is answered, and to whom."""

import pytest

from bench.api_event import api_event
from tests.support.memory import Memory
from tests.support.parsing import PROVIDERS
from tests.support.providers import compact

ENTRY = PROVIDERS["azure-communication-services"]


@pytest.mark.parametrize(
    ("method", "origin", "status", "allowed"),
    [
        ("OPTIONS", {"WebHook-Request-Origin": "eventgrid.azure.net"}, 200, "eventgrid.azure.net"),
        ("OPTIONS", {"WebHook-Request-Origin": ""}, 405, None),
        ("OPTIONS", {"Origin": "https://example.com"}, 405, None),  # of a browser
        ("POST", {"WebHook-Request-Origin": "eventgrid.azure.net"}, 401, None),
    ],
)
def test_whoever_asks_is_permitted_to_deliver_cloud_events_but_not_let_in(
    method: str, origin: dict[str, str], status: int, allowed: str | None, memory: Memory
) -> None:
    response = memory.receiver(ENTRY).handle(api_event("/azure-communication-services", b"", origin, method=method))
    headers = {name.lower(): value for name, value in response["headers"].items()}

    assert (response["statusCode"], headers.get("webhook-allowed-origin")) == (status, allowed)
    assert headers.get("webhook-allowed-rate") == (allowed and "*")
    assert (memory.queued(), memory.quarantined()) == ([], [])


VALIDATION_TYPE = "Microsoft.EventGrid.SubscriptionValidationEvent"


@pytest.mark.parametrize(
    "events",
    [
        [{"eventType": VALIDATION_TYPE, "data": {}}],
        [{"eventType": VALIDATION_TYPE, "data": "code"}],
        [{"eventType": VALIDATION_TYPE, "data": {"validationCode": ["a"]}}],
        [{"eventType": VALIDATION_TYPE, "data": {"validationCode": "a"}}] * 2,  # it comes alone
        {"eventType": VALIDATION_TYPE, "data": {"validationCode": "a"}},  # and in an array
    ],
    ids=str,
)
def test_what_only_resembles_a_validation_is_published_as_unknown(events: object, memory: Memory) -> None:
    response = memory.receiver(ENTRY).handle(ENTRY.event(compact(events)))

    assert (response["statusCode"], response["body"]) == (200, '{"status":"accepted"}')
    assert all('"inbound-sms.unknown.v1"' in event for event in memory.queued())
