"""The files in events/, which README and docs tell people to invoke functions with."""

import json

from tests.support.make_events import EVENTS, events


def test_there_is_a_file_with_each_sample_and_no_other() -> None:
    """If this fails: python -m tests.support.make_events."""
    assert {path.name: json.loads(path.read_text(encoding="utf-8")) for path in EVENTS.iterdir()} == events()
