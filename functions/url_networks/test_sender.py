"""URL Networks' own side: its retries, how it reads a response, and how it writes its form."""

from urllib.parse import parse_qsl

import pytest

from functions.url_networks.sender import SENDER
from gateway.simulator.sender import Verdict


@pytest.mark.parametrize(
    ("statuses", "verdict"), [((200,), Verdict.DELIVERED), ((201, 204, 302, 401, 413, 503), Verdict.AGAIN)]
)
def test_only_200_is_success(statuses: tuple[int, ...], verdict: Verdict) -> None:
    assert {SENDER.retries.read(status, b"") for status in statuses} == {verdict}


def test_it_makes_ten_attempts() -> None:
    assert SENDER.retries.waits == (60,) * 9


def test_its_form_is_written_as_it_is_documented_byte_for_byte() -> None:
    it = SENDER.message
    assert it.written(it.documented) == it.documented_body
    message = {**it.documented, "body": "1 + 1 = 2 & 50% \N{EURO SIGN}"}
    assert dict(parse_qsl(it.written(message).decode())) == message
