"""What the page asks for and may do, and what the server makes of nonsense."""

import asyncio
import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
from botocore.exceptions import ClientError
from starlette.requests import Request

from gateway.console import sending
from gateway.console.app import Console
from gateway.console.feed import watching
from gateway.operations.dead_letters import DeadLetters
from gateway.operations.quarantine import Stock
from tests.support.acme.sender import SENDER, TEXT, WHERE
from tests.support.queued import Queued
from tests.support.watched import PASSWORD, WatchedStack
from tests.support.world import World

RECORD = {"provider": "acme", "received_at": "2026-01-01T00:00:00Z", "reason": "not JSON", "field": None}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def keep(aws: World, key: str, record: Any = RECORD, body: bytes = b"\xff<b>") -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key=f"{key}/body", Body=body)
    if record is not None:
        aws.s3.put_object(Bucket=aws.bucket, Key=f"{key}/record.json", Body=json.dumps(record).encode())


def test_the_quarantine_is_grouped_by_reason_and_shown_whole_with_the_broken_place(
    aws: World, stack: WatchedStack
) -> None:
    keep(aws, "acme/1")
    keep(aws, "acme/2", record=None)
    keep(aws, "acme/3", RECORD | {"received_at": "2026-01-02T00:00:00Z", "reason": "not JSON at line 1 column 7"})
    keep(aws, "zenith/4", RECORD | {"provider": "zenith"})
    listed = stack.ask("GET", "/api/quarantine").json()
    assert (listed["number"], listed["listed"]) == (4, 4)
    groups = {(group["provider"], group["reason"][:8]): group for group in listed["groups"]}
    numbers = {("acme", "not JSON"): 2, ("acme", "there is"): 1, ("zenith", "not JSON"): 1}
    assert {name: group["number"] for name, group in groups.items()} == numbers
    newest, oldest = groups["acme", "not JSON"]["items"]
    shown = {"key": "acme/1", "reason": "not JSON", "received_at": "2026-01-01T00:00:00+00:00", "times": ""}
    assert (oldest, newest["key"]) == (shown | {"row": "quarantine:acme/1", "replayable": True}, "acme/3")
    assert not groups["acme", "there is"]["items"][0]["replayable"]

    whole = stack.ask("GET", "/api/quarantine/body?key=acme/1").json()
    assert (whole["record"], whole["body"], whole["format"], whole["mark"]) == (RECORD, "\\xff<b>", "text", None)
    keep(aws, "acme/5", body=b'{"a": 1,\n "b')
    assert stack.ask("GET", "/api/quarantine/body?key=acme/5").json()["mark"]["line"] == 2
    for key in ("", "acme/none", "../acme/1", "acme", "acme/1/body"):
        answer = stack.ask("GET", f"/api/quarantine/body?key={key}")
        assert answer.status_code == 409
        assert answer.json()["error"].startswith("There is nothing under")


def test_a_path_secret_is_masked_however_it_is_written(aws: World, stack: WatchedStack) -> None:
    secret = "a-secret.of_the~path1"
    held = {"path_secret": [secret], "accounts": {"two": {"path_secret": [secret[::-1]]}}}
    stack.put_secrets(held)
    encoded = "".join(f"%{ord(it):02X}" for it in secret)
    escaped = "".join(f"\\u{ord(it):04x}" for it in secret)
    body = f"{secret[:-1]}&url=/acme/{secret}&{encoded}&{encoded.replace('%', '%25').lower()}&{escaped}&{secret[::-1]}"
    keep(aws, "acme/1", RECORD | {"headers": {"referer": f"https://x/{secret}/"}}, body.encode())

    shown = stack.ask("GET", "/api/quarantine/body?key=acme/1").json()

    assert shown["body"] == f"{secret[:-1]}&url=/acme/***&***&***&***&***"
    assert shown["record"]["headers"] == {"referer": "https://x/***/"}
    for keys in ([], ["acme/none"]):
        assert stack.ask("POST", "/api/quarantine/replay", {"keys": keys}).json() == {"results": []}


