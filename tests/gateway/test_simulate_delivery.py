"""A delivery goes by the provider's own schedule, and by how it reads a response."""

from typing import Any
from unittest.mock import Mock

import httpx
import pytest

from gateway.simulator import Post, Retries, Verdict, deliver

RETRIES = Retries(
    waits=(5, 10, 20),
    timeout=7,
    read=lambda status, body: (
        Verdict.DELIVERED if body == b"ok" else Verdict.AGAIN if status >= 500 else Verdict.GIVEN_UP
    ),
)
LATE, REFUSED = httpx.ReadTimeout("nothing came"), httpx.ConnectError("refused")


@pytest.mark.parametrize(
    ("answers", "seen", "verdict"),
    [
        (((503, b""),) * 4, [503] * 4, Verdict.AGAIN),
        ((LATE, REFUSED) * 2, ["ReadTimeout", "ConnectError"] * 2, Verdict.AGAIN),
        (((200, b"ok"),), [200], Verdict.DELIVERED),
        (((503, b""), LATE, (200, b"ok")), [503, "ReadTimeout", 200], Verdict.DELIVERED),
        (((503, b""), (401, b"")), [503, 401], Verdict.GIVEN_UP),
    ],
    ids=str,
)
def test_it_ends_at_the_response_that_ends_it_or_with_the_schedule(
    answers: tuple[Any, ...], seen: list[Any], verdict: Verdict
) -> None:
    responses = [each if isinstance(each, Exception) else httpx.Response(each[0], content=each[1]) for each in answers]
    send, wait = Mock(side_effect=responses), Mock()
    delivery = deliver(Post("http://127.0.0.1/"), RETRIES, send, faster=100, wait=wait)
    assert [attempt.status or attempt.error for attempt in delivery.attempts] == seen
    assert delivery.attempts[-1].verdict is verdict
    assert delivery.delivered == (verdict is Verdict.DELIVERED)
    assert [called.args[0] for called in wait.call_args_list] == [0.05, 0.1, 0.2][: len(seen) - 1]
    assert [called.args[1] for called in send.call_args_list] == [7] * len(seen)
