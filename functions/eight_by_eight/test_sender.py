"""8x8's own side: its retries, and how it reads a response."""

import pytest

from functions.eight_by_eight.sender import SENDER
from gateway.simulator.sender import Verdict


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [((200, 202, 204), Verdict.DELIVERED), ((302, 400, 401, 413, 429, 500, 503), Verdict.AGAIN)],
)
def test_it_reads_the_status(statuses: tuple[int, ...], verdict: Verdict) -> None:
    assert {SENDER.retries.read(status, b"") for status in statuses} == {verdict}


def test_it_gives_up_after_two_minutes() -> None:
    assert SENDER.retries.waits == (1, 10, 30, 90)
