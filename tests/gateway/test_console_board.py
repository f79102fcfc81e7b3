"""What the page is told: numbers, points of the charts, and rows, each time as much as is new."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from gateway.console import overview
from gateway.console.board import Board
from gateway.console.rows import Rows
from gateway.operations.dead_letters import DeadLetter
from gateway.operations.logs import Logged
from gateway.operations.quarantine import Kept, Stock

KEPT = Stock(3, "mark")
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def event(number: int = 1, **data: Any) -> dict[str, Any]:
    return {"id": f"acme/{number}", "type": "inbound-sms.message.received.v1", "data": {"provider": "acme"} | data}


def counted(board: Board, **totals: int) -> None:
    owners = {name: "fanout" if name in {"Published", "Conflicts"} else "acme" for name in totals}
    board.counted(
        {(owners[name], name): number for name, number in totals.items()}, waiting=1, dead={"events": 2}, kept=KEPT
    )


def test_numbers_are_shown_as_they_are_and_the_charts_what_is_new_in_them() -> None:
    board = Board(["acme", "zenith"])
    counted(board, Accepted=100, Published=90)
    place, state = board.overview()
    assert (place, state["points"]) == (0, [])
    assert state["providers"]["acme"]["Accepted"] == 100
    assert state["providers"]["zenith"]["Accepted"] == 0

    for milliseconds in (250, 750, 3_600_000):  # the last one was redriven: seen, not measured
        board.published(event(received_at=(NOW - timedelta(milliseconds=milliseconds)).isoformat()), NOW)
    board.answered(0.05)
    counted(board, Accepted=103, AuthenticationError=1, Refused=1, Quarantined=1, Conflicts=1, Published=90)
    place, state = board.overview(place)
    assert (state["waiting"], state["dead"], state["kept"]) == (1, {"events": 2}, asdict(KEPT))
    [point] = state["points"]
    assert point["received"] > point["quarantined"] > point["refused"] > point["published"] == 0
    assert (point["arrival_p50"], point["arrival_p99"], point["answer_p50"]) == (250, 750, 50)

    counted(board, Accepted=103, Published=90)
    place, state = board.overview(place)
    [point] = state["points"]
    assert (point["received"], point["arrival_p50"]) == (0, None)

    counted(board, Accepted=4, Published=90)
    place, state = board.overview(place)
    assert [point["received"] for point in state["points"]] == [0], "counts that shrink are no rate"
    assert (place, len(board.overview(0)[1]["points"]), board.overview(place)[1]["points"]) == (3, 3, [])


def test_trouble_is_told_until_news_come() -> None:
    board = Board([])
    for _ in range(2):
        board.in_trouble("it is gone")
        assert (board.overview()[1]["trouble"], board.version) == ("it is gone", 1)
    counted(board)
    assert board.overview()[1]["trouble"] is None

    board.unread("not allowed")
    assert board.overview()[1]["logs_unknown"] == "not allowed"
    board.logged([])
    assert board.overview()[1]["logs_unknown"] is None


def test_rows_are_told_from_where_one_stopped_and_the_oldest_make_room() -> None:
    board = Board([], Rows(kept=700))
    for number in range(1, 702):
        board.published(event(number, text="x" * 1_001), NOW)
    cursor, rows = board.rows()
    assert [row["event_id"] for row in rows] == [f"acme/{number}" for number in range(2, 502)], "so many at once"
    cursor, rows = board.rows(cursor)
    assert [row["event_id"] for row in rows][-1] == "acme/701"
    assert board.rows(cursor) == (cursor, [])
    assert (len(rows[0]["text"]), rows[0]["cut"]) == (1_000, True)

    board.published(event(300), NOW)
    assert [row["id"] for row in board.rows(cursor)[1]] == ["event:acme/300"]
    found = board.row("event:acme/701")
    assert found
    assert found[1] == event(701, text="x" * 1_001), "whole"
    assert board.row("event:acme/1") is None


def test_whole_events_are_kept_as_long_as_there_is_room() -> None:
    board = Board([], Rows(document_bytes=3_000))
    for number in range(3):
        board.published(event(number, text="x" * 1_000), NOW)
    documents = [found[1] for number in range(3) if (found := board.row(f"event:acme/{number}"))]
    assert [document is not None for document in documents] == [False, True, True]


@pytest.mark.parametrize(("delivery", "request_id"), [("d", "r"), ("another", None)])
def test_an_event_takes_over_the_row_that_logs_made_and_the_request_if_it_is_its_own(
    delivery: str, request_id: str | None
) -> None:
    board, recipient = Board([]), {"number": "+4512345678", "raw": "4512345678"}
    board.logged([Logged(NOW, {"event_ids": ["acme/1:***"], "delivery_id": "d", "request_id": "r"})])
    data = {"provider": "acme", "delivery_id": delivery, "recipient": recipient}
    board.published({"id": "acme/1:4512345678", "type": "t", "data": data}, NOW)
    [row] = board.rows()[1]
    assert (row["id"], row["event_id"]) == ("event:acme/1:***", "acme/1:4512345678")
    assert row["request_id"] == request_id


def test_reports_of_one_message_to_several_recipients_are_rows_of_their_own_whatever_comes_first() -> None:
    numbers = ["4511111111", "4522222222", "4533333333"]
    reports = [
        {"id": f"acme/1:{raw}", "type": "t"}
        | {"data": {"provider": "acme", "delivery_id": "d", "recipient": {"number": f"+{raw}", "raw": raw}}}
        for raw in numbers
    ]
    dead = DeadLetter("m", "could not be published", json.dumps(reports[1]), NOW, 3, "acme/1", None, None, None, "")
    fanout = {"message": "published", "events": [{"event_id": "acme/1:***", "delivery_id": "d"}]}
    news: list[Callable[[Board], None]] = [
        lambda board: board.logged([Logged(NOW, {"event_ids": ["acme/1:***"] * 3, "delivery_id": "d"})]),
        lambda board: board.logged([Logged(NOW, fanout)]),
        lambda board: board.dead([dead], are_all=True),
        lambda board: board.published(reports[0], NOW),
        lambda board: board.published(reports[2], NOW),
    ]
    for order in permutations(news):
        board = Board([])
        for tell in order:
            tell(board)
        shown = sorted((row["recipient"], row["status"]) for row in board.rows()[1])
        states = ["published", "dead", "published"]
        assert shown == [(f"+{raw}", state) for raw, state in zip(numbers, states, strict=True)]
        found = [board.row(f"event:{report['id']}") for report in reports]
        assert [row and row[1] for row in found] == reports


def test_nothing_is_left_of_rows_that_made_room() -> None:
    rows = Rows(kept=1)
    for message, raw in ((1, "4511111111"), (1, "4522222222"), (3, "4533333333")):
        Board([], rows).published(event(recipient={"raw": raw}) | {"id": f"acme/{message}:{raw}"}, NOW)
    Board([], rows).published(event(2), NOW)
    assert {len(it) for it in vars(rows).values() if isinstance(it, dict)} <= {0, 1}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, {"text": None, "sender": None, "recipient": None, "delivery_status": None, "milliseconds": None}),
        ({"text": 5, "sender": "x", "status": ["x"], "received_at": 3}, {"text": None, "delivery_status": None}),
        ({"sender": {"number": None, "raw": "ACME"}}, {"sender": "ACME"}),
        ({"sender": {"number": "+4512345678", "raw": "12345678"}}, {"sender": "+4512345678"}),
        ({"sender": {"raw": {"x": 1}}}, {"sender": None}),
        ({"status": "delivered", "received_at": "2026-01-01T11:59:59"}, {"milliseconds": 1_000}),
        ({"received_at": "2026-01-01T12:00:01Z"}, {"milliseconds": 0}),  # clocks differ
        ({"parts": [{"id": "acme/2"}, 3, {}], "segments": "x"}, {"parts": {"joined": 1, "of": 1}}),
        ({"parts": [{"id": "acme/2"}], "segments": 3, "incomplete": True}, {"incomplete": True}),
    ],
)
def test_an_event_that_lacks_something_is_shown_without(data: dict[str, Any], expected: dict[str, Any]) -> None:
    board = Board([])
    board.published(event(**data), NOW)
    [row] = board.rows()[1]
    assert {name: row[name] for name in expected} == expected
    assert json.dumps(row)


def test_what_somebody_else_published_takes_no_more_memory_than_a_text() -> None:
    board, long = Board([]), "x" * 100_000
    number = {"raw": long, "number": long}
    said = dict.fromkeys(("provider", "text", "status", "delivery_id"), long) | {"sender": number}
    published = {"id": long, "type": long, "recovery": long, "data": said | {"recipient": number}}
    for _ in range(2):
        board.published(published, NOW)
    [row] = board.rows()[1]
    assert len(json.dumps(row)) < 6_000
    assert (row["sender"], row["delivery_status"]) == ("x" * 200, "x" * 200)
    found = board.row(row["id"])
    assert found
    assert found[1] == published, "whole"


def test_of_times_that_no_point_was_made_of_the_newest_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "_TIMES_KEPT", 3)
    board = Board(["acme"])
    counted(board)
    for seconds in (1.0, 1.0, 1.0, 2.0, 2.0, 2.0):
        board.answered(seconds)
        board.published(event(received_at=(NOW - timedelta(seconds=seconds)).isoformat()), NOW)
    counted(board)
    [point] = board.overview()[1]["points"]
    assert (point["arrival_p50"], point["answer_p50"]) == (2_000, 2_000)


def test_what_an_operator_sends_once_more_is_the_same_row_marked_and_no_measure() -> None:
    board = Board(["acme"])
    counted(board)
    received = {"received_at": (NOW - timedelta(milliseconds=250)).isoformat()}
    board.published(event(**received), NOW)
    board.published(event(**received) | {"recovery": "resend"}, NOW + timedelta(seconds=60))
    board.published(event(2, **received) | {"recovery": "resend"}, NOW)
    rows = [(row["event_id"], row["recovery"], row["milliseconds"]) for row in board.rows()[1]]
    assert rows == [("acme/1", "resend", 250), ("acme/2", "resend", None)]
    counted(board)
    assert board.overview()[1]["points"][0]["arrival_p99"] == 250


def kept(*arrivals: datetime) -> Kept:
    return Kept("acme/1", NOW, {"provider": "acme", "reason": "not JSON", "delivery_id": "d"}, arrivals)


KEPT_ONCE = kept()
REPLAYED = Logged(NOW, {"message": "replayed", "key": "acme/1"})


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([[KEPT_ONCE], [kept(NOW, NOW)]], ("quarantined", 2), id="once more"),
        pytest.param([[KEPT_ONCE], []], ("removed", 1), id="gone"),
        pytest.param([[KEPT_ONCE], REPLAYED, [KEPT_ONCE], []], ("replayed", 1), id="replayed"),
        pytest.param([[KEPT_ONCE], [], REPLAYED], ("replayed", 1), id="replayed, as the log tells late"),
        pytest.param([[KEPT_ONCE], [], [KEPT_ONCE]], ("quarantined", 1), id="back"),
    ],
)
def test_what_is_in_the_quarantine_is_a_row_as_long_as_it_is_there_and_afterwards(
    steps: list[Any], expected: tuple[str, int]
) -> None:
    board = Board([])
    for step in steps:
        if isinstance(step, Logged):
            board.logged([step])
        else:
            board.kept(step, are_all=True)
    [row] = board.rows()[1]
    assert (row["status"], row["times"], row["reason"]) == (*expected, "not JSON")
