import errno
import random
import re
import socket
from contextlib import suppress

import pytest

from gateway.console.serving import listen
from gateway.errors import GatewayError
from gateway.local import engine, engine_start, sam
from gateway.local.engine import Engine, free_port
from gateway.local.local_stack import local_stack
from gateway.local.running import sole_user
from gateway.paths import ROOT
from tests.support.installed import typing

LISTENERS = {
    "a local stack": (Engine, r"make run PORT=(\d+)$"),
    "the console": (lambda port, _work: listen(port), r"--port (\d+)$"),
}


@pytest.fixture
def usual(monkeypatch):
    """Listen on two ports in a row, as a local stack does, where neither another stack nor another worker looks."""
    for port in random.sample(range(10_000, 30_000, 10), 100):
        with suppress(GatewayError), listen(port), listen(port + 1):
            monkeypatch.setattr(engine, "_USUAL_PORT", port)
            yield port
            return


@pytest.mark.parametrize("listener", LISTENERS)
@pytest.mark.parametrize("taken", [0, 1], ids=["the stack's", "its console's"])
def test_a_port_that_is_taken_is_told_with_one_that_is_free_as_is_the_next(listener, taken, tmp_path, usual):
    begin, advice = LISTENERS[listener]
    with pytest.raises(GatewayError, match=f"^Port {usual + taken} is taken; ") as raised:
        begin(usual + taken, tmp_path)
    spare = int(re.search(advice, str(raised.value))[1])
    listen(spare).close()
    listen(spare + 1).close()


@pytest.mark.parametrize("listener", LISTENERS)
def test_a_port_that_is_not_for_us_is_not_called_taken(listener, tmp_path, monkeypatch):
    def create_server(address):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", create_server)
    begin, advice = LISTENERS[listener]
    with pytest.raises(GatewayError, match=f"^Port 80 is not for ordinary users; .*{advice}"):
        begin(80, tmp_path)


def test_without_a_port_of_its_own_the_console_takes_the_wished_one_or_any():
    wished = free_port()
    with listen(None, wished) as first, listen(None, wished) as second, listen(None, 65_536) as third:
        assert first.getsockname()[1] == wished
        assert {second.getsockname()[1], third.getsockname()[1]}.isdisjoint({wished, 65_536})


def test_who_starts_a_second_stack_hears_of_the_first_and_not_of_ports(tmp_path, monkeypatch):
    monkeypatch.setattr(sam, "require_tools", lambda: None)
    with sole_user(tmp_path), socket.create_server(("127.0.0.1", 0)) as server:
        running = local_stack(server.getsockname()[1], work=tmp_path)
        with pytest.raises(GatewayError, match="Another local stack runs"), running:
            pass


def test_a_tool_that_is_missing_is_told_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(sam, "SAM", ROOT / ".venv-sam-that-is-missing" / "bin" / "sam")
    ended = typing(["up", f"--work={tmp_path}"])
    assert ended.exit_code == 1
    assert ended.stderr == ".venv-sam-that-is-missing/bin/sam is missing; `make run` installs it\n"


@pytest.mark.parametrize(
    ("script", "seconds", "told"),
    [
        ('echo "$@"', 60, f"The local engine ended: -P {engine_start.__file__}"),
        ("echo starting; sleep 300", 0.3, "The local engine did not come up in 0 s: starting"),
    ],
)
def test_an_engine_that_does_not_come_up_is_told_with_its_last_words(script, seconds, told, monkeypatch, tmp_path):
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(engine, "ENGINE_PYTHON", program)
    monkeypatch.setattr(engine, "_START_SECONDS", seconds)
    with Engine(free_port(), tmp_path) as started, pytest.raises(GatewayError) as raised:
        started.wait_until_ready()
    assert str(raised.value) == f"{told} (all it said: {tmp_path / 'engine.log'})"
