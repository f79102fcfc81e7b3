"""The accounts of an update can fail: what is lost, doubled or set aside without an excuse is wrong."""

import json

import pytest

from verification.chaos.accounts import Claimed, End, Found, Kept, accounts
from verification.chaos.traffic import Kind
from verification.upgrade.arrivals import Arrival, Arrivals, timeout, update

TOKEN = "chaos-000001"
UPDATE = update(began=100, ended=110, function_seconds=8)
TIMEOUT = timeout(at=200, function_seconds=8)


def arrival(at: float, delivery: str = "a", token: str = TOKEN) -> Arrival:
    return Arrival(json.dumps({"id": "acme/1", "data": {"text": token, "delivery_id": delivery}}), at)


def end(arrived: list[Arrival], kept: Kept | None = None, unrecorded: str = "") -> tuple[End, bool]:
    arrivals = Arrivals([UPDATE, TIMEOUT], {unrecorded})
    arrivals.found["acme/1"] = arrived
    found = Found({TOKEN: arrivals.documents} if arrived else {}, frozenset(), {TOKEN: kept} if kept else {})
    [account] = accounts([Claimed(TOKEN, TOKEN, Kind.NEW, believed=True)], found, arrivals)
    return account.end, account.wrong is not None


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [
        ([arrival(1)], (End.ONCE, False)),
        ([], (End.NOWHERE, True)),
        ([arrival(105), arrival(120)], (End.DOUBLED, False)),  # its worker was ended for the update
        ([arrival(99), arrival(120)], (End.WRONG, True)),  # published before the update
        ([arrival(112), arrival(120)], (End.WRONG, True)),  # after it
        ([arrival(105), arrival(108)], (End.WRONG, True)),  # while its owner was alive
        ([arrival(105), arrival(120, "b")], (End.WRONG, True)),  # by another delivery
        ([arrival(195), arrival(209)], (End.DOUBLED, False)),  # its worker ran out of time
        ([arrival(195), arrival(199)], (End.WRONG, True)),  # before it did
        ([arrival(190), arrival(209)], (End.WRONG, True)),  # published by a run before
        ([arrival(105), arrival(120), arrival(130)], (End.WRONG, True)),  # once more without an excuse
    ],
)
def test_only_the_end_of_its_worker_excuses_a_second_publication(
    arrived: list[Arrival], expected: tuple[End, bool]
) -> None:
    assert end(arrived) == expected


@pytest.mark.parametrize(
    ("event_id", "delivery", "expected"),
    [("acme/1", "a", End.DOUBLED), ("acme/1", "b", End.WRONG), ("acme/2", "a", End.WRONG)],
)
def test_the_same_delivery_may_publish_again_what_there_was_no_time_to_record(
    event_id: str, delivery: str, expected: End
) -> None:
    assert end([arrival(1), arrival(20, delivery)], unrecorded=event_id)[0] is expected


def test_what_is_left_in_the_quarantine_and_was_readable_is_wrong() -> None:
    assert end([], Kept(b"", "an event of 900 bytes is too large to publish")) == (End.WRONG, True)
