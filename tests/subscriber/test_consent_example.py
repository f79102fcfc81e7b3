"""The list of who may be texted (examples/consent): in whatever order the events come, and however often."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from examples.consent import consent_list
from examples.consent.consent_list import ConsentList
from gateway.template import load
from inbound_sms_subscriber import Event
from inbound_sms_subscriber.testing import consent_change, message, sqs_record
from tests.support.providers import ROOT
from tests.support.world import World

PERSON, OURS, OTHER = "+16175551212", "+15005550006", "+15005550007"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
START = message("start", sender=PERSON, recipient=OURS, consent={"action": "opt_in", "decided_by": "keyword"})


@pytest.fixture
def listed(aws: World) -> ConsentList:
    """Return the example's list, in the table that its template makes."""
    resources = load(ROOT / "examples/consent/template.yaml")["Resources"]
    made = {name: resources["ConsentTable"]["Properties"][name] for name in ("AttributeDefinitions", "KeySchema")}
    aws.dynamodb.plain.create_table(TableName="consent", BillingMode="PAY_PER_REQUEST", **made)
    return ConsentList(aws.dynamodb.plain, "consent")


def said(action: str, hour: float, ours: str | None = OURS, arrived: float = 24, person: str = PERSON) -> Event:
    at, received = (NOON + timedelta(hours=hours) for hours in (hour, arrived))
    return consent_change(action, sender=person, recipient=ours, reported_at=at, received_at=received)


def test_what_was_said_last_counts_in_whatever_order_it_comes_and_however_often(listed: ConsentList) -> None:
    course = [("opt_out", 1), ("opt_in", 2), ("opt_out", 3)]
    for number, order in enumerate(itertools.permutations(course)):
        person = f"+1617555{number:04}"
        for action, hour in (*order, order[0]):
            listed.record(said(action, hour, person=person))
        assert not listed.may_text(person, OURS), order


# What has come; whether they may be texted from the number that it came to, and from another one.
COME: dict[str, tuple[list[Event], bool, bool]] = {
    "nothing": ([], True, True),
    "a text": ([message("Hello", sender=PERSON, recipient=OURS)], True, True),
    "one number": ([said("opt_out", 1)], False, True),
    "a keyword": ([said("opt_out", 1), START], True, True),
    "help": ([said("opt_in", 1), said("help", 2)], True, True),
    "all": ([said("opt_out", 1, None)], False, False),
    "all, then in": ([said("opt_out", 1, None), said("opt_in", 2)], True, False),
    "in, then all": ([said("opt_in", 2), said("opt_out", 3, None)], False, False),
    "at once": ([said("opt_in", 2), said("opt_out", 2)], False, True),
    "at once, too": ([said("opt_out", 2), said("opt_in", 2)], False, True),
    "a wrong clock": ([said("opt_in", 99, arrived=1), said("opt_out", 2)], False, True),
}


@pytest.mark.parametrize(("events", "may", "may_from_another"), COME.values(), ids=COME)
def test_who_may_be_texted(listed: ConsentList, events: list[Event], may: bool, may_from_another: bool) -> None:
    for event in events:
        listed.record(event)
    assert (listed.may_text(PERSON, OURS), listed.may_text(PERSON, OTHER)) == (may, may_from_another)


def test_of_a_batch_only_what_cannot_be_recorded_comes_again(
    listed: ConsentList, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(consent_list, "_list", lambda: listed)
    unreadable = {"messageId": "1", "body": f'{{"sender": "{PERSON}"'}
    batch = {"Records": [unreadable, sqs_record(said("opt_out", 1), raw=False)]}
    assert consent_list.handler(batch, None) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert not listed.may_text(PERSON, OURS)

    monkeypatch.setattr(consent_list, "_list", lambda: ConsentList(listed.dynamodb, "gone"))
    assert len(consent_list.handler(batch, None)["batchItemFailures"]) == 2
    assert PERSON not in capsys.readouterr().out
