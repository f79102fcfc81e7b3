"""What a shell completes."""

import re

import pytest
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.paths import TEMPLATE
from gateway.simulator import senders

NAME = next(iter(senders()))
EVENTS = {event for sender in senders().values() for event in sender.callbacks}
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
        (f"gateway send {NAME} --event ", EVENTS),
        (f"gateway send {NAME} --event mess", {event for event in EVENTS if event.startswith("mess")}),
    ],
)
def test_commands_options_and_their_values_are_completed(typed: str, offered: set[str]) -> None:
    env = {"_GATEWAY_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    assert set(CliRunner().invoke(app, [], prog_name="gateway", env=env).stdout.split()) == offered
