"""A delivery goes by the provider's own schedule, and by how it reads a response."""

from typing import Any

import httpx
import pytest

from gateway.simulator import Delivery, Post, Retries, Verdict, deliver

RETRIES = Retries(
    waits=(5, 10, 20),
    timeout=7,
    read=lambda status, body: (
        Verdict.DELIVERED if body == b"ok" else Verdict.AGAIN if status >= 500 else Verdict.GIVEN_UP
    ),
)
LATE, REFUSED = httpx.ReadTimeout("nothing came"), httpx.ConnectError("refused")


def delivered(*answers: Any, faster: float = 1.0) -> tuple[Delivery, list[float], list[float]]:
    """Deliver to one that answers so, the last for ever; return the waits and the time-outs, too."""
    left, waits, timeouts = list(answers), [], []

    def send(_post: Post, timeout: float) -> httpx.Response:
        timeouts.append(timeout)
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer[0], content=answer[1])

    return (
        deliver(Post("http://127.0.0.1/"), RETRIES, send, faster=faster, wait=lambda wait, _: waits.append(wait)),
        waits,
        timeouts,
    )


@pytest.mark.parametrize(
    ("answers", "seen", "verdict"),
    [
        (((503, b""),), [503] * 4, Verdict.AGAIN),
        ((LATE,), ["ReadTimeout"] * 4, Verdict.AGAIN),
        ((REFUSED,), ["ConnectError"] * 4, Verdict.AGAIN),
        (((200, b"ok"),), [200], Verdict.DELIVERED),
        (((503, b""), LATE, (200, b"ok")), [503, "ReadTimeout", 200], Verdict.DELIVERED),
        (((503, b""), (401, b""), (200, b"ok")), [503, 401], Verdict.GIVEN_UP),
    ],
    ids=str,
)
def test_it_ends_at_the_response_that_ends_it_or_with_the_schedule(
    answers: Any, seen: list[Any], verdict: Verdict
) -> None:
    delivery, waits, timeouts = delivered(*answers, faster=100)
    assert [attempt.status or attempt.error for attempt in delivery.attempts] == seen
    assert delivery.attempts[-1].verdict is verdict
    assert delivery.delivered == (verdict is Verdict.DELIVERED)
    assert (waits, timeouts) == ([wait / 100 for wait in (5, 10, 20)[: len(seen) - 1]], [7] * len(seen))
