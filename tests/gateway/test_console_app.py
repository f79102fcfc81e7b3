"""What the page asks for and may do, and what the server makes of nonsense."""

import asyncio
import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from gateway.console.app import Console
from gateway.console.board import Board
from gateway.console.feed import watching
from gateway.console.sending import Sender
from gateway.console.source import Watched
from gateway.operations.deployed import Deployed
from gateway.operations.installation import Installation
from gateway.operations.quarantine import Quarantine
from gateway.operations.stack import Stack, Webhook
from gateway.simulator import senders
from tests.support.acme.sender import SENDER
from tests.support.installed import STAGE, outputs_over
from tests.support.loopback import loopback
from tests.support.queued import Queued
from tests.support.world import World

RECORD = {"provider": "acme", "received_at": "2026-01-01T00:00:00Z", "reason": "not JSON", "field": None}
DOWN = "http://127.0.0.1:1"
PASSWORD = "a-password-of-acme-and-of-nobody-else"


class NoCounts:
    """Nothing was ever counted."""

    def totals(self) -> dict[tuple[str, str], int]:
        return {}


@pytest.fixture
def watched(aws: World, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setitem(senders(), "acme", SENDER)
    aws.put_secrets(f"/inbound-sms/{STAGE}/acme", {"basic": [{"username": "acme", "password": PASSWORD}]})
    return watched_over(aws)


def watched_over(aws: World, endpoint: str = DOWN, **outputs: str) -> Watched:
    """Return a gateway whose API is out of reach, unless it is said where it is."""
    dead = aws.sqs.create_queue(QueueName="dead")["QueueUrl"]
    clients = {"sqs": aws.sqs.plain, "s3": aws.s3.plain, "sns": aws.sns.plain, "ssm": aws.ssm.plain, "lambda": None}
    local = Stack.model_construct(webhooks={"acme": Webhook(url="", headers={"Host": "x"}, address="", secrets={})})
    deployed = Deployed(endpoint, outputs_over(aws, dead) | outputs)
    return Watched(Installation("stack", STAGE, deployed, clients.__getitem__, local), NoCounts(), 0.05)


@pytest.fixture
def board() -> Board:
    return Board(["acme"])


@pytest.fixture
def ask(watched: Watched, board: Board) -> Any:
    return asker(watched, board)


def asker(watched: Watched, board: Board) -> Any:
    """Return who asks the application as the page does."""
    app = Console(watched, board).app()

    def asked(method: str, path: str, body: Any = None) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
                content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
                return await client.request(method, path, content=content)

        return asyncio.run(once())

    return asked


def keep(aws: World, key: str, record: Any = RECORD, body: bytes = b"\xff<b>") -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key=f"{key}/body", Body=body)
    if record is not None:
        aws.s3.put_object(Bucket=aws.bucket, Key=f"{key}/record.json", Body=json.dumps(record).encode())


def test_the_quarantine_is_listed_newest_first_and_shown_whole(aws: World, ask: Any) -> None:
    keep(aws, "acme/1")
    keep(aws, "acme/2", record=None)
    listed = ask("GET", "/api/quarantine").json()
    assert listed["number"] == 2
    items = {item["key"]: item for item in listed["items"]}
    assert items["acme/1"] == {
        "key": "acme/1",
        "provider": "acme",
        "received_at": "2026-01-01T00:00:00+00:00",
        "reason": "not JSON",
        "replayable": True,
    }
    assert not items["acme/2"]["replayable"]
    assert ask("GET", "/api/quarantine/body?key=acme/1").json() == {"record": RECORD, "body": "\\xff<b>"}


def test_what_is_not_there_is_told_in_words(aws: World, ask: Any) -> None:
    keep(aws, "acme/1")
    for key in ("", "acme/none", "../acme/1", "acme", "acme/1/body"):
        answer = ask("GET", f"/api/quarantine/body?key={key}")
        assert answer.status_code == 409
        assert answer.json()["error"].startswith("There is nothing under")


def test_what_the_quarantine_holds_has_a_mark_of_its_own(aws: World, watched: Watched, ask: Any) -> None:
    """A page that compared the numbers only would miss that one went and another came."""
    marks = set()
    for key in ("acme/1", "acme/2"):
        keep(aws, key)
        marks |= {ask("GET", "/api/quarantine").json()["mark"], Quarantine(watched.installation).stock().mark}
        for name in ("body", "record.json"):
            aws.s3.delete_object(Bucket=aws.bucket, Key=f"{key}/{name}")
    assert len(marks) == 2


def test_replaying_no_key_replays_nothing(aws: World, ask: Any) -> None:
    keep(aws, "acme/1")
    for keys in ([], ["acme/none"]):
        assert ask("POST", "/api/quarantine/replay", {"keys": keys}).json() == {"results": []}


