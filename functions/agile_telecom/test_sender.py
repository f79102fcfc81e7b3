"""Agile Telecom's own side: its retries, how it reads a response, and how it writes its form."""

import pytest

from functions.agile_telecom.sender import SENDER
from gateway.simulator.sender import Verdict


@pytest.mark.parametrize(
    ("status", "bodies", "verdict"),
    [
        (200, (b"+OK",), Verdict.DELIVERED),
        (200, (b"", b"OK", b"+OK\n", b'"+OK"'), Verdict.AGAIN),
        (503, (b"+OK",), Verdict.AGAIN),
    ],
)
def test_success_is_the_body_exactly(status: int, bodies: tuple[bytes, ...], verdict: Verdict) -> None:
    assert {SENDER.retries.read(status, body) for body in bodies} == {verdict}


def test_it_makes_three_attempts() -> None:
    assert SENDER.retries.waits == (900,) * 2


def test_its_form_is_written_as_it_is_documented_byte_for_byte() -> None:
    assert SENDER.message.written(SENDER.message.documented) == SENDER.message.documented_body
