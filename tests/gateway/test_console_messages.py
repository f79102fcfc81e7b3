"""What the page is told of messages: everything that the real functions do with them, by what they log and publish."""

import json
import shlex
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from tests.support.acme.sender import SENDER
from tests.support.queued import Queued
from tests.support.signing import basic
from tests.support.watched import PASSWORD, WatchedStack
from tests.support.world import World


def detail(stack: WatchedStack, id_: str) -> dict[str, Any]:
    answer = stack.ask("GET", f"/api/row?id={id_.replace('#', '%23')}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def parts(stack: WatchedStack) -> None:
    queued = [Queued(str(n), delivery=f"d{n}", text=f"text {n}", place=(7, 2, n)) for n in (1, 2)]
    for each in queued:
        line = {"service": "s", "provider": "acme", "event_ids": [each.event_id], "delivery_id": each.delivery}
        stack.log("/webhooks", json.dumps(line | {"Accepted": [1]}))
    stack.publish(*(each.document for each in queued))
    for each in queued:
        stack.publish(replace(each, delivery=f"again {each.delivery}").document)


def test_what_the_functions_do_is_a_row(stack: WatchedStack) -> None:
    stack.send(text="hello", sender="ACME", recipient="+4587654321")
    stack.send(event="report")
    stack.send(event="unknown")
    parts(stack)
    stack.put_secrets({})
    stack.post("POST", "http://x/acme")
    expected: list[dict[str, Any]] = [
        {"status": "published", "kind": "message", "sender": "ACME", "recipient": "+4587654321", "text": "hello"},
        {"status": "published", "kind": "report", "text": None},
        {"status": "published", "kind": "unknown"},
        {"status": "joined", "duplicates": 1},
        {"status": "joined"},
        {"status": "published", "text": "text 1text 2", "parts": {"joined": 2, "of": 2}, "duplicates": 1},
        {"status": "failed"},
    ]
    assert [{name: row[name] for name in each} for row, each in zip(stack.rows, expected, strict=True)] == expected


def steps(found: dict[str, Any]) -> list[str]:
    return [step["what"] for step in found["timeline"]]


def test_a_message_tells_its_way_with_the_times_between(stack: WatchedStack) -> None:
    [became] = stack.send(text="hello")["became"]
    assert (became["state"], became["row"]) == ("published", stack.rows[0]["id"])
    assert became["says"].startswith(f"became {stack.rows[0]['event_id']} after ")
    stack.send("duplicate")
    assert [row["duplicates"] for row in stack.rows] == [1]

    found = detail(stack, became["row"])

    way = ["received", "authenticated", "queued", "sent again", "duplicate dropped", "seen"]
    assert sorted(steps(found)) == sorted([*way, "claimed", "published"])
    assert steps(found)[:3] == way[:3]
    assert found["timeline"][1]["detail"] == "by basic:acme"
    assert all((step["milliseconds"] is None) == (step["at"] is None) for step in found["timeline"][1:])
    assert (found["event"]["data"]["text"], found["event_unknown"], found["timeline_unknown"]) == ("hello", None, None)
    assert (json.loads(found["payload"]["text"])["text"], found["payload"]["exact"]) == ("hello", True)


@pytest.mark.parametrize(
    ("kind", "state", "text", "payload", "again"),
    [
        ("new", "published", "hello", "hello", "duplicate"),
        ("broken", "quarantined", None, '{"id', "quarantined"),
        ("forged", "refused", None, "hello", "refused"),
    ],
)
def test_what_was_sent_can_be_sent_again_from_here_or_by_a_command(
    stack: WatchedStack, kind: str, state: str, text: str | None, payload: str, again: str
) -> None:
    [became] = stack.send(kind, text="hello")["became"]
    found = detail(stack, became["row"])
    assert (became["state"], found["row"]["status"], found["row"]["text"]) == (state, state, text)
    assert payload in found["payload"]["text"]
    command = shlex.split(found["curl"])
    assert command[:2] == ["curl", "-sS"]
    assert command[command.index("--data-raw") + 1].encode() == stack.posted[0].body
    headers = {command[at + 1] for at, word in enumerate(command) if word == "-H"}
    assert headers == {f"{name}: {value}" for name, value in stack.posted[0].headers.items()} or kind == "forged"

    answer = stack.ask("POST", "/api/resend", {"id": became["row"]}).json()
    assert [each["state"] for each in answer["became"]] == [again]
    assert stack.posted[1].body == stack.posted[0].body


def test_what_came_otherwise_is_made_again_of_what_is_kept(aws: World, stack: WatchedStack) -> None:
    queued = [Queued(str(n), delivery=f"d{n}", text=f"text {n}", place=(7, 2, n)) for n in (1, 2)]
    payloads = [{**SENDER.message.documented, "id": "t1", "text": "another"}, {"nothing": "like it"}]
    for name, payload in zip("ab", payloads, strict=True):
        event = json.loads(Queued(name).document)
        event["data"]["provider_payload"] = payload
        stack.publish(json.dumps(event))
    stack.publish(*(each.document for each in queued))
    stack.post("POST", "http://x/acme")  # without credentials

    answer = stack.ask("POST", "/api/resend", {"id": "event:acme/a"}).json()
    assert json.loads(answer["sent"]) == payloads[0]
    assert [each["says"].partition(" after")[0] for each in answer["became"]] == ["became acme/t1"]
    for id_, why in (("event:acme/b", "matches none of the requests"), (stack.rows[-2]["id"], "keeps no body")):
        assert why in detail(stack, id_)["resend_unknown"]
        assert why in stack.ask("POST", "/api/resend", {"id": id_}).json()["error"]


def test_a_joined_text_tells_of_its_parts(stack: WatchedStack) -> None:
    parts(stack)
    joined = stack.rows[-1]
    found = detail(stack, joined["id"])
    assert [(part["part"], part["id"]) for part in found["parts"]] == [(1, "event:acme/1"), (2, "event:acme/2")]
    assert {step["row"] for step in found["timeline"]} == {None, "event:acme/1", "event:acme/2"}
    assert json.loads(found["payload"]["text"]) == [{"body": "text 1"}, {"body": "text 2"}]
    part = detail(stack, "event:acme/1")
    assert [step["row"] for step in part["timeline"] if step["what"] == "joined"] == [part["row"]["joined_as"]]
    assert part["row"]["joined_as"] == joined["id"]


def test_what_was_broken_is_replayed_and_leads_to_what_became_of_it(stack: WatchedStack) -> None:
    [became] = stack.send("broken", text="hello")["became"]
    row = stack.rows[0]
    assert became["says"] == f"quarantined as {row['key']} because {row['reason']}"
    found = detail(stack, row["id"])
    assert steps(found) == ["received", "authenticated", "quarantined"]
    assert found["record"]["reason"] == row["reason"]
    assert found["mark"]["offset"] > 0

    stack.aws.s3.put_object(Bucket=stack.aws.bucket, Key=f"{row['key']}/body", Body=SENDER.message.body())
    [result] = stack.ask("POST", "/api/quarantine/replay", {"keys": [row["key"]]}).json()["results"]
    stack.publish()
    assert (result["outcome"], result["rows"]) == ("accepted", [stack.rows[1]["id"]])
    row = stack.rows[0]
    assert (row["status"], row["became"]) == ("replayed", result["rows"])
    assert steps(detail(stack, row["id"])) == ["quarantined", "replayed"]


def test_of_a_stack_in_aws_nothing_is_sent_and_what_is_not_allowed_is_said(
    aws: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = WatchedStack(aws, monkeypatch, local=False)
    stack.publish(Queued("1").document)
    error: Any = {"Error": {"Code": "AccessDenied", "Message": "no"}}
    stack.clients["dynamodb"] = Mock(get_item=Mock(side_effect=ClientError(error, "GetItem")))

    found = detail(stack, "event:acme/1")

    assert found["timeline_unknown"].startswith("Claims and logs can't be read")
    assert steps(found) == ["received", "authenticated", "seen"]
    assert (found["curl"], "stay in Parameter Store" in found["curl_unknown"]) == (None, True)
    assert stack.ask("POST", "/api/send", {"provider": "acme", "kind": "new"}).status_code == 409
    assert stack.ask("POST", "/api/resend", {"id": "event:acme/1"}).status_code == 409


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [("POST", "acme", b'{"id'), ("POST", "acme/status?a=%20b", b"id"), ("GET", "acme?from=1&text=2%2B", b"")],
)
def test_what_is_in_the_quarantine_is_sent_again_to_the_byte(
    stack: WatchedStack, method: str, path: str, content: bytes
) -> None:
    credentials = {"Authorization": basic("acme", PASSWORD), "content-type": "application/json"}
    stack.post(method, f"http://127.0.0.1:1/{path}", content=content, headers=credentials)
    [row] = stack.rows
    [again] = stack.ask("POST", "/api/resend", {"id": row["id"]}).json()["became"]
    assert (row["status"], again["state"], again["row"]) == ("quarantined", "quarantined", row["id"])
    first, second = stack.posted
    assert (second.method, second.url, second.body) == (first.method, first.url, first.body)
