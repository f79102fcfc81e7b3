"""Every command once on the local stack, and in a terminal what looks or ends differently there."""

import json
import os
import pty
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.simulator import senders
from tests.e2e.make_run.up import GATEWAY, Up, eventually
from tests.support.outside import FIRST, SECOND, WITHOUT_ID, Outside

Run = Callable[..., Any]


def test_urls_are_those_that_it_answers_at(up: Up, outside: Outside) -> None:
    status, printed = up.typed("urls", "--json")
    assert status == 0
    for portal in json.loads(printed):
        webhook = outside.stack.webhooks[portal["provider"]]
        assert webhook.url.startswith(portal["url"].partition("#")[0].removesuffix("{secret}"))
        assert portal["headers"] == {"Host": webhook.headers["Host"]}


@pytest.mark.parametrize("provider", [FIRST, WITHOUT_ID])
def test_what_is_sent_is_heard_once_and_known(gateway: Run, outside: Outside, provider: str) -> None:
    text = f"typed for {provider}, {secrets.token_hex(4)}"  # some know messages by their text
    sent = gateway("send", provider, "--text", text, "--duplicates", "2")
    assert [each["delivered"] for each in sent] == [True] * 3

    outside.wait_until(lambda: any(event["data"].get("text") == text for event in outside.inbox()))
    outside.wait_until(lambda: outside.backlog() == 0)
    [event] = [event for event in outside.inbox() if event["data"].get("text") == text]
    became = [outcome for each in sent for outcome in each["outcomes"]]
    assert {outcome["event_id"] for outcome in became} == {event["id"]}
    assert sorted(outcome["state"] for outcome in became) == [*["dropped as a duplicate"] * 2, "published"]

    def known() -> dict[str, Any]:
        found: dict[str, Any] = gateway("message", event["id"])
        return found

    outside.wait_until(lambda: known()["duplicates"] >= 2)  # more, where the machine is slow and the provider is not
    found = known()
    assert found["delivery_id"] == event["data"]["delivery_id"]
    assert found["published_at"]
    assert found["received_at"]
    assert {line["function"] for line in found["lines"]} == {provider, "fanout"}


def test_a_wrong_signature_and_a_broken_body_end_where_they_belong(gateway: Run, outside: Outside) -> None:
    before = outside.quarantined().keys()
    [refused] = gateway("send", FIRST, "--wrong-signature", "--faster", "1000000", status=1)
    assert refused["attempts"][0]["status"] == 401
    assert outside.quarantined().keys() == before

    text = f"broken {secrets.token_hex(4)}, and long enough to be cut off in its middle " + "x" * 200
    [taken] = gateway("send", FIRST, "--broken", "--text", text)
    assert taken["delivered"]
    [outcome] = taken["outcomes"]
    new = outside.quarantined().keys() - before
    assert {key.startswith(outcome["quarantine_key"]) for key in new} == {True}
    assert len(new) == 3, "the body, its arrival and its record"
    [todo] = [it for it in gateway("doctor", status=1) if it["what"] == "quarantine"]
    assert todo["level"] == "to do"


def test_a_secret_is_rotated_while_messages_arrive(gateway: Run, outside: Outside) -> None:
    kind = senders()[SECOND].secrets[0]
    old = gateway("secrets", "check", SECOND, "--show")[0]["document"][kind]
    assert gateway("secrets", "rotate", SECOND)["in_force"] == len(old) + 1
    for _ in range(2):  # by the new one, which `send` takes, and by the old one, which stack.json has
        outside.wait_until(lambda: gateway("send", SECOND, status=None)[0]["delivered"])
        assert outside.post(SECOND, senders()[SECOND].message.body()).status_code == 200
    assert gateway("secrets", "check", SECOND, "--show")[0]["document"][kind][1:] == old


# ---- In a terminal ----


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, *words: str) -> None:
        self.pid, self._screen = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as in any terminal, even where nohup runs the tests
            os.execv(GATEWAY, [str(GATEWAY), *words])
        os.set_blocking(self._screen, False)
        self.shown = ""

    def wait_for(self, text: str) -> None:
        eventually(lambda: text in self._read(), f"{text!r} on the screen", seconds=60)

    def type(self, keys: bytes) -> None:
        os.write(self._screen, keys)

    def ended(self, seconds: float = 60) -> int:
        """Wait for its end; return the exit status."""

        def status() -> tuple[int, int] | None:
            self._read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            return (pid, status) if pid else None

        _, status = eventually(status, "its end", seconds)
        self.pid = 0
        self._read()
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._screen)

    def _read(self) -> str:
        """Return all that was ever shown."""
        with suppress(OSError):  # there is nothing yet, or the other end is closed
            self.shown += os.read(self._screen, 65_536).decode("utf-8", "replace")
        return self.shown


@pytest.fixture
def terminal(work: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def opening(*words: str) -> Terminal:
        opened.append(Terminal(*words, f"--work={work}"))
        return opened[-1]

    yield opening
    for each in opened:
        each.close()


def listeners(boto: Callable[[str], Any]) -> tuple[set[str], int]:
    """Return the queues of listeners, and how many subscriptions there are."""
    queues = {url for url in boto("sqs").list_queues().get("QueueUrls", []) if "-tail-" in url}
    return queues, len(boto("sns").list_subscriptions()["Subscriptions"])


def test_tail_in_a_terminal_shows_what_comes_and_leaves_nothing_however_it_ends(
    terminal: Callable[..., Terminal], gateway: Run, boto: Callable[[str], Any]
) -> None:
    before = listeners(boto)
    assert before[0] == set()
    tails = {how: terminal("tail", "--provider", FIRST, "--type", "message") for how in ("typed", "killed", "hung up")}
    for tail in tails.values():
        tail.wait_for("Listening to inbound-sms-local")
    assert len(listeners(boto)[0]) == len(tails)

    gateway("send", SECOND, "--text", "not asked for")
    gateway("send", FIRST, "--text", "asked for, by all")
    for tail in tails.values():
        tail.wait_for("asked for, by all")
        assert "not asked for" not in tail.shown

    tails["typed"].type(b"\x03")
    os.kill(tails["killed"].pid, signal.SIGTERM)
    os.kill(tails["hung up"].pid, signal.SIGHUP)
    for tail in tails.values():
        assert tail.ended() == 0
        assert "Traceback" not in tail.shown
    assert listeners(boto) == before


def test_send_in_a_terminal_shows_how_far_it_is_and_then_a_table_or_ends_at_once(
    terminal: Callable[..., Terminal],
) -> None:
    whole = terminal("send", FIRST, "--count", "4", "--rate", "4")
    interrupted = terminal("send", FIRST, "--count", "1000", "--rate", "1")
    for shown in (f"Sending as {FIRST}", "4/4", f"What {FIRST} got back"):
        whole.wait_for(shown)
    assert whole.ended() == 0

    interrupted.wait_for("1/1000")
    interrupted.type(b"\x03")
    interrupted.wait_for(f"What {FIRST} got back")
    assert interrupted.ended(20) == 128 + signal.SIGINT
    assert "Traceback" not in interrupted.shown
