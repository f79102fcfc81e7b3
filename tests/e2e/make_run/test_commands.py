"""Commands on the local stack, those that go on until Ctrl-C among them."""

import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.paths import ROOT
from tests.e2e.make_run.up import Listeners, eventually
from tests.support.outside import FIRST, SECOND, Outside


def test_what_is_sent_is_heard_once_and_known(gateway: Callable[..., Any], outside: Outside) -> None:
    text = f"typed, {secrets.token_hex(4)}"
    sent = gateway("send", FIRST, "--text", text, "--duplicates", "2")
    assert [each["delivered"] for each in sent] == [True] * 3

    outside.wait_until(lambda: any(event["data"].get("text") == text for event in outside.inbox()))
    outside.wait_until(lambda: outside.backlog() == 0)
    [event] = [event for event in outside.inbox() if event["data"].get("text") == text]
    became = [outcome for each in sent for outcome in each["outcomes"]]
    assert {outcome["event_id"] for outcome in became} == {event["id"]}
    assert sorted(outcome["state"] for outcome in became) == [*["dropped as a duplicate"] * 2, "published"]

    outside.wait_until(lambda: gateway("message", event["id"])["duplicates"] >= 2)  # or more, if it sends again
    found = gateway("message", event["id"])
    assert found["delivery_id"] == event["data"]["delivery_id"]
    assert found["published_at"]
    assert found["received_at"]
    assert {line["function"] for line in found["lines"]} == {FIRST, "fanout"}


def test_what_is_kept_needs_attention(gateway: Callable[..., Any]) -> None:
    [sent] = gateway("send", FIRST, "--broken")
    assert sent["delivered"]
    [todo] = [it for it in gateway("doctor", status=1) if it["what"] == "quarantine"]
    assert todo["level"] == "to do"


@contextmanager
def typed(folder: Path, work: Path, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[str], bool]]]:
    """Type a command that goes on until Ctrl-C; return its process, and whether it has shown something by now."""
    screen = folder / words[0]
    as_in_a_terminal = os.environ | {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    with screen.open("wb") as output:
        process = subprocess.Popen(
            [ROOT / "bin" / "gateway", *words, f"--work={work}"],
            cwd="/",
            env=as_in_a_terminal,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process, lambda text: text in screen.read_text()
    finally:
        process.kill()
        process.wait()


def test_one_sees_what_comes_and_how_far_it_is_until_ctrl_c(
    tmp_path: Path, work: Path, gateway: Callable[..., Any], listeners: Listeners
) -> None:
    queues, subscriptions = listeners()
    many = ("--text", "asked for", "--count", "999", "--rate", "1")
    with typed(tmp_path, work, "tail", "--provider", FIRST, "--type", "message") as (tail, heard):
        eventually(lambda: heard("Listening to inbound-sms-local"), "a listener", seconds=60)
        assert listeners()[0] == queues + 1
        gateway("send", SECOND, "--text", "not asked for")
        with typed(tmp_path, work, "send", FIRST, *many) as (sending, shown):
            eventually(lambda: shown(f"Sending as {FIRST}") and shown("1/999"), "progress", seconds=60)
            eventually(lambda: heard("asked for"), "an event", seconds=60)
            for process, status in ((sending, 128 + signal.SIGINT), (tail, 0)):
                process.send_signal(signal.SIGINT)
                assert process.wait(60) == status
            assert shown(f"What {FIRST} got back")
    assert not heard("not asked for")
    assert not heard("Traceback")
    assert not shown("Traceback")
    assert listeners() == (queues, subscriptions)
