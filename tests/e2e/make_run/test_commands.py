"""Commands on the local stack, and in a terminal what looks or ends differently there."""

import os
import pty
import secrets
import signal
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from tests.e2e.make_run.up import GATEWAY, Listeners, eventually
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


# ---- In a terminal ----


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, work: Path, *words: str) -> None:
        self.pid, self._screen = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as in any terminal, even where nohup runs the tests
            os.execve(GATEWAY, [str(GATEWAY), *words, f"--work={work}"], os.environ | {"TERM": "xterm-256color"})
        os.set_blocking(self._screen, False)
        self.shown = ""

    def wait_for(self, text: str) -> None:
        eventually(lambda: text in self._read(), f"{text!r} on the screen", seconds=60)

    def interrupted(self) -> int:
        """Type Ctrl-C; return the exit status that it ends with."""
        os.write(self._screen, b"\x03")

        def status() -> tuple[int, int] | None:
            self._read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            return (pid, status) if pid else None

        _, status = eventually(status, "its end")
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


def test_in_a_terminal_one_sees_what_comes_and_how_far_it_is_until_ctrl_c(
    work: Path, gateway: Callable[..., Any], listeners: Listeners
) -> None:
    queues, subscriptions = listeners()
    with closing(Terminal(work, "tail", "--provider", FIRST, "--type", "message")) as tail:
        tail.wait_for("Listening to inbound-sms-local")
        assert listeners()[0] == queues + 1
        gateway("send", SECOND, "--text", "not asked for")
        with closing(Terminal(work, "send", FIRST, "--text", "asked for", "--count", "999", "--rate", "1")) as sending:
            for shown in (f"Sending as {FIRST}", "1/999"):
                sending.wait_for(shown)
            tail.wait_for("asked for")
            for each, status in ((sending, 128 + signal.SIGINT), (tail, 0)):
                assert each.interrupted() == status
                assert "Traceback" not in each.shown
            assert f"What {FIRST} got back" in sending.shown
        assert "not asked for" not in tail.shown
    assert listeners() == (queues, subscriptions)