def test_dead_letters_are_listed_with_what_is_known_of_them_and_moved_back(
    aws: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, source = (aws.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("topic-dead", "topic"))
    outputs = {"AcmeTopicQueueUrl": source, "AcmeTopicDeadLettersUrl": dead}
    stack, queued = WatchedStack(aws, monkeypatch, outputs=outputs), Queued()
    for url, body in ((stack.dead, queued.document), (stack.dead, "not ours"), (dead, "what Acme published")):
        aws.sqs.send_message(QueueUrl=url, MessageBody=body)

    with ThreadPoolExecutor(3) as pool:
        looks = [*pool.map(lambda _: stack.ask("GET", "/api/dead-letters").json()["queues"], range(3))]
    assert [[len(each["items"]) for each in look] for look in looks] == [[2, 1]] * 3, "nobody hides them from another"
    queues = {each["queue"]: each for each in looks[0]}
    events, topic = queues["events"], queues["acme-topic"]
    found = {(item["event_id"], item["provider"], item["row"]) for item in events["items"]}
    known = (queued.event_id, "acme", f"event:{queued.event_id}")
    assert (events["total"], found) == (2, {known, (None, None, None)})
    [item] = topic["items"]
    assert (topic["provider"], item["provider"], item["body"]) == ("acme", "acme", "what Acme published")
    assert item["reason"] == "could not be ingested; the log of the function behind this source says why"

    monkeypatch.setattr(DeadLetters, "redrive", lambda it, _: 7 if it.provider == "acme" else 0)
    assert stack.ask("POST", "/api/dead-letters/redrive", {"queue": "acme-topic"}).json() == {"moved": 7}
    assert stack.ask("POST", "/api/dead-letters/redrive", {"queue": "nobody"}).status_code == 409


def test_the_stream_tells_all_at_first_and_then_what_is_new(stack: WatchedStack) -> None:
    board = stack.board

    def publish(number: int) -> None:
        board.published({"id": f"acme/{number}", "type": "t", "data": {"provider": "acme"}}, NOW)

    def count() -> None:
        board.counted({}, waiting=0, dead={}, kept=Stock(0, ""))

    async def heard() -> list[tuple[str, Any]]:
        answer = await Console(stack.watched, board).stream(Request({"type": "http", "query_string": b"after=1"}))
        news: Any = answer.body_iterator
        told = [await anext(news) for _ in range(3)]
        for number in (3, 4):
            publish(number)
            count()
            told += [await anext(news) for _ in range(2)]
        board.close()
        assert [each async for each in news] == [], "those who listen are let go at once"
        return [(each.split()[1], json.loads(each.partition("data: ")[2])) for each in told]

    publish(1)
    publish(2)
    count()
    told = asyncio.run(heard())
    assert [kind for kind, _ in told] == ["about", *["rows", "overview"] * 3]
    rows = [[row["event_id"] for row in news["rows"]] for kind, news in told if kind == "rows"]
    assert rows == [["acme/2"], ["acme/3"], ["acme/4"]]
    assert [len(state["points"]) for kind, state in told if kind == "overview"] == [0, 1, 1]
    about = told[0][1]
    assert (about["stack"], about["can"], about["since"]) == ("stack", {"send": True, "resend": True}, None)
    [sender] = about["senders"]
    events = {each.pop("name"): each for each in sender["events"]}
    assert events["message"] == {"parts": True} | {name: TEXT[place] for name, place in WHERE.items()}
    assert events["report"] == {"parts": False, "sender": None, "recipient": "+4540000000", "text": None}


# What is posted to /api/send beside the provider and the kind; the field that is named; how the error begins.
NOT_SENT = [
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
    ({"event": "report", "parts": 2}, "parts", "Parts: acme's report is not sent in parts"),
    ({"kind": "broken", "parts": 2}, "parts", "Parts: "),
    ({"parts": 11}, "parts", "parts: Input should be less than or equal to 10"),
]
REFUSED = [
    ("send", b"", 400),
    ("send", b"\xff", 400),
    ("send", [], 400),
    ("send", {"provider": "acme"}, 400),
    ("send", {"provider": "acme", "kind": "anything"}, 400),
    ("send", {"provider": 1, "kind": "new"}, 400),
    ("send", {"provider": "acme", "kind": "new", "url": "http://evil.example"}, 400),
    ("send", b'{"provider": "acme", "kind": "new", "text": "\\ud800"}', 400),
    ("send", b'{"text": "' + b"x" * 262_145, 413),
    ("send", {"provider": "nobody", "kind": "new"}, 409),
    ("send", {"provider": "acme", "kind": "duplicate"}, 409),
    ("resend", {}, 400),
    ("resend", {"id": "event:acme/none"}, 409),
    ("quarantine/replay", {}, 400),
    ("quarantine/replay", {"keys": "acme/1"}, 400),
    ("dead-letters/redrive", {"queue": "events", "all": True}, 400),
    ("connect/reveal", {"provider": "nobody"}, 409),
    ("connect/reveal", {"provider": "acme", "kind": "sns_topic"}, 409),
    ("connect/reveal", {"provider": "acme", "kind": "hmac"}, 409),
]
NOT_THERE = ["/static/../app.py", "/static/%2e%2e/app.py", "/static/", "/api/row?id=event:acme/1", "/api/row"]


def test_what_nobody_may_ask_for_is_refused_in_one_line(stack: WatchedStack) -> None:
    for said, field, error in NOT_SENT:
        answer = stack.ask("POST", "/api/send", {"provider": "acme", "kind": "new", **said})
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert answer.json()["error"].startswith(error)
    for path, body, status in REFUSED:
        answer = stack.ask("POST", f"/api/{path}", body)
        assert (path, body, answer.status_code) == (path, body, status)
        assert "\n" not in answer.json()["error"]
        assert stack.ask("GET", f"/api/{path}").status_code == 405, "what changes something is not done by a GET"
    for path in NOT_THERE:
        assert stack.ask("GET", path).status_code in {404, 409}


def test_what_is_filled_in_is_sent_and_the_rest_is_as_documented(stack: WatchedStack) -> None:
    clients = Mock(wraps=sending.new_client)  # what is told as the gateway's answer time would else be mostly theirs
    stack.patch.setattr(sending, "new_client", clients)
    answer = stack.send(sender="ACME", recipient="+4512345678", text="hello")
    sent, documented = json.loads(answer["sent"]), SENDER.message.documented
    assert (sent["from"], sent["to"], sent["text"]) == ("ACME", "+4512345678", "hello")
    assert sent["at"] == documented["at"]

    again = stack.send("duplicate")
    assert (again["event"], again["sent"]) == ("message", answer["sent"])

    by_get = stack.send(event="message-get", text="1 & 2")
    assert by_get["content_type"] == "GET"
    assert "text=1+%26+2" in by_get["sent"], "as it stands in the URL"
    assert clients.call_count == 1


def test_a_gateway_that_does_not_answer_is_what_the_provider_sees(stack: WatchedStack) -> None:
    stack.patch.setattr(httpx.Client, "request", Mock(side_effect=httpx.ConnectError("refused")))
    answer = stack.send(text="hello")
    assert (answer["status"], answer["error"], answer["verdict"]) == (None, "ConnectError", "try again")
    assert answer["reading"] == "It will try again 2 times within 3 s: after 1 s, 2 s …"
    unknown = {"state": "unknown", "says": "not answered (ConnectError)", "row": None}
    assert answer["became"] == [unknown | {"milliseconds": None, "duplicates": None}]
    assert json.loads(answer["sent"])["text"] == "hello"
    secret = base64.b64encode(f"acme:{PASSWORD}".encode()).decode()
    assert secret not in json.dumps(answer), "no secret goes to the page"


def test_events_and_numbers_come_by_themselves_whatever_goes_wrong(
    aws: World, stack: WatchedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, troubles = stack.board, list[Any]()

    def totals() -> dict[tuple[str, str], int]:
        troubles.append(board.overview()[1]["trouble"])
        if len(troubles) == 1:
            raise LookupError("what nobody thought of")
        return {("acme", "Accepted"): 1}

    def denied() -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "FilterLogEvents")

    def told() -> bool:
        rows = {row["kind"] for row in board.rows()[1]} >= {"other", None} and len(board.rows()[1]) == 4
        return rows and bool(board.overview()[1]["providers"]["acme"]["Accepted"])

    async def news() -> None:
        with board.listening() as changed:
            while not told():
                await changed.wait()
                changed.clear()

    event = {"id": "acme/1", "type": "t", "data": {"provider": "acme", "text": "<b>" * 1_000}}
    stuck = Queued("2")
    aws.sqs.send_message(QueueUrl=stack.dead, MessageBody=stuck.document)
    keep(aws, "acme/3")
    monkeypatch.setattr("gateway.console.feed._AGAIN_SECONDS", 0)
    counts: Any = SimpleNamespace(totals=totals)
    with watching(replace(stack.watched, counts=counts, logbook=SimpleNamespace(new=denied)), board):
        for message in ("published by somebody else", json.dumps(event)):
            aws.sns.publish(TopicArn=aws.topics["delivery"], Message=message)
        asyncio.run(asyncio.wait_for(news(), 20))

    assert troubles[:2] == [None, "No updates: LookupError: what nobody thought of"]
    state = board.overview()[1]
    assert (state["trouble"], state["dead"]["events"]) == (None, 1)
    assert state["logs_unknown"].startswith("The logs can't be read")
    rows = {row["id"].partition(":")[0] + row["status"]: row for row in board.rows()[1]}
    assert rows.keys() == {"otherpublished", "eventpublished", "eventdead", "quarantinequarantined"}
    assert rows["otherpublished"]["text"] == "published by somebody else"
    assert (rows["eventdead"]["event_id"], rows["eventdead"]["text"]) == (stuck.event_id, "private text")
    assert rows["quarantinequarantined"]["reason"] == "not JSON"
