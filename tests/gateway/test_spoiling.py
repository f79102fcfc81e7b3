"""What is broken breaks off."""

import pytest

from gateway.simulator import CALLBACKS, broken


@pytest.mark.parametrize(
    ("provider", "event"), [(name, event) for name, events in CALLBACKS.items() for event in events]
)
def test_broken_it_lacks_most_of_the_body(provider: str, event: str) -> None:
    body = CALLBACKS[provider][event].body()
    rest = broken(body)
    assert body.startswith(rest)
    assert 0 < len(rest) <= len(body) / 4
