"""`make run` as a person or a script sees it; what `gateway down` leaves of it is in conftest.py."""

import json
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gateway.operations.stack import Stack
from tests.e2e.make_run.up import PROVIDERS, Listeners, Up, eventually, starting
from tests.support.outside import Outside

pytestmark = pytest.mark.xdist_group("persons")  # its stacks are started one after another


def test_it_is_served_as_it_is_announced(up: Up, stack: Stack) -> None:
    names = "endpoint region stack webhooks token_endpoints topics inboxes queues table functions"
    names += " sources quarantine_bucket payloads_bucket console"
    assert set(json.loads(up.stack_file.read_text())) == set(names.split())
    assert up.stack_file.stat().st_mode & 0o077 == 0, "it holds secrets"
    assert stack.webhooks.keys() == PROVIDERS.keys()
    assert stack.functions.keys() >= PROVIDERS.keys() | {"fanout"}

    status, said = up.typed("status")
    running = f"Running at {stack.endpoint} (process {up.process.pid}), folder {up.folder}"
    assert (status, said.splitlines()[0]) == (0, running)
    assert f"Providers: {', '.join(sorted(PROVIDERS))}\n" in said
    eventually(lambda: len(up.processes()) >= 1 + len(PROVIDERS), "a process for each function")

    assert stack.console
    assert f"See and try it in your browser: {stack.console}" in up.printed
    page, _, key = stack.console.partition("#")
    assert "Inbound SMS Gateway" in httpx.get(page, timeout=10).text
    assert httpx.get(f"{page}api/quarantine", timeout=10).status_code == 401
    listed = httpx.get(f"{page}api/quarantine", headers={"Authorization": f"Bearer {key}"}, timeout=10)
    assert listed.json().keys() == {"number", "mark", "listed", "groups"}


def test_each_sample_and_each_printed_command_gives_an_event(up: Up, stack: Stack, outside: Outside) -> None:
    if not shutil.which("curl"):
        pytest.fail("No curl here: `apt-get install curl`", pytrace=False)

    def shown() -> Counter[str]:
        return Counter({name: up.printed.count(f" {name} · ") for name in PROVIDERS})

    eventually(lambda: shown() >= Counter(PROVIDERS.keys()), "an event of each provider on the screen")

    # Each works as it is printed: the first time it gives an event, the second time none.
    commands = [line for line in up.printed.splitlines() if line.startswith("curl ")]
    assert len(commands) == len(PROVIDERS)
    outside.forget_claims()  # another test may have posted what is documented
    expected, before = shown() + Counter(PROVIDERS.keys()), len(outside.inbox())
    for command in commands * 2:
        answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True)
        assert answer.stdout.startswith("HTTP/1.1 200"), answer.stdout
    outside.wait_until(lambda: outside.backlog() == 0)
    eventually(lambda: shown() == expected, "the events on the screen")
    assert len(outside.inbox()) == before + len(PROVIDERS)


def test_the_first_day_test_holds_of_every_provider_and_leaves_nothing(
    gateway: Callable[..., Any], outside: Outside, listeners: Listeners
) -> None:
    before = (outside.quarantined().keys(), listeners())
    checks = gateway("verify", status=None)
    tried = {(it["provider"], it["what"]) for it in checks if it["holds"]}
    what = ("message", "claim", "duplicate", "wrong credentials", "broken body")  # the local engine makes no metrics
    assert tried == {(provider, each) for provider in PROVIDERS for each in what}, checks
    assert (outside.quarantined().keys(), listeners()) == before


def test_interrupted_while_it_starts_it_leaves_nothing() -> None:
    with starting("another") as another:
        eventually((another.work / "lock").exists, "a start")
        said = f"Process {another.process.pid} is starting or ending a local stack in {another.folder}\n"
        assert another.typed("status") == (3, said)
        eventually(lambda: "Deploying" in another.printed and len(another.processes()) > 1, "sam deploy", seconds=180)
        another.process.send_signal(signal.SIGINT)
        another.process.send_signal(signal.SIGTERM)
        assert another.process.wait(20) == 128 + signal.SIGINT
        eventually(lambda: not another.processes(), "no process left")
        assert "Traceback" not in another.printed
