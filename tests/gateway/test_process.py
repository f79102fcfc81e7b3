import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.process import Process, run, supervisor

ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
FAMILY = "sleep 300 & echo $! $$; wait"  # a command that starts another, and tells who they are


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def pids_in(log: Path) -> list[int]:
    """Wait until the log holds a whole line, of process ids."""
    wait_until(lambda: log.exists() and "\n" in log.read_text())
    return [int(pid) for pid in log.read_text().split()]


def wait_for_the_end_of(pids: list[int]) -> None:
    wait_until(lambda: not any(map(is_running, pids)))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    ("answer", "grace_seconds", "end"), [("", 10, signal.SIGTERM), ("trap '' TERM; ", 0.1, signal.SIGKILL)]
)
def test_leaving_ends_the_command_and_what_it_started_even_if_they_ignore_the_request(
    answer: str, grace_seconds: float, end: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", grace_seconds)
    log = tmp_path / "log"
    with Process(["sh", "-c", answer + FAMILY], ENVIRONMENT, log) as process:
        family = pids_in(log)
        assert process.ended_within(0) is None
        assert all(map(is_running, family))
    assert process.ended_within(0) == 128 + end
    wait_for_the_end_of(family)


def test_a_command_that_ends_by_itself_takes_along_what_it_started(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Process(["sh", "-c", "sleep 300 & echo $!; exit 3"], ENVIRONMENT, log) as process:
        assert process.ended_within(10) == 3
    wait_for_the_end_of(pids_in(log))


def test_nothing_outlives_whoever_started_it_even_if_that_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    owner_code = f"""
import time
from pathlib import Path
from gateway.process import Process
process = Process(["sh", "-c", {FAMILY!r}], {ENVIRONMENT!r}, Path({str(log)!r}))
time.sleep(300)
"""
    with subprocess.Popen([sys.executable, "-c", owner_code], env=ENVIRONMENT) as owner:
        try:
            family = pids_in(log)
        finally:
            owner.kill()
    wait_for_the_end_of(family)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("echo Error: no such layer; echo; exit 1", "failed: Error: no such layer"),
        ("echo first; echo last; exit 1", "failed: last"),
        ("exit 1", "failed: it said nothing"),
        ("echo hm; sleep 60", "took more than 1 s: hm"),
    ],
)
def test_a_command_that_fails_is_told_in_one_line(tmp_path: Path, script: str, complaint: str) -> None:
    log = tmp_path / "log"
    with pytest.raises(GatewayError) as raised:
        run("sam build", ["sh", "-c", script], ENVIRONMENT, log, seconds=1)
    assert str(raised.value) == f"sam build {complaint} (all it said: {log})"


def test_a_command_that_succeeds_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run("sam build", ["sh", "-c", "echo fine"], ENVIRONMENT, tmp_path / "log", seconds=10)
    assert capfd.readouterr() == ("", "")
