"""Nothing lost, nothing twice: the real fan-out through every schedule of its steps (see schedules.py)."""

from typing import Any

import pytest

from fanout import Fanout
from inbound_sms.errors import DependencyUnavailable
from inbound_sms.joining.group import Group, Standing
from inbound_sms.joining.groups import GroupsTable
from inbound_sms.joining.part import Part
from inbound_sms.publishing import deduplication
from inbound_sms.publishing.deduplication import Claim, ClaimsTable
from inbound_sms.publishing.publisher import Publisher
from joiner import Joiner
from tests.support.quiet import quietly
from verification.crash_points.ledger import Violation
from verification.crash_points.replay import Session
from verification.crash_points.scenarios import Scenario, explore, handled, short_form
from verification.crash_points.schedules import Explorer
from verification.crash_points.state import COPY


@pytest.mark.parametrize(
    "scenario", list(short_form()), ids=lambda each: f"{' '.join(each.arrivals)} {each.max_receives}"
)
def test_nothing_is_lost_and_nothing_doubled_but_in_the_unavoidable_case(scenario: Scenario) -> None:
    tally = explore(scenario).tally

    assert tally.schedules > tally.doubled
    assert (tally.doubled > 0) == (scenario.faults > 0), "the unavoidable case is among them, where anything goes wrong"
    assert (0 < tally.joined < tally.schedules) == ("2A1" in scenario.arrivals), "in time, and too late"


@pytest.mark.parametrize("other", ["other", "listed twice"])
def test_leaving_out_orders_that_nobody_can_tell_apart_leaves_out_no_outcome(other: str) -> None:
    scenario = Scenario(("first", other), 1)
    ends = []
    for reduce in (True, False):
        explorer = Explorer(handled, scenario.bodies, max_receives=10, few=True, reduce=reduce)
        with quietly():
            explorer.explore(scenario.arrivals, scenario.faults)
        ends.append(explorer.ends)
    assert ends[0] == ends[1]


# ---- Ways to break it, each of which has to be noticed: where, and what takes the place of what is there -------------


def asks_less(call: Any) -> Any:
    def changed(self: Session, operation: str, params: Any) -> Any:
        asked = params.get("ConditionExpression", "")
        less = asked.replace("attribute_not_exists(#published_at)", "attribute_exists(#owner)")
        return call(self, operation, {**params, "ConditionExpression": less})

    return changed


def drops_what_runs(is_settled: Any) -> Any:
    return lambda self, claim, *rest: claim is Claim.RUNNING or is_settled(self, claim, *rest)


def completes_first(publish: Any) -> Any:
    def changed(self: Fanout, won: Any, in_time: Any) -> set[str]:
        for _, notification in won:
            self._complete((notification, "before"), in_time)
        return set(publish(self, won, in_time))

    return changed


def drops_conflicts(lost: Any) -> Any:
    return lambda *items: Claim.DUPLICATE if (claim := lost(*items)) is Claim.CONFLICT else claim


def lets_anybody_own(claim: Any) -> Any:
    return lambda self, event_id, _owner, *fingerprints: claim(self, event_id, "anybody", *fingerprints)


def hopes_for_the_best(claim: Any) -> Any:
    def changed(*arguments: Any) -> Claim:
        try:
            return Claim(claim(*arguments))
        except DependencyUnavailable:
            return Claim.WON

    return changed


def does_not_listen(publish: Any) -> Any:
    return lambda *arguments: (
        [(index, message_id or "surely") for index, message_id in batch] for batch in publish(*arguments)
    )


def tries_again_too_late(send: Any) -> Any:
    return lambda self, topic, entries, _in_time: send(self, topic, entries, lambda: True)


def publishes_with_the_owner(standing: Any) -> Any:
    return lambda *arguments: Standing.OWNER if (found := standing(*arguments)) is Standing.MEMBER else found


def does_nothing(_: Any) -> Any:
    return lambda *_: set()


def is_impatient(standing: Any) -> Any:
    return lambda *arguments: Standing.DUE if (found := standing(*arguments)) is Standing.COLLECTED else found


def forgets_who_was_settled(settle: Any) -> Any:
    def changed(self: GroupsTable, group: Group, part: Part, event_id: str) -> None:
        others = {f"part:{number}" for number in group.bodies} - {f"part:{part.number}"}
        settle(self, Group({name: group.item[name] for name in group.item.keys() - others}), part, event_id)

    return changed


PART_2 = "2A2"


@pytest.mark.parametrize(
    ("owner", "name", "broken", "other", "promise"),
    [
        (Session, "call", asks_less, COPY, "published twice"),
        (Fanout, "_is_settled", drops_what_runs, COPY, "is lost"),
        (Fanout, "_publish", completes_first, COPY, "on record as published, and was not"),
        (deduplication, "_lost", drops_conflicts, "conflict", "is lost"),
        (ClaimsTable, "claim", lets_anybody_own, "retry", "owns? it"),
        (ClaimsTable, "claim", hopes_for_the_best, COPY, "published twice"),
        (Publisher, "publish", does_not_listen, COPY, "on record as published, and was not"),
        (Publisher, "_send", tries_again_too_late, COPY, "published twice"),
        (Joiner, "_delay", does_nothing, PART_2, "is lost"),
        (Joiner, "resume", does_nothing, PART_2, "stay in"),
        (GroupsTable, "standing", publishes_with_the_owner, PART_2, "delivery that|published twice|published as"),
        (GroupsTable, "standing", is_impatient, PART_2, "too early"),
        (GroupsTable, "settle", forgets_who_was_settled, PART_2, "stay in"),
    ],
    ids=lambda value: getattr(value, "__name__", "") if callable(value) and not isinstance(value, type) else "",
)
def test_broken_code_is_noticed(
    owner: Any, name: str, broken: Any, other: str, promise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, broken(getattr(owner, name)))

    arrivals, faults = (("2A1", other), 1) if other == PART_2 else (("first", other), 2)
    with pytest.raises(Violation, match=promise):
        explore(Scenario(arrivals, faults, few=True))
