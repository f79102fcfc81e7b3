import socket
from pathlib import Path

import pytest

from gateway import engine, engine_mail
from gateway.engine import Engine, free_port, require_free
from gateway.errors import GatewayError


def test_gives_a_port_that_is_free():
    require_free(free_port())


def test_refuses_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(GatewayError, match="is taken"):
        require_free(server.getsockname()[1])


def test_an_engine_that_ends_at_once_is_told_with_its_last_words(monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "ENGINE_PYTHON", Path("/bin/echo"))
    with Engine(free_port(), tmp_path) as started, pytest.raises(GatewayError) as raised:
        started.wait_until_ready()
    command = f"-P {engine_mail.__file__}"
    assert str(raised.value) == f"The local engine ended: {command} (all it said: {tmp_path / 'engine.log'})"


def test_an_engine_that_never_answers_is_told(monkeypatch, tmp_path):
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\necho starting; sleep 300\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(engine, "ENGINE_PYTHON", sleeper)
    monkeypatch.setattr(engine, "_START_SECONDS", 0.3)
    with (
        Engine(free_port(), tmp_path) as started,
        pytest.raises(GatewayError, match=r"did not come up in 0 s: starting"),
    ):
        started.wait_until_ready()
