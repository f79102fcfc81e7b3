"""`gateway backfill`: what no webhook brought comes from the provider's own API, and once, whatever goes wrong."""

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from typer.testing import Result

from gateway.backfill import Api, backfills
from gateway.backfill import api as backfill_api
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.handler import WebhookHandler
from tests.component.conftest import Clients, published, with_ingestor
from tests.support.acme.backfill import BACKFILL, BACKFILL_URL
from tests.support.acme.sender import ACME_ENTRY, TEXT, text
from tests.support.faults import failing
from tests.support.installed import Desk as Office
from tests.support.installed import Functions
from tests.support.listing import ListingApi, recovered, served
from tests.support.memory import Memory

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
SINCE = ("--since", NOON.isoformat())
PAGE = 2


def said(own_id: str, hours: float = 0, **fields: Any) -> dict[str, Any]:
    """Return a text as the API lists it, some hours after noon, yesterday."""
    return {**TEXT, "id": own_id, "text": "private text", "at": (NOON + timedelta(hours=hours)).isoformat(), **fields}


@dataclass
class Desk:
    """Where an operator sits, between a provider's API and a gateway."""

    office: Office
    api: ListingApi
    receiver: WebhookHandler
    functions: Functions
    texts: list[dict[str, Any]] = field(default_factory=list)

    def lists(self, path: str, query: dict[str, str]) -> Any:
        """Return a page: a text that came in meanwhile moves the last one of each page to the next."""
        assert path == "/texts"
        inside = [it for it in self.texts if query["since"] <= it["at"] < query["until"]]
        newest = sorted(inside, key=lambda it: str(it["at"]), reverse=True)
        first = max(0, int(query["page"]) * PAGE - 1)
        more = first + PAGE < len(newest) or (not int(query["page"]) and len(newest) > 1)
        return {"texts": newest[first : first + PAGE], "next": int(query["page"]) + 1 if more else None}

    def run(self, *words: str) -> Result:
        return self.office.run("backfill", "acme", *(words or SINCE))

    def counted(self, *words: str) -> tuple[int, ...]:
        told = self.office.json("backfill", "acme", *(words or SINCE))
        return tuple(told[name] for name in ("found", "known", "new", "published"))

    def webhook(self, one: dict[str, Any]) -> None:
        self.receiver.handle(ACME_ENTRY.event(json.dumps(one).encode()))

    def published(self) -> list[str]:
        """Let the fan-out take what is queued; return the ids of what subscribers got, in order."""
        return [event["id"] for event in published(self.office.aws, time.time())]