def test_dead_letters_are_listed_with_what_is_known_of_them(aws: World, watched: Watched, ask: Any) -> None:
    queued, dead = Queued(), watched.installation.deployed.queues.dead_letters
    for body in (queued.document, "not ours"):
        aws.sqs.send_message(QueueUrl=dead, MessageBody=body)
    listed = ask("GET", "/api/dead-letters/events").json()
    assert listed["total"] == 2
    assert {(item["event_id"], item["provider"]) for item in listed["items"]} == {
        (queued.event_id, "acme"),
        (None, None),
    }


def test_the_dead_letters_of_another_source_are_where_there_is_one(aws: World, board: Board) -> None:
    dead, source = (aws.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("topic-dead", "topic"))
    ask = asker(watched_over(aws, AcmeTopicQueueUrl=source, AcmeTopicDeadLettersUrl=dead), board)
    aws.sqs.send_message(QueueUrl=dead, MessageBody="what Acme published")

    [item] = ask("GET", "/api/dead-letters/acme-topic").json()["items"]

    assert (item["provider"], item["event_id"], item["body"]) == ("acme", None, "what Acme published")
    assert item["reason"] == "could not be ingested; the log of the function behind this source tells why"
    assert ask("GET", "/api/dead-letters/events").json()["items"] == []


NONSENSE: list[tuple[str, Any, int]] = [
    ("send", b"", 400),
    ("send", b"{", 400),
    ("send", b"\xff", 400),
    ("send", [], 400),
    ("send", {"provider": "acme"}, 400),
    ("send", {"provider": "acme", "kind": "anything"}, 400),
    ("send", {"provider": 1, "kind": "new"}, 400),
    ("send", {"provider": "acme", "kind": "new", "url": "http://evil.example"}, 400),
    ("send", {"provider": "acme", "kind": "new", "text": "x" * 50_001}, 400),
    ("send", b'{"provider": "acme", "kind": "new", "text": "\\ud800"}', 400),
    ("send", b'{"text": "' + b"x" * 262_145, 413),
    ("send", {"provider": "acme", "kind": "new", "event": "fax"}, 400),
    ("send", {"provider": "nobody", "kind": "new"}, 409),
    ("send", {"provider": "acme", "kind": "duplicate"}, 409),
    ("quarantine/replay", {}, 400),
    ("quarantine/replay", {"keys": "acme/1"}, 400),
    ("dead-letters/events/redrive", {"all": True}, 400),
]


def test_nonsense_is_refused_in_one_line(ask: Any) -> None:
    for path, body, status in NONSENSE:
        answer = ask("POST", f"/api/{path}", body)
        assert answer.status_code == status, body
        assert "\n" not in answer.json()["error"]


WRONG_FIELDS = [
    ({"event": "fax"}, "event", "acme sends no fax, but message, message-get, report,"),
    ({"event": "report", "text": "hello"}, "text", "Text: acme's report has no such field"),
    ({"event": "report", "sender": "+4512345678"}, "sender", "From: acme's report has no such field"),
    ({"sender": "twelve chars"}, "sender", "From: a number (+4512345678, 3 to 15 digits and no spaces), or a name"),
    ({"sender": "+45 1234 5678"}, "sender", "From: a number"),
    ({"sender": "12"}, "sender", "From: a number"),
    ({"sender": "Caf\u00e9"}, "sender", "From: a number"),
    ({"recipient": "ACME"}, "recipient", "To: a number (+4512345678, 3 to 15 digits and no spaces)"),
    ({"recipient": ""}, "recipient", "To: a number"),
    ({"text": "x" * 50_001}, "text", "text: String should have at most 50000 characters"),
]


def test_what_no_provider_sends_is_refused_and_the_field_is_named(ask: Any) -> None:
    for said, field, error in WRONG_FIELDS:
        answer = ask("POST", "/api/send", {"provider": "acme", "kind": "new", **said})
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert answer.json()["error"].startswith(error)


def test_what_is_filled_in_is_sent_and_the_rest_is_as_documented(ask: Any) -> None:
    said = {"sender": "ACME", "recipient": "+4512345678", "text": "hello"}
    answer = ask("POST", "/api/send", {"provider": "acme", "kind": "new", "event": "message", **said}).json()
    sent, documented = json.loads(answer["sent"]), SENDER.message.documented
    assert (sent["from"], sent["to"], sent["text"]) == ("ACME", "+4512345678", "hello")
    assert sent["at"] == documented["at"]

    again = ask("POST", "/api/send", {"provider": "acme", "kind": "duplicate"}).json()
    assert (again["event"], again["sent"]) == ("message", answer["sent"])


