"""Who runs the local stack of a folder, and how it is ended: by the lock that it holds, never by a guess."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.cli.common import errors_in_one_line
from gateway.errors import GatewayError
from gateway.local import running
from gateway.local.running import end, running_process, sole_user
from gateway.paths import ROOT
from tests.support.installed import typing

HOLDER = """
import signal, sys, time
from pathlib import Path
from gateway.local.running import sole_user
signal.signal(signal.SIGTERM, signal.default_int_handler)
try:
    with sole_user(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    pass
"""


@contextmanager
def holder(work: Path) -> Iterator[subprocess.Popen[str]]:
    """Return a process that holds a folder as a local stack does."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, work], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def looked_at(work: Path) -> Iterator[IO[str]]:
    """Return the lock while somebody asks who holds it; left over, it names a process that runs."""
    (work / "lock").write_text(f"{os.getppid()}\n")
    with (work / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield lock


def state_of(work: Path) -> str:
    """Return what `status` tells; its exit status says that nothing serves."""
    ended = typing(["status", f"--work={work}", "--json"])
    assert ended.exit_code == 3
    return str(json.loads(ended.stdout)["state"])


def test_who_holds_the_folder_is_known_while_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_pause", lambda: pytest.fail("waited for a stack that runs"))
    assert (running_process(tmp_path), state_of(tmp_path)) == (None, "stopped")
    with holder(tmp_path) as process:
        assert (running_process(tmp_path), state_of(tmp_path)) == (process.pid, "starting")
        with pytest.raises(GatewayError, match="Another local stack runs"), sole_user(tmp_path):
            pass
        assert running_process(tmp_path) == process.pid, "the attempt has not overwritten who holds it"
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert running_process(tmp_path) is None


def test_who_only_looks_keeps_no_stack_from_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with looked_at(tmp_path) as looker:
        assert running_process(tmp_path) is None, "two that look at once do not see each other"
        monkeypatch.setattr(running, "_pause", looker.close)
        with sole_user(tmp_path):
            assert looker.closed
            assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_who_never_stops_looking_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_LOOKED_AT_SECONDS", 0.0)
    with looked_at(tmp_path), pytest.raises(GatewayError, match="Another local stack runs"), sole_user(tmp_path):
        pass


def test_it_is_ended_as_ctrl_c_would_and_a_process_id_that_is_left_over_is_left_alone(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        assert end(tmp_path, 10) == process.pid
        assert process.wait(10) == 0
    (tmp_path / "lock").write_text(f"{os.getpid()}\n")
    ended = typing(["down", f"--work={tmp_path}", "--json"])
    assert (ended.exit_code, json.loads(ended.stdout)) == (0, {"ended": False, "process": None})


def test_one_that_does_not_end_is_told_in_one_line(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(GatewayError, match=f"process {process.pid}.*did not end in 0 s"):
            end(tmp_path, 0.2)


@pytest.mark.parametrize(
    ("word", "read_first"), [("up", "lock"), ("status", "lock"), ("down", "lock"), ("tail", "stack.json")]
)
def test_a_folder_that_is_none_or_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, read_first: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    ended = typing([word, "--work=file"])
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "'file' is a file" in ended.stderr

    (tmp_path / read_first).mkdir()
    ended = typing([word, f"--work={tmp_path}"])
    assert (ended.exit_code, ended.stdout, ended.stderr) == (1, "", f"{tmp_path / read_first}: Is a directory\n")


@pytest.mark.parametrize(
    ("inherited", "handler"),
    [(signal.SIG_DFL, signal.default_int_handler), (signal.SIG_IGN, signal.SIG_IGN)],
    ids=["from a terminal", "by nohup"],
)
def test_a_hangup_ends_a_command_unless_it_was_started_by_nohup(inherited: Any, handler: Any, tmp_path: Path) -> None:
    before = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGHUP, inherited)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in the background of a shell
        CliRunner().invoke(app, ["status", f"--work={tmp_path}"])
        assert signal.getsignal(signal.SIGHUP) is handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        for signum, handled in before.items():
            signal.signal(signum, handled)


def test_a_pipe_that_breaks_is_nobodys_file() -> None:
    with pytest.raises(BrokenPipeError), errors_in_one_line():
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")
