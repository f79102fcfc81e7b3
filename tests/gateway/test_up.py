import signal

import pytest
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.local import sam
from gateway.paths import ROOT
from tests.support.installed import typing


def test_a_tool_that_is_missing_is_told_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(sam, "SAM", ROOT / ".venv-sam-that-is-missing" / "bin" / "sam")
    ended = typing(["up", f"--work={tmp_path}"])
    assert ended.exit_code == 1
    assert ended.stderr == ".venv-sam-that-is-missing/bin/sam is missing; `make run` installs it\n"


@pytest.fixture
def signals():
    """Return what a command does to signals ends with the test."""
    before = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


@pytest.mark.parametrize(
    ("inherited", "handler"),
    [(signal.SIG_DFL, signal.default_int_handler), (signal.SIG_IGN, signal.SIG_IGN)],
    ids=["from a terminal", "by nohup"],
)
@pytest.mark.usefixtures("signals")
def test_a_hangup_ends_a_command_unless_it_was_started_by_nohup(inherited, handler, tmp_path):
    signal.signal(signal.SIGHUP, inherited)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in the background of a shell
    CliRunner().invoke(app, ["status", f"--work={tmp_path}"])
    assert signal.getsignal(signal.SIGHUP) is handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
