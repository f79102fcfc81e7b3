"""Nothing lost, nothing twice: the real fan-out through every schedule of its steps (see schedules.py)."""

from typing import Any

import pytest

from fanout import Fanout
from inbound_sms.joining.group import Group, Standing
from inbound_sms.joining.groups import GroupsTable
from inbound_sms.joining.part import Part
from inbound_sms.publishing import deduplication
from inbound_sms.publishing.deduplication import Claim, ClaimsTable
from inbound_sms.publishing.publisher import Publisher
from joiner import Joiner
from verification.crash_points.ledger import Violation
from verification.crash_points.replay import Session
from verification.crash_points.scenarios import Scenario, shortest
from verification.crash_points.schedules import Explorer
from verification.crash_points.state import COPY


def named(scenario: Scenario) -> str:
    return f"{' '.join(scenario.arrivals)} {scenario.max_receives}"


def check(scenario: Scenario) -> None:
    tally = Explorer(scenario).explore()

    assert tally.schedules > tally.doubled
    assert (tally.doubled > 0) == (scenario.faults > 0), "the unavoidable case is among them, where anything goes wrong"
    assert (0 < tally.joined < tally.schedules) == ("2A2" in scenario.arrivals), "in time, and too late"


@pytest.mark.parametrize("scenario", shortest(), ids=named)
def test_nothing_is_lost_and_nothing_doubled_but_in_the_unavoidable_case(scenario: Scenario) -> None:
    check(scenario)


# ---- Ways to break it, each of which has to be noticed: `old` is what is there ---------------------------------------


def asks_less(old: Any, session: Session, operation: str, params: Any) -> Any:
    asked = params.get("ConditionExpression", "")
    less = asked.replace("attribute_not_exists(#published_at)", "attribute_exists(#owner)")
    return old(session, operation, {**params, "ConditionExpression": less})


def completes_first(old: Any, fanout: Fanout, won: Any, in_time: Any) -> Any:
    for _, notification in won:
        fanout._complete((notification, "before"), in_time)
    return old(fanout, won, in_time)


def forgets_who_was_settled(old: Any, groups: GroupsTable, group: Group, part: Part, event_id: str) -> None:
    others = {f"part:{number}" for number in group.bodies} - {f"part:{part.number}"}
    old(groups, Group({name: group.item[name] for name in group.item.keys() - others}), part, event_id)


def drops_what_runs(old: Any, fanout: Fanout, claim: Claim, *rest: Any) -> Any:
    return claim is Claim.RUNNING or old(fanout, claim, *rest)


def drops_conflicts(old: Any, *items: Any) -> Claim:
    return Claim.DUPLICATE if (claim := old(*items)) is Claim.CONFLICT else claim


def lets_anybody_own(old: Any, claims: ClaimsTable, event_id: str, _owner: str, *fingerprints: str) -> Any:
    return old(claims, event_id, "anybody", *fingerprints)


def tries_again_too_late(old: Any, publisher: Publisher, topic: str, entries: Any, _in_time: Any) -> Any:
    return old(publisher, topic, entries, lambda: True)


def does_nothing(*_: Any) -> set[str]:
    return set()


def publishes_with_the_owner(old: Any, *arguments: Any) -> Standing:
    return Standing.OWNER if (found := old(*arguments)) is Standing.MEMBER else found


def is_impatient(old: Any, *arguments: Any) -> Standing:
    return Standing.DUE if (found := old(*arguments)) is Standing.COLLECTED else found


def explore_with_ever_more_faults(*arrivals: str) -> None:
    for faults in range(3):
        Explorer(Scenario(arrivals, faults, few=True)).explore()


@pytest.mark.parametrize(
    ("owner", "name", "broken", "first", "other", "promise"),
    [
        (Session, "call", asks_less, "first", COPY, "published twice"),
        (Fanout, "_is_settled", drops_what_runs, "first", COPY, "is lost"),
        (Fanout, "_publish", completes_first, "first", COPY, "on record as published, and was not"),
        (deduplication, "_lost", drops_conflicts, "first", "conflict", "is lost"),
        (ClaimsTable, "claim", lets_anybody_own, "first", "retry", "owns? it"),
        (Publisher, "_send", tries_again_too_late, "first", COPY, "published twice"),
        (Joiner, "_delay", does_nothing, "2A1", "2A2", "is lost"),
        (Joiner, "resume", does_nothing, "2A1", "2A2", "stay in"),
        (GroupsTable, "standing", publishes_with_the_owner, "2A1", "2A2", "delivery that|published twice|published as"),
        (GroupsTable, "standing", is_impatient, "2A1", "2A2", "too early"),
        (GroupsTable, "settle", forgets_who_was_settled, "2A1", "2A2", "stay in"),
    ],
)
def test_broken_code_is_noticed(
    owner: Any, name: str, broken: Any, first: str, other: str, promise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *arguments: broken(old, *arguments))

    with pytest.raises(Violation, match=promise):
        explore_with_ever_more_faults(first, other)
