"""The short form of `make crash-points`: two faults, three arrivals, parts; `make test` walks through some of it."""

import pytest

from verification.crash_points.scenarios import Scenario, short_form
from verification.crash_points.schedules import Explorer
from verification.crash_points.test_fanout import check, named


@pytest.mark.parametrize("scenario", short_form(), ids=named)
def test_nothing_is_lost_and_nothing_doubled_but_in_the_unavoidable_case(scenario: Scenario) -> None:
    check(scenario)


@pytest.mark.parametrize("other", ["other", "listed twice"])
def test_leaving_out_orders_that_nobody_can_tell_apart_leaves_out_no_outcome(other: str) -> None:
    reduced, complete = (Explorer(Scenario(("first", other), 1, few=True), reduce=reduce) for reduce in (True, False))
    for explorer in (reduced, complete):
        explorer.explore()

    assert len(reduced.seen) < len(complete.seen)
    assert reduced.ends == complete.ends