def test_what_is_sent_by_get_is_shown_as_it_stands_in_the_url(ask: Any) -> None:
    answer = ask(
        "POST", "/api/send", {"provider": "acme", "kind": "new", "event": "message-get", "text": "1 & 2"}
    ).json()
    assert answer["content_type"] == "GET"
    assert "text=1+%26+2" in answer["sent"]


def test_the_page_is_told_what_can_be_sent(watched: Watched) -> None:
    [acme] = Sender(watched.installation).offers()
    events = {event["name"]: event for event in acme["events"]}
    assert events.keys() == SENDER.callbacks.keys()
    documented = {"sender": "+4530000000", "recipient": "+4540000000", "text": "Hello"}
    assert events["message"] == {"name": "message", **documented}
    assert events["report"] == {"name": "report", "sender": None, "recipient": "+4540000000", "text": None}


def test_a_duplicate_needs_a_message(ask: Any) -> None:
    answer = ask("POST", "/api/send", {"provider": "acme", "kind": "duplicate"})
    assert answer.json() == {"error": "Send something first: a duplicate is the same once more"}


def test_there_is_nothing_else(ask: Any) -> None:
    static = ("/static/../app.py", "/static/%2e%2e/app.py", "/static/")
    for path in (*static, "/api/nothing", "/api/events/1", "/api/dead-letters/acme-topic"):
        assert ask("GET", path).status_code in {404, 409}, path


def test_what_would_change_something_is_not_done_by_a_get(ask: Any) -> None:
    for path in ("send", "quarantine/replay", "dead-letters/events/redrive"):
        assert ask("GET", f"/api/{path}").status_code == 405


def test_a_gateway_that_does_not_answer_is_what_the_provider_sees(ask: Any) -> None:
    answer = ask("POST", "/api/send", {"provider": "acme", "kind": "new", "text": "hello"}).json()
    assert (answer["status"], answer["error"], answer["verdict"]) == (None, "ConnectError", "try again")
    assert answer["reading"] == "It will try again 2 times within 3 s: after 1 s, 2 s …"
    assert json.loads(answer["sent"])["text"] == "hello"
    secret = base64.b64encode(f"acme:{PASSWORD}".encode()).decode()
    assert secret not in json.dumps(answer), "no secret goes to the page"


def test_one_connection_serves_for_all_that_is_sent(aws: World, watched: Watched, board: Board) -> None:
    """What is told as the gateway's answer time would else be mostly the sender's own preparations."""
    with loopback() as server:
        ask = asker(watched_over(aws, server.url), board)
        for kind in ("new", "duplicate", "broken"):
            assert ask("POST", "/api/send", {"provider": "acme", "kind": kind}).json()["status"] == 200
        assert (len(server.requests), server.connections) == (3, 1)


@pytest.fixture
def watches(watched: Watched, board: Board) -> Iterator[None]:
    with watching(watched, board):
        yield


def test_events_and_numbers_come_by_themselves(aws: World, watched: Watched, board: Board, watches: None) -> None:
    aws.sqs.send_message(QueueUrl=watched.installation.deployed.queues.dead_letters, MessageBody="x")
    aws.sns.publish(TopicArn=aws.topics["delivery"], Message="published by somebody else")

    async def news() -> None:
        with board.listening() as changed:
            while not (board.events(0) and board.state()["dead"].get("events")):
                await asyncio.wait_for(changed.wait(), 20)
                changed.clear()

    asyncio.run(news())
    [row] = board.events(0)
    assert (row["type"], row["text"]) == ("not an event", "published by somebody else")


def test_whatever_goes_wrong_is_told_and_the_next_news_come(
    watched: Watched, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubles: list[Any] = []

    class Unsteady(NoCounts):
        def totals(self) -> dict[tuple[str, str], int]:
            troubles.append(board.state()["trouble"])
            if len(troubles) == 1:
                raise LookupError("what nobody thought of")
            return {("acme", "Accepted"): 1}

    async def news() -> None:
        with board.listening() as changed:
            while not board.state()["providers"]["acme"]["Accepted"]:
                await asyncio.wait_for(changed.wait(), 20)
                changed.clear()

    monkeypatch.setattr("gateway.console.feed._AGAIN_SECONDS", 0)
    with watching(replace(watched, counts=Unsteady()), board):
        asyncio.run(news())
    assert troubles[:2] == [None, "No news: LookupError: what nobody thought of"]
    assert board.state()["trouble"] is None


def test_an_event_is_given_whole(board: Board, ask: Any) -> None:
    event = {"id": "acme/1", "type": "t", "data": {"provider": "acme", "text": "<b>" * 1_000}}
    board.arrived(event, datetime.now(UTC))
    assert ask("GET", "/api/events/1").json() == event
