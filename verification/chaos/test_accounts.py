"""The accounts notice what they are there for: each case breaks one promise, or shows that it was kept."""

from dataclasses import replace

import pytest

from verification.chaos.accounts import Claimed, End, Evidence, Found, Kept, accounts, token_of
from verification.chaos.faults import Fault
from verification.chaos.journal import Entry
from verification.chaos.traffic import Kind
from verification.chaos.wire import Call

TOKEN, ID, DOCUMENT = "chaos-000001", "sinch/1", '{"id": "sinch/1", "data": {"text": "chaos-000001 says"}}'
OTHER, OTHER_DOCUMENT = "chaos-000002", DOCUMENT.replace("chaos-000001", "chaos-000002")
RUN_SECONDS = 9.0
FIRST_WORKER, SECOND_WORKER = 101, 102

MESSAGE = Claimed(TOKEN, TOKEN, Kind.NEW, believed=True, body=b"the bytes of chaos-000001")
BROKEN = replace(MESSAGE, kind=Kind.BROKEN)
CONFLICTS = [replace(MESSAGE, kind=Kind.CONFLICT), replace(MESSAGE, token=OTHER, kind=Kind.CONFLICT)]
KEPT = Kept(MESSAGE.body, "not JSON")
ONCE = Found({TOKEN: [DOCUMENT]})
TWICE = Found({TOKEN: [DOCUMENT, DOCUMENT]})


def entry(operation, at, worker=FIRST_WORKER, *, document=DOCUMENT, fault=None, heard=True, status=200):
    carries = operation in {"SendMessage", "PublishBatch"}
    call = Call("any", operation, (ID,), (document,) if carries else ())
    return Entry(call, worker, fault, began=at - 0.1, carried_out=at, status=status, heard=heard)


QUEUED = entry("SendMessage", 1.0)
PUBLISHED = [QUEUED, entry("PutItem", 2.0), entry("PublishBatch", 3.0)]
AGAIN = [entry("PutItem", 15.0, SECOND_WORKER), entry("PublishBatch", 16.0, SECOND_WORKER)]
RECORDED = entry("UpdateItem", 4.0)


def account_of(messages, found, journal=PUBLISHED, ended=None):
    evidence = Evidence(journal, ended or {}, RUN_SECONDS)
    return {account.message.token: account for account in accounts(messages, found, evidence)}


@pytest.mark.parametrize(
    ("message", "found", "end"),
    [
        (MESSAGE, ONCE, End.ONCE),
        (MESSAGE, Found(dead=frozenset({TOKEN})), End.DEAD),
        (BROKEN, Found(quarantined={TOKEN: KEPT}), End.QUARANTINED),
        (CONFLICTS[0], Found(quarantined={TOKEN: Kept(b"its event", "")}, dead=frozenset({TOKEN})), End.DEAD),
        (replace(MESSAGE, believed=False), Found(), End.NOWHERE),
        (replace(MESSAGE, believed=False), ONCE, End.ONCE),
    ],
)
def test_what_may_be(message, found, end):
    [account] = account_of([message], found).values()
    assert (account.end, account.wrong) == (end, None)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("journal", [[], [QUEUED], PUBLISHED], ids=["never queued", "queued", "published"])
def test_a_message_that_its_provider_believes_delivered_and_that_is_nowhere_is_lost(kind, journal):
    [account] = account_of([replace(MESSAGE, kind=kind)], Found(), journal).values()
    assert account.end is End.NOWHERE
    assert account.wrong.startswith("LOST")


@pytest.mark.parametrize(
    ("message", "found", "wrong"),
    [
        (BROKEN, ONCE, "published, and nobody can read it"),
        (BROKEN, Found(quarantined={TOKEN: Kept(b"other bytes", "not JSON")}), "set aside with other bytes"),
        (BROKEN, Found(quarantined={TOKEN: Kept(MESSAGE.body, "")}), "set aside without a reason"),
        (MESSAGE, Found(quarantined={TOKEN: KEPT}), "set aside, and nothing is wrong with it"),
        (MESSAGE, replace(ONCE, quarantined={TOKEN: KEPT}), "published and set aside"),
        (MESSAGE, Found({TOKEN: [DOCUMENT, DOCUMENT + " "]}), "its events differ"),
        (MESSAGE, TWICE, "2 events of 1 publications"),
    ],
)
def test_a_broken_promise_is_told(message, found, wrong):
    [account] = account_of([message], found).values()
    assert (account.end, account.wrong) == (End.WRONG, wrong)


