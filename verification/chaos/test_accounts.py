"""The accounts notice what they are there for: each row breaks one promise, or shows that it was kept."""

from dataclasses import replace

import pytest

from gateway.simulator import Post
from verification.chaos.accounts import Account, End, Evidence, Found, Kept, accounts
from verification.chaos.faults import Fault
from verification.chaos.journal import Entry
from verification.chaos.traffic import Kind, Message
from verification.chaos.wire import Call

TOKEN, ID, DOCUMENT = "chaos-000001", "acme/1", '{"id": "acme/1", "data": {"text": "chaos-000001 says"}}'
FIRST, SECOND = 101, 102  # workers
NOBODY: dict[int, float] = {}

MESSAGE = Message(TOKEN, TOKEN, "acme", Kind.NEW, Post("", body=b"the bytes of chaos-000001"), text=f"{TOKEN} says")
BROKEN = replace(MESSAGE, kind=Kind.BROKEN)
UNBELIEVED = replace(MESSAGE, token="chaos-000003")  # no attempt of its provider got success
KEPT = Kept(MESSAGE.request.body, "not JSON")
ONCE = Found({TOKEN: [DOCUMENT]})
TWICE = Found({TOKEN: [DOCUMENT, DOCUMENT]})


def entry(operation: str, at: float, worker: int = FIRST, **said: object) -> Entry:
    carries = operation in {"SendMessage", "PublishBatch"}
    call = Call("any", operation, (ID,), (DOCUMENT,) if carries else ())
    defaults = {"fault": None, "heard": True, "status": 200}
    return Entry(call, worker, began=at - 0.1, carried_out=at, **{**defaults, **said})  # type: ignore[arg-type]


CLAIMED = [entry("SendMessage", 1.0), entry("PutItem", 2.0)]
PUBLISHED = [*CLAIMED, entry("PublishBatch", 3.0)]
AGAIN = [entry("PutItem", 15.0, SECOND), entry("PublishBatch", 16.0, SECOND)]
UNHEARD = entry("PublishBatch", 3.0, heard=False)
RECORDED = entry("UpdateItem", 4.0)
REFUSED = entry("UpdateItem", 4.0, fault=Fault.REFUSED, heard=False, status=None)


def account_of(
    messages: list[Message], found: Found, journal: list[Entry] = PUBLISHED, ended: dict[int, float] = NOBODY
) -> Account:
    return accounts(messages, {TOKEN}, found, Evidence(journal, ended, run_seconds=9.0))[0]


@pytest.mark.parametrize(
    ("message", "found", "end", "wrong"),
    [
        (MESSAGE, Found(dead=frozenset({TOKEN})), End.DEAD, ""),
        (BROKEN, Found(quarantined={TOKEN: KEPT}), End.QUARANTINED, ""),
        (UNBELIEVED, Found(), End.NOWHERE, ""),
        (MESSAGE, Found(), End.NOWHERE, "LOST"),
        (BROKEN, Found(quarantined={TOKEN: Kept(b"other bytes", "not JSON")}), End.WRONG, "other bytes"),
        (MESSAGE, Found(quarantined={TOKEN: KEPT}), End.WRONG, "nothing is wrong with it"),
        (MESSAGE, replace(ONCE, quarantined={TOKEN: KEPT}), End.WRONG, "published and "),
        (MESSAGE, Found({TOKEN: [DOCUMENT, DOCUMENT + " "]}), End.WRONG, "its events differ"),
        (MESSAGE, TWICE, End.WRONG, "2 events of 1 publications"),
        (replace(MESSAGE, text=f"{TOKEN} said"), ONCE, End.WRONG, "another text"),
    ],
)
def test_where_a_message_ended_and_what_is_wrong_with_that(
    message: Message, found: Found, end: End, wrong: str
) -> None:
    account = account_of([message], found)
    assert account.end is end
    assert bool(account.wrong) == bool(wrong)
    assert wrong in (account.wrong or "")


@pytest.mark.parametrize(
    ("journal", "ended", "excused"),
    [
        ([*CLAIMED, UNHEARD, *AGAIN], {}, True),
        ([*CLAIMED, entry("PublishBatch", 3.0, fault=Fault.KILLED_AFTER, heard=False), *AGAIN], {FIRST: 3.0}, True),
        ([*PUBLISHED, *AGAIN], {FIRST: 3.5}, True),
        ([*PUBLISHED, *AGAIN], {}, False),
        ([*PUBLISHED, RECORDED, *AGAIN], {FIRST: 4.5}, False),
        ([*PUBLISHED, *AGAIN], {SECOND: 17.0}, False),
        ([*PUBLISHED, *AGAIN], {FIRST: 14.0}, False),
        ([*CLAIMED, UNHEARD, RECORDED, *AGAIN], {}, False),
        ([*PUBLISHED, *AGAIN, entry("PublishBatch", 30.0)], {FIRST: 3.5}, False),
        ([*PUBLISHED, REFUSED, REFUSED, *AGAIN], {}, True),
        ([*PUBLISHED, REFUSED, replace(REFUSED, fault=None), *AGAIN], {}, False),
    ],
    ids=["answer lost", "killed", "ended before the record", "nothing happened", "ended after the record",
         "another worker ended", "ended long after its run", "answer lost, and on record", "a third time",
         "a fault at each record", "not so at one of them"],
)  # fmt: skip
def test_a_double_has_an_excuse_or_is_wrong(journal: list[Entry], ended: dict[int, float], excused: bool) -> None:
    account = account_of([MESSAGE], TWICE, journal, ended)
    assert account.end is (End.DOUBLED if excused else End.WRONG)
    assert bool(account.excuses) == excused


def test_two_texts_published_under_one_id_are_wrong_and_so_is_what_nobody_sent() -> None:
    both = [replace(MESSAGE, token=token, kind=Kind.CONFLICT) for token in (TOKEN, "chaos-000002")]
    found = Found({each.token: [DOCUMENT] for each in both})
    assert account_of(both, found).wrong == "several texts were published under one id"
    assert account_of([], ONCE).wrong == "nobody sent it"
