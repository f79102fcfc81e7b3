"""Sinch's list of inbounds, simulated as documented: a message is one event, by webhook and by backfill."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.listing import ListingApi, backfilled, same_to_the_gateway, webhooks
from tests.support.memory import Memory
from tests.support.providers import registered

SINCH = next(each for each in registered() if each.provider.name == "sinch")
SINCE, UNTIL = (datetime(2026, 11, 1, hour, tzinfo=UTC) for hour in (12, 14))


def inbounds() -> list[dict[str, Any]]:
    """Return what was received, the newest first: more than a page, of every kind."""
    kinds = [json.loads(SINCH.sender.callbacks[kind].documented_body) for kind in ("message", "binary", "mms")]
    return [
        kinds[number % 3] | {"id": f"01{number:03}", "received_at": f"2026-11-01T13:{59 - number % 60:02}:00Z"}
        for number in range(105)
    ]


def answer(path: str, query: dict[str, str]) -> Any:
    assert path == "/xms/v1/my-SINCH_SERVICE_PLAN_ID/inbounds"
    size, page = int(query["page_size"]), int(query["page"])
    assert size <= 100
    received = [it for it in inbounds() if query["start_date"] <= it["received_at"] < query["end_date"]]
    shown = received[page * size : (page + 1) * size]
    return {"count": len(received), "page": page, "page_size": len(shown), "inbounds": shown}


def test_an_inbound_of_the_list_is_the_event_of_its_callback(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = memory.receiver(SINCH)
    posted = webhooks(memory, receiver, [SINCH.event(json.dumps(each).encode()) for each in inbounds()])
    api = ListingApi(answer, authorization="Bearer my-SINCH_API_TOKEN")

    tally, got_back = backfilled(memory, receiver, api, (SINCE, UNTIL), monkeypatch)

    assert len(posted) == len(got_back) == tally.found == 105
    for event in got_back:
        assert same_to_the_gateway(event, posted[event["id"]])
        assert event["data"]["provider_payload"] == posted[event["id"]]["data"]["provider_payload"]