@pytest.fixture
def desk(office: Office, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    clients["lambda"] = functions = Functions({"fn-acme": lambda event: recovered(made.receiver, event)})
    monkeypatch.setitem(backfills(), "acme", BACKFILL)
    monkeypatch.setattr(backfill_api, "_WAITS", (0.0, 0.0))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    api = ListingApi(lambda _path, _query: None, authorization="Bearer right")
    made = Desk(office, api, office.aws.receiver(ACME_ENTRY), functions)
    made.api.answer = made.lists
    with served(made.api):
        for name, value in {BACKFILL_URL: made.api.url, "ACME_ACCOUNT": "main", "ACME_TOKEN": "right"}.items():
            monkeypatch.setenv(name, value)
        yield made


# ---- Once ------------------------------------------------------------------------------------------------------------


def test_what_no_webhook_brought_is_published_once_though_the_api_pages_repeats_and_fails(desk: Desk) -> None:
    desk.texts = [said(str(n), hours=n / 2) for n in range(8)]
    for known in desk.texts[2:4]:
        desk.webhook(known)
    assert desk.published() == ["acme/2", "acme/3"]
    desk.api.faults = {1: (503, {}), 3: (429, {"Retry-After": "0"}), 5: (0, {})}

    assert desk.counted(*SINCE, "--dry-run") == (8, 2, 6, 0)
    assert desk.office.aws.queued() == []
    assert desk.counted() == (8, 2, 6, 6)
    queued = [json.loads(body) for body in desk.office.aws.queued()]
    assert [(it["id"], it["recovery"], it["data"]["authenticated_by"]) for it in queued] == [
        (f"acme/{n}", "backfill", "backfill") for n in (0, 1, 4, 5, 6, 7)
    ], "the oldest first"
    received = [datetime.fromisoformat(it["data"]["received_at"]) for it in queued]
    assert received == [NOON + timedelta(hours=n / 2) for n in (0, 1, 4, 5, 6, 7)], "parts of two texts stay apart"


def test_it_was_received_when_the_api_says_or_else_now(memory: Memory) -> None:
    receiver = memory.receiver(ACME_ENTRY)
    for at in (NOON.isoformat(), None, "2100-01-01T00:00:00+00:00", "2026-01-01T00:00:00", "noon", 12):
        message = {"body": base64.b64encode(text()).decode(), "headers": {}, "at": at}
        recovered(receiver, {"backfill": {"publish": True, "messages": [message]}})

        [queued] = memory.queued()
        told = datetime.fromisoformat(json.loads(queued)["data"]["received_at"])
        assert told == NOON if at == NOON.isoformat() else datetime.now(UTC) - told < timedelta(hours=1), at


def test_twice_asked_for_and_then_posted_after_all_it_is_one_notification(desk: Desk) -> None:
    desk.texts = [said("1"), said("2", text="STOP")]
    assert desk.counted() == (2, 0, 2, 2)
    assert desk.counted() == (2, 0, 2, 2), "it is queued, and nobody claimed it yet"
    desk.webhook(desk.texts[0])

    assert sorted(desk.published()) == ["acme/1", "acme/2"]
    assert desk.counted() == (2, 2, 0, 0)
    for one in desk.texts:
        desk.webhook(one)
    assert desk.published() == []
    assert desk.office.aws.quarantined() == [], "nor is one taken for another text with the same id"


# ---- What goes wrong -------------------------------------------------------------------------------------------------


def test_where_the_api_fails_for_good_it_says_how_to_go_on_and_that_does_the_rest(desk: Desk) -> None:
    desk.texts = [said("1"), said("2", 0.5), said("3", 2.5), said("4", 2.6)]
    desk.api.faults = {n: (500, {}) for n in range(4, 7)}

    ended = desk.run(*SINCE, "--until", (NOON + timedelta(hours=4)).isoformat())

    assert (ended.exit_code, "private" in ended.output) == (1, False)
    assert "the API failed 3 times, at last with status 500" in ended.stderr
    assert desk.published() == ["acme/1", "acme/2"]
    rest = re.search("Go on with: gateway backfill acme (.*) --stack", ended.stdout)
    assert rest
    assert f"--since {NOON + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}" in rest[1], "the window that was not complete"
    desk.api.faults = {}
    assert desk.run(*rest[1].split()).exit_code == 0
    assert desk.published() == ["acme/3", "acme/4"]


def test_ctrl_c_tells_what_was_done_and_how_to_go_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = ({"texts": texts, "next": None} for texts in ([said("1")], []))
    monkeypatch.setattr(Api, "get", Mock(side_effect=[*pages, KeyboardInterrupt]))

    told = desk.office.json("backfill", "acme", *SINCE, status=130)

    assert (told["found"], told["published"]) == (1, 1)
    assert told["go_on_since"] == f"{NOON + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"


def test_what_cannot_be_read_is_told_and_keeps_nothing_else_back(desk: Desk) -> None:
    desk.texts = [said("1"), {**said("2"), "id": None}, said("3", 0.1), said("4", kind="a call")]

    told = desk.office.json("backfill", "acme", *SINCE, status=1)

    assert [told[name] for name in ("found", "known", "new", "published", "ignored")] == [4, 0, 2, 2, 1]
    [problem] = told["problems"]
    assert (problem["outcome"], problem["reason"][:4]) == ("unreadable", "id: ")
    assert desk.published() == ["acme/1", "acme/3"]


def test_what_cannot_be_queued_ends_it_and_is_published_by_the_next_run(desk: Desk) -> None:
    desk.texts, works = [said("1"), said("2", 0.5)], desk.receiver
    down = EventQueue(failing("sqs", "SendMessage", "Throttled"), desk.office.aws.queue_url)
    desk.receiver = with_ingestor(works, queue=down)
    ended = desk.run()
    assert (ended.exit_code, "queue unavailable" in ended.stderr) == (1, True)

    desk.receiver = works
    assert desk.counted() == (2, 0, 2, 2)
    assert desk.published() == ["acme/1", "acme/2"]


def test_a_function_that_dies_after_queueing_is_asked_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.texts, invoke = [said("1"), said("2", 0.5)], desk.functions.invoke

    def dies(**asked: Any) -> dict[str, Any]:
        return {**invoke(**asked), **({"FunctionError": "Unhandled"} if b'"publish": true' in asked["Payload"] else {})}

    with monkeypatch.context() as patch:
        patch.setattr(desk.functions, "invoke", dies)
        ended = desk.run()
    assert ended.exit_code == 1
    assert "Some may be published already: run it again, it leaves those out" in ended.stderr
    assert desk.published() == ["acme/1", "acme/2"]
    assert desk.counted() == (2, 2, 0, 0)


ANSWERS: list[tuple[Any, str]] = [
    ({"texts": [said("1")], "next": 1}, "the API doesn't come to an end: it repeats its pages"),
    ({"messages": []}, "the API's answer is not what is documented (KeyError)"),
    ([], "the API's answer is no JSON object"),
    (None, "the API answered with status 404"),
]


def test_an_api_that_is_not_as_documented_ends_it_in_one_line(desk: Desk) -> None:
    for answer, told in ANSWERS:
        desk.api.answer = lambda _path, _query, answer=answer: answer

        ended = desk.run()

        assert (ended.exit_code, ended.stderr.strip()) == (1, told)
        assert desk.office.aws.queued() == []


# ---- Who may, and since when -----------------------------------------------------------------------------------------


def test_credentials_are_the_environments_or_a_parameters(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> tuple[int, str]:
        ended = desk.run()
        return ended.exit_code, ended.stderr

    desk.texts, held = [said("1")], {"ACME_ACCOUNT": "main", "ACME_TOKEN": "right", BACKFILL_URL: desk.api.url}
    monkeypatch.setenv("ACME_TOKEN", "wrong")
    assert refused() == (1, "the API refuses the credentials (status 401): ACME_ACCOUNT, ACME_TOKEN\n")
    monkeypatch.delenv("ACME_TOKEN")
    assert refused() == (2, "Not in the environment: ACME_TOKEN (its token). To ask the API of acme, add them\n")
    for name in ("ACME_ACCOUNT", BACKFILL_URL):
        monkeypatch.delenv(name)
    status, told = refused()
    assert (status, "parameter /inbound-sms/test/backfill/acme" in told) == (2, True)

    desk.office.aws.put_secrets("/inbound-sms/test/backfill/acme", held)
    assert desk.counted() == (1, 0, 1, 1)
    assert "right" not in desk.run().output


def test_what_is_forgotten_comes_only_where_it_is_asked_for_in_so_many_words(desk: Desk) -> None:
    desk.texts = [said("1", hours=-24 * 8)]
    assert desk.counted("--since", "10d", "--even-forgotten") == (1, 0, 1, 1)
