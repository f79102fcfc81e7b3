"""The accounts of an update can fail: what is lost, doubled or set aside without an excuse is wrong."""

import json

import pytest

from verification.chaos.accounts import Claimed, End, Found, accounts
from verification.chaos.traffic import Kind
from verification.upgrade.arrivals import Arrival, Arrivals, timeout, update

TOKEN = "chaos-000001"
UPDATE = update(began=100, ended=110, function_seconds=8)
TIMEOUT = timeout(at=200, function_seconds=8)


def arrival(at: float, delivery: str = "a", token: str = TOKEN) -> Arrival:
    return Arrival(json.dumps({"id": "acme/1", "data": {"text": token, "delivery_id": delivery}}), at)


@pytest.mark.parametrize(
    ("arrived", "end"),
    [
        ([arrival(1)], End.ONCE),
        ([], End.NOWHERE),
        ([arrival(105), arrival(120)], End.DOUBLED),  # its worker was ended for the update
        ([arrival(99), arrival(120)], End.WRONG),  # published before the update
        ([arrival(112), arrival(120)], End.WRONG),  # after it
        ([arrival(105), arrival(108)], End.WRONG),  # while its owner was alive
        ([arrival(105), arrival(120, "b")], End.WRONG),  # by another delivery
        ([arrival(195), arrival(209)], End.DOUBLED),  # its worker ran out of time
        ([arrival(195), arrival(199)], End.WRONG),  # before it did
        ([arrival(190), arrival(209)], End.WRONG),  # published by a run before
        ([arrival(105), arrival(120), arrival(130)], End.WRONG),  # once more without an excuse
    ],
)
def test_only_the_end_of_its_worker_excuses_a_second_publication(arrived: list[Arrival], end: End) -> None:
    arrivals = Arrivals([UPDATE, TIMEOUT])
    arrivals.found["acme/1"] = arrived
    [account] = accounts(
        [Claimed(TOKEN, TOKEN, Kind.NEW, believed=True)],
        Found({TOKEN: arrivals.documents} if arrived else {}),
        arrivals,
    )
    assert account.end is end
    assert (account.wrong is None) == (end in {End.ONCE, End.DOUBLED})
