import json

import pytest
from rich.console import Console

from gateway.local.output import harmless, read, show
from tests.support.queued import Queued

REPLACED = "\N{REPLACEMENT CHARACTER}"


def shown(event: dict[str, object]) -> str:
    console = Console(width=100)
    with console.capture() as capture:
        show(console, event)
    return capture.get()


def test_shows_an_event_as_it_is():
    queued = Queued(sender="+16051234567", recipient="ACME")
    output = shown(read(queued.document))
    for part in ("acme", "+16051234567", "ACME", "private text", queued.event_id):
        assert part in output


@pytest.mark.parametrize(
    "body", ["hi", "[]", "null", "{}", '{"id": 1, "type": "t", "data": {"provider": "p"}}', "[" * 20_000], ids=len
)
def test_shows_what_is_no_event_as_a_text(body):
    output = shown(read(body))
    assert "not an event" in output
    assert body[:50] in output


@pytest.mark.parametrize(
    "foreign",
    [
        {"sender": "+45", "recipient": ["+45"], "text": 5},
        {"sender": {"number": 45, "raw": {"x": 1}}, "recipient": {}, "text": {"body": "hi"}},
        {"text": None, "sender": None},
        {},
    ],
)
def test_shows_an_event_of_another_shape_without_what_it_means_by_the_names(foreign):
    output = shown(read(json.dumps({"id": "their-id", "type": "their.type", "data": {"provider": "they", **foreign}})))
    assert "their-id" in output
    assert not [label for label in ("from", "to  ", "text") if label in output]


@pytest.mark.parametrize(
    ("hostile", "plain"),
    [
        ("\x1b[2J\x1b]0;owned\x07", f"{REPLACED}[2J{REPLACED}]0;owned{REPLACED}"),
        ("safe \N{RIGHT-TO-LEFT OVERRIDE}txt", f"safe {REPLACED}txt"),
        *(
            (same, same)
            for same in ("[bold]no markup[/bold]", "two\nlines", "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}")
        ),
    ],
)
def test_nothing_that_came_from_outside_commands_the_terminal(hostile, plain):
    assert harmless(hostile).plain == plain
