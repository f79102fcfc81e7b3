"""`make run` as a person or a script sees it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.local.aws import LocalAws
from gateway.local.engine import free_port
from gateway.local.local_stack import local_stack
from gateway.operations.stack import Stack
from gateway.paths import LOCAL, ROOT, TEMPLATE
from gateway.simulator import senders
from gateway.template import everything, load, rows

pytestmark = pytest.mark.xdist_group("persons")  # its stacks are started one after another

PROVIDERS = senders().keys()


def eventually(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Wait for a condition to hold; return what it gave."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return result


class Up:
    """`python -m gateway up` in a folder of its own, started the way a shell starts what it puts in the background."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.stack_file = work / "stack.json"
        self.output = work / "output"
        command = [sys.executable, "-m", "gateway", "up", f"--port={free_port()}", f"--work={work}"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def printed(self) -> str:
        return self.output.read_text()

    @property
    def curls(self) -> list[str]:
        return [line for line in self.printed.splitlines() if line.startswith("curl ")]

    def wait_until_ready(self) -> Stack:
        def is_ready() -> bool:
            assert self.process.poll() is None, f"it ended: {self.printed}"
            return self.stack_file.exists()

        eventually(is_ready, "stack.json", seconds=120)
        return Stack.model_validate_json(self.stack_file.read_text())

    def processes(self) -> set[str]:
        """Return the command lines of the engine and of every function that it runs, found by the folder they
        work in.
        """
        found = set()
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes()
            except OSError:  # it has just ended
                continue
            if str(self.work).encode() in environment + command and int(entry.name) != os.getpid():
                found.add(command.replace(b"\0", b" ").decode())
        return found


@pytest.fixture
def up() -> Iterator[Up]:
    work = LOCAL / f"e2e-up-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    running = Up(work)
    yield running
    running.process.kill()
    running.process.wait(10)


def bodies(aws: LocalAws, queue: str) -> list[dict[str, Any]]:
    """Return what lies in a queue."""
    response = aws.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=0)
    return [json.loads(message["Body"]) for message in response.get("Messages", [])]


