"""What a shell completes, and the examples that --help shows."""

import re
import shlex
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.operations.tail import TYPES
from gateway.paths import TEMPLATE
from gateway.simulator import senders
from tests.support.typed import every_command, parsed

NAME = next(iter(senders()))
SOURCES = {
    re.sub("(?<!^)(?=[A-Z])", "-", name).lower()
    for name in re.findall(r"^  (\w+)DeadLettersUrl:", TEMPLATE.read_text(), re.MULTILINE)
}


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("gateway dlq list --queue ", {"events"} | SOURCES),
        ("gateway send ", set(senders())),
        (f"gateway secrets check {NAME[:-1]}", {name for name in senders() if name.startswith(NAME[:-1])}),
        (f"gateway send {NAME} --event ", set(senders()[NAME].callbacks)),
        (f"gateway send {NAME} --event mess", {it for it in senders()[NAME].callbacks if it.startswith("mess")}),
        (f"gateway secrets set {NAME} --kind ", set(senders()[NAME].secrets)),
        ("gateway tail --type ", set(TYPES)),
        ("gateway tail --provider ", set(senders())),
        ("gateway quarantine list --provider ", set(senders())),
    ],
)
def test_commands_options_and_their_values_are_completed(typed: str, offered: set[str]) -> None:
    env = {"_GATEWAY_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    assert set(CliRunner().invoke(app, [], prog_name="gateway", env=env).stdout.split()) == offered


@pytest.mark.parametrize(("typed", "command"), list(every_command()), ids=lambda it: it if isinstance(it, str) else "")
def test_every_command_shows_examples_that_it_understands(typed: str, command: Any) -> None:
    examples = re.findall("`(gateway .+?)`", command.epilog or "")
    assert examples, 'it has none: @app.command(epilog=examples("gateway ..."))'
    for example in examples:
        assert f"{example} ".startswith(f"{typed} ")
        parsed(shlex.split(example)[1:])
