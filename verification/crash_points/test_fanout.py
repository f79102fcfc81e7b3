"""Nothing lost, nothing twice: the real fan-out through every schedule of its steps (see schedules.py)."""

from dataclasses import replace
from typing import Any

import pytest

from fanout import Fanout
from inbound_sms.errors import DependencyUnavailable
from inbound_sms.publishing.deduplication import Claim, ClaimsTable
from inbound_sms.publishing.publisher import Publisher
from inbound_sms.publishing.queued import QueuedEvent
from tests.support.quiet import quietly
from verification.crash_points.ledger import Violation
from verification.crash_points.replay import Session
from verification.crash_points.scenarios import Make, Scenario, code_of, explore, real_fanout, short_form
from verification.crash_points.schedules import Explorer
from verification.crash_points.state import COPY


@pytest.mark.parametrize(
    "scenario", list(short_form()), ids=lambda each: f"{' '.join(each.arrivals)} {each.max_receives}"
)
def test_nothing_is_lost_and_nothing_doubled_but_in_the_unavoidable_case(scenario: Scenario) -> None:
    tally = explore(scenario).tally

    assert tally.schedules > tally.doubled
    assert (tally.doubled > 0) == (scenario.faults > 0), "the unavoidable case is among them, where anything goes wrong"


@pytest.mark.parametrize("other", ["other", "conflict", "listed twice"])
def test_leaving_out_orders_that_nobody_can_tell_apart_leaves_out_no_outcome(other: str) -> None:
    scenario = Scenario(("first", other), 1)
    ends = []
    for reduce in (True, False):
        explorer = Explorer(code_of(real_fanout), scenario.bodies, max_receives=10, few=True, reduce=reduce)
        with quietly():
            explorer.explore(scenario.arrivals, scenario.faults)
        ends.append(explorer.ends)
    assert ends[0] == ends[1]


class Wrapped:
    def __init__(self, client: Any, **operations: Any) -> None:
        self._client, self._operations = client, operations

    def __getattr__(self, name: str) -> Any:
        return self._operations.get(name) or getattr(self._client, name)


def publishes_again_what_it_published(session: Session) -> Fanout:
    def put(**params: Any) -> Any:
        condition = params["ConditionExpression"]
        checks = "attribute_not_exists(#published_at)"
        assert checks in condition
        either = f"({checks} OR attribute_exists(#published_at))"
        return session.client().put_item(**params | {"ConditionExpression": condition.replace(checks, either)})

    real = real_fanout(session)
    wrapped: Any = Wrapped(session.client(), put_item=put)
    return replace(real, claims=replace(real.claims, dynamodb=wrapped))


class _Careless(Fanout):
    def _is_settled(self, claim: Claim | None, notification: Any, in_time: Any) -> bool:
        return claim is Claim.RUNNING or super()._is_settled(claim, notification, in_time)


class _Hasty(Fanout):
    def _publish(self, won: Any, in_time: Any) -> set[str]:
        for _, notification in won:
            self._complete((notification.event, "before"), in_time)
        return super()._publish(won, in_time)


class _Blind(Fanout):
    def _claim(self, event: QueuedEvent, may_claim: Any) -> Claim | None:
        claim = super()._claim(event, may_claim)
        return Claim.DUPLICATE if claim is Claim.CONFLICT else claim


class _Generous(ClaimsTable):
    def claim(self, event_id: str, owner: str, fingerprint: str) -> Claim:
        return super().claim(event_id, "anybody", fingerprint)


class _Optimist(ClaimsTable):
    def claim(self, event_id: str, owner: str, fingerprint: str) -> Claim:
        try:
            return super().claim(event_id, owner, fingerprint)
        except DependencyUnavailable:
            return Claim.WON


class _Deaf(Publisher):
    def publish(self, notifications: Any, in_time: Any = lambda: True) -> Any:
        for batch in super().publish(notifications, in_time):
            yield [(index, message_id or "surely") for index, message_id in batch]


class _Stubborn(Publisher):
    """Tries again what SNS surely did not take, however late it is: then there may be no time to record it."""

    def _send(self, topic: str, entries: Any, in_time: Any) -> Any:
        return super()._send(topic, entries, lambda: True)


def _as(kind: type, part: Any) -> Any:
    return kind(**{name: getattr(part, name) for name in part.__dataclass_fields__})


def with_fanout(kind: type) -> Make:
    return lambda session: _as(kind, real_fanout(session))


def with_part(name: str, kind: type) -> Make:
    def make(session: Session) -> Fanout:
        real = real_fanout(session)
        return replace(real, **{name: _as(kind, getattr(real, name))})

    return make


@pytest.mark.parametrize(
    ("broken", "other", "promise"),
    [
        (publishes_again_what_it_published, COPY, "published twice"),
        (with_fanout(_Careless), COPY, "is lost"),
        (with_fanout(_Hasty), COPY, "on record as published, and was not"),
        (with_fanout(_Blind), "conflict", "is lost"),
        (with_part("claims", _Generous), "retry", "owns? it"),
        (with_part("claims", _Optimist), COPY, "published twice"),
        (with_part("publisher", _Deaf), COPY, "on record as published, and was not"),
        (with_part("publisher", _Stubborn), COPY, "published twice"),
    ],
    ids=[
        "condition",
        "running dropped",
        "completed first",
        "conflict dropped",
        "one owner",
        "claim unsure",
        "deaf",
        "too late",
    ],
)
def test_broken_code_is_noticed(broken: Make, other: str, promise: str) -> None:
    with pytest.raises(Violation, match=promise):
        explore(Scenario(("first", other), 2, few=True), broken)
