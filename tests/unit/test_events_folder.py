"""The files in events/, which README and docs tell people to invoke functions with."""

import json

import pytest

from tests.support.make_events import EVENTS, events

EXPECTED = events()


def test_there_is_a_file_for_each_sample_and_no_other() -> None:
    assert {path.name for path in EVENTS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_file_holds_the_sample(name: str) -> None:
    """If this fails: python -m tests.support.make_events."""
    assert json.loads((EVENTS / name).read_text(encoding="utf-8")) == EXPECTED[name]
