"""46elks's SMS history, simulated as documented: an SMS is one event, by webhook and by backfill."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from gateway.backfill import basic
from tests.support.listing import ListingApi, backfilled, same_to_the_gateway, webhooks
from tests.support.memory import Memory
from tests.support.providers import registered

ELKS = next(each for each in registered() if each.provider.name == "46elks")
SINCE, UNTIL = (datetime(2026, 11, 1, hour, tzinfo=UTC) for hour in (12, 14))
PAGE = 2
HISTORY: list[dict[str, Any]] = [
    {
        "id": f"s{number}",
        "created": f"2026-11-01T{hour}:00.302000",
        "direction": direction,
        "from": "+46704508449",
        "to": "+46766861069",
        "message": f"Hej på dig & {number} + ?",
        "cost": 3500,
    }
    for number, (hour, direction) in enumerate(
        [
            ("13:59", "incoming"),
            ("13:30", "outgoing"),
            ("13:20", "incoming"),
            ("12:10", "incoming"),
            ("12:00", "outgoing-reply"),
            ("11:59", "incoming"),
        ]
    )
]


def answer(path: str, query: dict[str, str]) -> Any:
    """List what was before `start` and after `end`, the newest first."""
    assert path == "/a1/sms"
    assert int(query["limit"]) <= 100
    inside = [sms for sms in HISTORY if query["end"] < sms["created"] <= query["start"]]
    found: dict[str, Any] = {"data": inside[:PAGE]}
    return found | ({"next": inside[PAGE]["created"]} if inside[PAGE:] else {})


def test_an_sms_of_the_history_is_the_event_of_its_webhook(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.put_document("/inbound-sms/test/46elks", ELKS)
    receiver = memory.receiver(ELKS)
    fields = ("direction", "id", "from", "to", "created", "message")
    forms = [{name: sms[name] for name in fields} for sms in HISTORY if sms["direction"] == "incoming"]
    posted = webhooks(memory, receiver, [ELKS.event(urlencode(form).encode()) for form in forms])
    api = ListingApi(answer, authorization=basic("my-ELKS_API_USERNAME", "my-ELKS_API_PASSWORD"))

    tally, got_back = backfilled(memory, receiver, api, (SINCE, UNTIL), monkeypatch)

    assert [event["id"] for event in got_back] == ["46elks/s3", "46elks/s2", "46elks/s0"]
    assert tally.found == 3, "what was sent is none of the function's business"
    for event in got_back:
        assert same_to_the_gateway(event, posted[event["id"]])
        assert event["data"]["provider_payload"] == posted[event["id"]]["data"]["provider_payload"]
        assert event["time"] == posted[event["id"]]["time"]
