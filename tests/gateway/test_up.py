import re
import shlex
import signal
import socket
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.local import sam
from gateway.local.up import curl
from gateway.operations.stack import Stack, Webhook
from gateway.paths import ROOT
from gateway.simulator import senders
from tests.support.acme.sender import SENDER
from tests.support.installed import typing


@pytest.mark.parametrize(
    ("event", "added", "query"),
    [
        ("message", ["-H", "Content-Type: application/json", "--data-raw", "{documented}"], ""),
        ("message-get", [], "?{documented}"),
    ],
)
def test_the_curl_command_is_one_line_that_a_shell_reads_back_as_it_was_meant(event, added, query, monkeypatch):
    monkeypatch.setitem(senders(), "acme", replace(SENDER, callbacks={"message": SENDER.callbacks[event]}))
    url = "http://127.0.0.1:4566/acme"
    secrets = {"authorization": ["Bearer it's"]}
    webhook = Webhook(url=url, headers={"Host": "a.localhost"}, address=url, secrets=secrets)
    command = curl("acme", Stack.model_construct(webhooks={"acme": webhook}))

    documented = SENDER.callbacks[event].documented_body.decode()
    assert "\n" not in command
    program, *words = shlex.split(command)
    assert program == "curl"
    assert words[-1] == url + query.format(documented=documented)
    expected = [word.replace("{documented}", documented) for word in added]
    assert {"Host: a.localhost", "Authorization: Bearer it's", *expected} <= set(words)
    assert len(words) == 10 + len(expected)


def test_a_port_that_can_not_be_had_is_told_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ended = typing(["up", f"--port={port}", f"--work={tmp_path}"])
    assert (ended.exit_code, ended.stdout) == (1, "")
    told = rf"Port {port} is taken; end what uses it, or choose another: make run PORT=\d+\n"
    assert re.fullmatch(told, ended.stderr)

    ended = typing(["up", "--port=65536"])
    assert ended.exit_code == 2
    assert "65535" in ended.stderr


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