def count(aws: LocalAws, queue: str) -> int:
    """How many messages a queue holds, those in flight included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = aws.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]  # type: ignore[arg-type]
    return sum(int(attributes[name]) for name in names)


def paste_every_command_twice(up: Up, aws: LocalAws, stack: Stack) -> None:
    """Each works as printed: the first time it gives an event, the second time none."""
    if not shutil.which("curl"):
        pytest.fail("No curl here: `apt-get install curl`", pytrace=False)
    before = count(aws, stack.inboxes.messages)
    for command in up.curls * 2:
        answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True)
        assert answer.stdout.startswith("HTTP/1.1 200"), answer.stdout
    eventually(lambda: count(aws, stack.queues.events) == 0, "an empty queue")
    eventually(lambda: all(up.printed.count(f"{name} · ") == 2 for name in PROVIDERS), "the events on the screen")
    assert count(aws, stack.inboxes.messages) == before + len(PROVIDERS)


def test_from_start_to_ctrl_c(up: Up) -> None:
    stack = up.wait_until_ready()
    aws = LocalAws(stack.endpoint)

    names = "endpoint region stack webhooks token_endpoints topics inboxes queues table functions"
    names += " sources quarantine_bucket payloads_bucket console"
    assert set(json.loads(up.stack_file.read_text())) == set(names.split())
    assert up.stack_file.stat().st_mode & 0o077 == 0, "it holds secrets"
    assert stack.console
    assert f"See and try it in your browser: {stack.console}" in up.printed
    page, _, key = stack.console.partition("#")
    assert "Inbound SMS Gateway" in httpx.get(page, timeout=10).text
    listed = httpx.get(f"{page}api/quarantine", headers={"Authorization": f"Bearer {key}"}, timeout=10)
    assert listed.json()["items"] == []
    assert stack.webhooks.keys() == PROVIDERS
    assert stack.functions.keys() >= PROVIDERS | {"fanout"}

    # Every provider's sample has come through, into the inbox and onto the screen.
    arrived = bodies(aws, stack.inboxes.messages)
    assert {event["data"]["provider"] for event in arrived} == PROVIDERS
    assert all(event["id"] in re.sub(r"[│\s]+", "", up.printed) for event in arrived)

    assert len(up.curls) == len(PROVIDERS)
    paste_every_command_twice(up, aws, stack)

    assert len(up.processes()) >= 1 + len(PROVIDERS)
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(20) == 0
    assert up.processes() == set()
    assert not up.stack_file.exists()
    assert "Traceback" not in up.printed


def typed(up: Up, command: str) -> tuple[int, str]:
    """Types a command from another terminal; gives its exit status, and what it prints."""
    words = [str(ROOT / "bin" / "gateway"), command, f"--work={up.work}"]
    ended = subprocess.run(words, cwd="/", capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def test_down_ends_what_up_serves(up: Up) -> None:
    folder, process = f"{up.work.relative_to(ROOT)}/", f"process {up.process.pid}"
    nothing = f"No local stack runs in {folder}"
    eventually((up.work / "lock").exists, "a start")
    assert typed(up, "status") == (3, f"{process.capitalize()} is starting or ending a local stack in {folder}\n")

    stack = up.wait_until_ready()
    status, said = typed(up, "status")
    assert (status, said.splitlines()[0]) == (0, f"Running at {stack.endpoint} ({process}), folder {folder}")
    assert f"Providers: {', '.join(sorted(PROVIDERS))}\n" in said

    [command_line] = [each for each in up.processes() if "gateway up" in each]
    assert typed(up, "down") == (0, f"Ended the local stack in {folder} ({process})\n")

    assert up.processes() <= {command_line}, "the engine has ended, and what served it has nothing left to do"
    assert not up.stack_file.exists()
    assert up.process.wait(5) == 0
    assert "Traceback" not in up.printed
    assert typed(up, "status") == (3, f"{nothing}; `gateway up` or `make run` starts one\n")
    assert typed(up, "down") == (0, f"{nothing}\n")


def test_interrupted_while_it_starts_it_leaves_nothing(up: Up) -> None:
    eventually(
        lambda: "Building" in up.printed and len(up.processes()) > 1, "a start", seconds=180
    )  # other stacks may build first
    up.process.send_signal(signal.SIGTERM)
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(20) == 128 + signal.SIGINT
    eventually(lambda: not up.processes(), "no process left")
    assert "Traceback" not in up.printed


def test_killed_it_leaves_no_process(up: Up) -> None:
    eventually(lambda: len(up.processes()) > 1, "a start", seconds=180)  # other stacks may build first
    up.process.kill()
    up.process.wait(10)
    eventually(lambda: not up.processes(), "no process left")


def test_a_provider_that_is_not_chosen_has_no_webhook() -> None:
    template = load(TEMPLATE)
    (chosen, row), *others = rows(template).items()
    parameters = dict.fromkeys(everything(template), "false") | {"Providers": chosen}
    with local_stack(free_port(), work=LOCAL / "e2e-off", parameters=parameters) as running:
        [(name, webhook)] = running.stack.webhooks.items()
        assert name == row["Name"]
        assert httpx.post(webhook.url, headers=webhook.headers, content="{}", timeout=30).status_code == 200
        for _, other in others:
            url = webhook.address.removesuffix(name) + other["Name"]
            assert httpx.post(url, headers=webhook.headers, content="{}", timeout=30).status_code == 404


def test_the_shared_stack_is_complete(stack: Stack, boto: Callable[[str], Any]) -> None:
    """Everything that stack.json names is there."""
    assert stack.webhooks.keys() == PROVIDERS
    for queue in (*stack.queues.model_dump().values(), *stack.inboxes.model_dump().values()):
        assert queue.startswith(stack.endpoint)
        assert boto("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    for topic in stack.topics.model_dump().values():
        assert boto("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    for function in stack.functions.values():
        assert boto("lambda").get_function(FunctionName=function)["Configuration"]["State"] == "Active"
    assert boto("dynamodb").describe_table(TableName=stack.table)["Table"]["TableStatus"] == "ACTIVE"
    for bucket in (stack.quarantine_bucket, stack.payloads_bucket):
        assert boto("s3").head_bucket(Bucket=bucket)
