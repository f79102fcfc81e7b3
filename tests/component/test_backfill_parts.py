"""What `gateway backfill` stands on: the client of an API, the table of claims, what a function is asked for."""

import json
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from unittest.mock import Mock

import httpx
import pytest

from gateway.backfill import Api, ApiError
from gateway.operations import claims
from gateway.operations.claims import known_events
from inbound_sms.webhook.recovery import asked_by
from tests.support.acme.sender import ACME_ENTRY, text
from tests.support.installed import installed_over
from tests.support.queued import Queued
from tests.support.world import World

DONE = httpx.Response(200, json={})
LONG_AGO = format_datetime(datetime(2020, 1, 1, tzinfo=UTC))
WAITS: list[tuple[list[httpx.Response | Exception], list[float]]] = [
    ([], []),
    ([httpx.Response(429), httpx.Response(503)], [1, 2]),
    ([httpx.Response(429, headers={"Retry-After": "7"})], [7]),
    ([httpx.Response(503, headers={"Retry-After": LONG_AGO})], [1]),
    ([httpx.ReadTimeout("private")], [1]),
]


@pytest.mark.parametrize(("failures", "waits"), WAITS)
def test_it_waits_as_long_as_the_api_wants(failures: list[Any], waits: list[float]) -> None:
    client = httpx.Client(transport=httpx.MockTransport(Mock(side_effect=[*failures, DONE])))
    clock, waited = iter(range(0, 1_000, 100)), list[float]()
    api = Api(client, "https://api.example", {}, "", 1, waited.append, lambda: next(clock))
    assert (api.get("/texts"), waited) == ({}, waits)


def test_it_is_not_asked_faster_than_it_wants_nor_elsewhere_nor_in_the_clear() -> None:
    waited: list[float] = []
    client = httpx.Client(transport=httpx.MockTransport(Mock(return_value=DONE)))
    api = Api(client, "https://api.example", {}, "secret", 4, waited.append, lambda: 0.0)
    api.get("/a")
    api.get("/b")
    assert waited == [0.25]
    assert "secret" not in repr(api)
    for elsewhere in ("https://evil.example/", "//evil.example/"):
        with pytest.raises(ApiError, match="outside of itself"):
            api.get(elsewhere)
    with pytest.raises(ApiError, match="in the clear"):
        Api(client, "http://api.example", {}, "", 1)


def test_a_busy_table_is_asked_again_for_what_it_left_out(aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has expired in it is not known any more."""
    monkeypatch.setattr(claims, "_PAUSE_SECONDS", 0)
    aws.fanout(time.time()).handle([Queued("1").record, Queued("2").record])
    aws.fanout(time.time() - 8 * 86_400).handle([Queued("3").record])

    def one_key_at_a_time(RequestItems: Any) -> Any:  # noqa: N803 - as boto3 names it
        [(table, asked)] = RequestItems.items()
        first, *rest = asked["Keys"]
        found = aws.dynamodb.plain.batch_get_item(RequestItems={table: {**asked, "Keys": [first]}})
        return {**found, "UnprocessedKeys": {table: {**asked, "Keys": rest}} if rest else {}}

    installation = installed_over(aws, {"dynamodb": Mock(batch_get_item=one_key_at_a_time)})
    assert known_events(installation, ["acme/1", "acme/2", "acme/3", "acme/4"]) == {"acme/1", "acme/2"}


def test_no_webhook_asks_for_a_backfill() -> None:
    asks = {"backfill": {"publish": True, "messages": []}}
    assert asked_by(asks) is not None
    webhooks = ({"body": json.dumps(asks)}, ACME_ENTRY.event(text()) | asks, asks | {"version": "2.0"})
    for event in (*webhooks, {"backfill": {"publish": "true", "messages": []}}):
        assert asked_by(event) is None
