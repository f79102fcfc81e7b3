"""What the page is told: numbers, points of the charts, events."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.console.board import Board
from gateway.operations.quarantine import Stock

KEPT = Stock(3, "mark")
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def event(number: int = 1, **data: Any) -> dict[str, Any]:
    return {"id": f"acme/{number}", "type": "inbound-sms.message.received.v1", "data": {"provider": "acme"} | data}


def counted(board: Board, **totals: int) -> None:
    owners = {name: "fanout" if name == "Published" else "acme" for name in totals}
    board.counted(
        {(owners[name], name): number for name, number in totals.items()}, waiting=1, dead={"events": 2}, kept=KEPT
    )


def test_numbers_are_shown_as_they_are_and_the_charts_what_is_new_in_them() -> None:
    board = Board(["acme", "zenith"])
    counted(board, Accepted=100, Published=90)
    assert board.state()["points"] == []
    assert board.state()["providers"]["acme"]["Accepted"] == 100
    assert board.state()["providers"]["zenith"]["Accepted"] == 0

    board.arrived(event(received_at=(NOW - timedelta(milliseconds=250)).isoformat()), NOW)
    board.arrived(event(received_at=(NOW - timedelta(milliseconds=750)).isoformat()), NOW)
    board.arrived(event(received_at=(NOW - timedelta(hours=1)).isoformat()), NOW)  # redriven: seen, not measured
    board.answered(0.05)
    counted(board, Accepted=103, AuthenticationError=1, Published=90)
    state = board.state()
    assert (state["waiting"], state["dead"], state["kept"]) == (1, {"events": 2}, asdict(KEPT))
    [point] = state["points"]
    assert point["received"] > 0
    assert point["published"] == 0
    assert (point["arrival_p50"], point["arrival_p95"], point["answer_p50"]) == (250, 750, 50)

    counted(board, Accepted=103, AuthenticationError=1, Published=90)
    assert state["points"][0] in board.state()["points"]
    assert board.state()["points"][1]["received"] == 0
    assert board.state()["points"][1]["arrival_p50"] is None

    counted(board, Accepted=4, Published=90)
    assert board.state()["points"][2]["received"] == 0, "counts that shrink are no rate"


def test_trouble_is_told_until_news_come() -> None:
    board = Board([])
    versions = [board.version]
    for what in ("it is gone", "it is gone"):
        board.in_trouble(what)
        versions.append(board.version)
    assert board.state()["trouble"] == "it is gone"
    assert versions == [0, 1, 1]
    counted(board)
    assert board.state()["trouble"] is None


def test_events_are_told_from_where_one_stopped_and_kept_whole_for_a_while() -> None:
    board = Board([])
    for number in range(1, 503):
        board.arrived(event(number, text="x" * 1_001), NOW)
    assert [row["number"] for row in board.events(500)] == [501, 502]
    assert len(board.events(0)) == 500
    row = board.events(501)[0]
    assert (len(row["text"]), row["cut"]) == (1_000, True)
    assert board.document(502) == event(502, text="x" * 1_001)
    assert board.document(1) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, {"text": None, "sender": None, "recipient": None, "status": None, "milliseconds": None}),
        ({"text": 5, "sender": "x", "status": ["x"], "received_at": 3}, {"text": None, "sender": None, "status": None}),
        ({"sender": {"number": None, "raw": "ACME"}}, {"sender": "ACME"}),
        ({"sender": {"number": "+4512345678", "raw": "12345678"}}, {"sender": "+4512345678"}),
        ({"sender": {"raw": {"x": 1}}}, {"sender": None}),
        ({"status": "delivered", "received_at": "2026-01-01T11:59:59"}, {"status": "delivered", "milliseconds": 1_000}),
        ({"received_at": "2026-01-01T12:00:01Z"}, {"milliseconds": 0}),  # clocks differ
    ],
)
def test_an_event_that_lacks_something_is_shown_without(data: dict[str, Any], expected: dict[str, Any]) -> None:
    board = Board([])
    board.arrived(event(**data), NOW)
    [row] = board.events(0)
    assert {name: row[name] for name in expected} == expected


def test_whoever_listens_is_woken_by_another_thread() -> None:
    board = Board([])

    async def listen() -> bool:
        with board.listening() as changed:
            await asyncio.to_thread(board.arrived, event(), NOW)
            await asyncio.wait_for(changed.wait(), 5)
            changed.clear()
            await asyncio.to_thread(board.close)
            await asyncio.wait_for(changed.wait(), 5)
        return board.closed

    assert asyncio.run(listen())
    board.arrived(event(), NOW)  # the loop is gone; nobody is told, nothing is raised
