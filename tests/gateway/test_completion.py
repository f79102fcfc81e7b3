"""What a shell completes."""

import pytest
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.simulator import CALLBACKS, PROVIDERS


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("gateway sec", {"secrets"}),
        ("gateway secrets r", {"rotate", "retire"}),
        ("gateway dlq list --q", {"--queue"}),
        ("gateway dlq list --queue ", {"events", "sinch-topic"}),
        ("gateway send ", set(PROVIDERS)),
        ("gateway secrets check u", {"url-networks"}),
        ("gateway send 8x8 --event chat", {"chatapps"}),
        ("gateway send 8x8 --event ", {event for events in CALLBACKS.values() for event in events}),
    ],
)
def test_commands_options_and_their_values_are_completed(typed: str, offered: set[str]) -> None:
    env = {"_GATEWAY_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    assert set(CliRunner().invoke(app, [], prog_name="gateway", env=env).stdout.split()) == offered
