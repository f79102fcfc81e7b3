"""What the page is told of messages: everything that the real functions do with them, by what they log and publish."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.queued import Queued
from tests.support.watched import WatchedStack
from tests.support.world import World


@pytest.fixture
def stack(aws: World, monkeypatch: pytest.MonkeyPatch) -> WatchedStack:
    return WatchedStack(aws, monkeypatch)


def send(stack: WatchedStack, kind: str = "new", **said: Any) -> dict[str, Any]:
    answer = stack.ask("POST", "/api/send", {"provider": "acme", "kind": kind, **said})
    assert answer.status_code == 200, answer.text
    sent: dict[str, Any] = answer.json()
    return sent


def detail(stack: WatchedStack, id_: str) -> dict[str, Any]:
    answer = stack.ask("GET", f"/api/row?id={id_.replace('#', '%23')}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def twice(stack: WatchedStack) -> None:
    send(stack, text="hello")
    send(stack, "duplicate")


def parts(stack: WatchedStack) -> None:
    queued = [Queued(str(n), delivery=f"d{n}", text=f"text {n}", place=(7, 2, n)) for n in (1, 2)]
    for each in queued:
        line = {"service": "s", "provider": "acme", "event_ids": [each.event_id], "delivery_id": each.delivery}
        stack.log("/webhooks", json.dumps(line | {"Accepted": [1]}))
    stack.publish(*(each.document for each in queued))


# What is done; the rows that there are then, as far as they are about it.
CASES: list[tuple[Callable[[WatchedStack], object], list[dict[str, Any]]]] = [
    (
        lambda stack: send(stack, text="hello", sender="ACME", recipient="+4587654321"),
        [{"status": "published", "kind": "message", "sender": "ACME", "recipient": "+4587654321", "text": "hello"}],
    ),
    (twice, [{"status": "published", "text": "hello", "duplicates": 1}]),
    (lambda stack: send(stack, event="report"), [{"status": "published", "kind": "report", "text": None}]),
    (lambda stack: send(stack, event="unknown"), [{"status": "published", "kind": "unknown"}]),
    (lambda stack: send(stack, "forged"), [{"status": "refused", "text": None, "kind": None}]),
    (lambda stack: send(stack, "broken"), [{"status": "quarantined", "text": None, "times": 1}]),
    (lambda stack: stack.put_secrets({}) or stack.post("POST", "http://x/acme"), [{"status": "failed"}]),
    (
        parts,
        [
            {"status": "joined", "duplicates": 0},
            {"status": "joined"},
            {"status": "published", "text": "text 1text 2", "parts": {"joined": 2, "of": 2}, "incomplete": False},
        ],
    ),
]


@pytest.mark.parametrize(("done", "expected"), CASES)
def test_what_the_functions_do_is_a_row(
    stack: WatchedStack, done: Callable[[WatchedStack], object], expected: list[dict[str, Any]]
) -> None:
    done(stack)
    shown = [{name: row[name] for name in each} for row, each in zip(stack.rows, expected, strict=False)]
    assert (len(stack.rows), shown) == (len(expected), expected)
