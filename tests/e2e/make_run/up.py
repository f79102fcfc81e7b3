"""`make run`, as a process of its own."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from gateway.local.engine import free_port
from gateway.operations.stack import Stack
from gateway.paths import LOCAL, ROOT
from gateway.simulator import senders
from gateway.template import providers_of_profile
from tests.support.installed import typing
from tests.support.outside import FIRST, IN_PARTS, SECOND, WITHOUT_ID
from tests.support.stacks import WORKER

_FEW = {FIRST, SECOND, WITHOUT_ID, IN_PARTS, *providers_of_profile().values()}
# The providers of the stack, as with `make run`: `make verify-short` says all.
PROVIDERS = {name: it for name, it in senders().items() if os.environ.get("PROVIDERS") == "all" or name in _FEW}

Serve = Callable[..., AbstractContextManager[str]]  # a console, on a port if one is given; gives its address
Listeners = Callable[[], tuple[int, int]]  # how many queues there are in all, and how many subscriptions


def eventually(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Wait for a condition to hold."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


class Up:
    """`python -m gateway up` in a folder of its own, started the way a shell starts what it puts in the background."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.stack_file = work / "stack.json"
        self.output = work / "output"
        command = [sys.executable, "-m", "gateway", "up", f"--port={free_port()}", f"--work={work}"]
        command += [f"--providers={','.join(PROVIDERS)}"]
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
    def folder(self) -> str:
        """The folder as commands name it."""
        return f"{self.work.relative_to(ROOT)}/"

    def wait_until_ready(self) -> Stack:
        def is_ready() -> bool:
            assert self.process.poll() is None, f"it ended: {self.printed}"
            return self.stack_file.exists()

        eventually(is_ready, "stack.json", seconds=180)  # other stacks may build first
        return Stack.model_validate_json(self.stack_file.read_text())

    def typed(self, *words: str) -> tuple[int, str]:
        """Type a command in another terminal; return its exit status, and what it prints."""
        ended = typing([*words, f"--work={self.work}"])
        return ended.exit_code, ended.output

    def processes(self) -> set[str]:
        """Return the command lines of the engine and of every function that it runs: their environment or their words
        name the folder that they work in.
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


@contextmanager
def starting(name: str) -> Iterator[Up]:
    """Start one; at the end, it is killed where it still runs."""
    work = LOCAL / f"e2e-{name}-{WORKER}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    up = Up(work)
    try:
        yield up
    finally:
        up.process.kill()
        up.process.wait(10)