@pytest.mark.parametrize(
    ("first", "ended", "excuse"),
    [
        ({"fault": Fault.CUT_AFTER, "heard": False}, {}, "SNS's answer was lost or late"),
        ({"fault": Fault.FAILED_AFTER, "heard": False}, {}, "SNS's answer was lost or late"),
        ({"fault": Fault.SLOW, "heard": False}, {}, "SNS's answer was lost or late"),
        ({"fault": Fault.KILLED, "heard": False}, {FIRST_WORKER: 3.0}, "the worker was killed before it heard of it"),
        ({}, {FIRST_WORKER: 3.5}, "the worker ended before it was on record"),
    ],
)
def test_a_double_that_could_not_be_helped(first, ended, excuse):
    journal = [*PUBLISHED[:2], entry("PublishBatch", 3.0, **first), *AGAIN]
    [account] = account_of([MESSAGE], TWICE, journal, ended).values()
    assert (account.end, account.wrong, account.excuses) == (End.DOUBLED, None, (excuse,))


@pytest.mark.parametrize(
    ("journal", "ended"),
    [
        pytest.param([*PUBLISHED, *AGAIN], {}, id="nothing happened in between"),
        pytest.param([*PUBLISHED, RECORDED, *AGAIN], {FIRST_WORKER: 4.5}, id="the worker ended, but after the record"),
        pytest.param([*PUBLISHED, *AGAIN], {SECOND_WORKER: 17.0}, id="another worker ended"),
        pytest.param([*PUBLISHED, *AGAIN], {FIRST_WORKER: 14.0}, id="the worker ended long after its run"),
        pytest.param([*PUBLISHED, *AGAIN], {FIRST_WORKER: 15.5}, id="the worker ended after the second claim"),
        pytest.param(
            [*PUBLISHED[:2], entry("PublishBatch", 3.0, heard=False), RECORDED, *AGAIN],
            {},
            id="the answer was lost, and it was on record",
        ),
        pytest.param([*PUBLISHED, *AGAIN, entry("PublishBatch", 30.0)], {FIRST_WORKER: 3.5}, id="the third has none"),
    ],
)
def test_a_double_without_excuse(journal, ended):
    [account] = account_of([MESSAGE], TWICE, journal, ended).values()
    assert account.end is End.WRONG
    assert account.wrong.startswith("doubled without excuse: sinch/1 (")


def test_sns_doubles_what_no_inbox_has_twice():
    """What counts is what SNS accepted: some subscriber got both."""
    [account] = account_of([MESSAGE], ONCE, [*PUBLISHED, *AGAIN]).values()
    assert account.wrong.startswith("doubled without excuse: sinch/1 (")


def test_what_sns_refused_is_no_publication():
    refused = entry("PublishBatch", 3.0, status=500)
    [account] = account_of([MESSAGE], ONCE, [*PUBLISHED[:2], refused, *AGAIN]).values()
    assert account.end is End.ONCE


def test_of_two_texts_under_one_id_one_is_set_aside():
    found = replace(ONCE, quarantined={OTHER: Kept(OTHER_DOCUMENT.encode(), "id conflict")})
    done = account_of(CONFLICTS, found)
    assert {token: account.end for token, account in done.items()} == {TOKEN: End.ONCE, OTHER: End.QUARANTINED}
    assert not any(account.wrong for account in done.values())


def test_two_texts_published_under_one_id_are_wrong():
    found = Found({TOKEN: [DOCUMENT], OTHER: [OTHER_DOCUMENT]})
    assert {each.wrong for each in account_of(CONFLICTS, found).values()} == {
        "several texts were published under one id"
    }


@pytest.mark.parametrize("found", [ONCE, Found(dead=frozenset({TOKEN})), Found(quarantined={TOKEN: KEPT})])
def test_what_nobody_sent_is_wrong(found):
    [account] = account_of([], found).values()
    assert account.wrong == "nobody sent it"


def test_a_document_without_a_token_is_found_all_the_same():
    assert token_of("hello") == "hello"
    assert token_of(DOCUMENT) == TOKEN
