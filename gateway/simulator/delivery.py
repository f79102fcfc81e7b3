"""Plays a delivery as its provider does it: attempt after attempt, until it is delivered or given up."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from gateway.simulator.post import Post
from gateway.simulator.retries import Retries, Verdict


@dataclass(frozen=True)
class Attempt:
    """One request: the status and body of its response, or the kind of error that came in its place.

    `request_id` is API Gateway's, by which the gateway's logs call this request; None where none was told.
    """

    verdict: Verdict
    seconds: float
    status: int | None = None
    body: bytes = b""
    error: str | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class Delivery:
    """What came of a message: every attempt, in order."""

    attempts: tuple[Attempt, ...]

    @property
    def delivered(self) -> bool:
        """Whether the provider believes that it delivered; if not, it has given up."""
        return self.attempts[-1].verdict is Verdict.DELIVERED


Send = Callable[[Post, float], httpx.Response]  # a request, and how many seconds are waited for its response
Wait = Callable[[float, Attempt], object]  # so many seconds, after this attempt


def new_client() -> httpx.Client:
    """Make what requests are sent by, in any number of threads. It costs more than a response takes: make one for all,
    and before anything is timed.
    """
    return httpx.Client(trust_env=False)


def send(client: httpx.Client, post: Post, timeout: float) -> httpx.Response:
    """Send a request; raise httpx.HTTPError where no response comes in `timeout` seconds."""
    return client.request(post.method, post.url, content=post.body, headers=post.headers, timeout=timeout)


def deliver(
    post: Post,
    retries: Retries,
    send: Send,
    *,
    faster: float = 1.0,
    wait: Wait = lambda seconds, _: time.sleep(seconds),
) -> Delivery:
    """Send a request, again and again by a provider's own schedule, until it is delivered or given up.

    `send` makes one attempt: `partial(send, client)`, which raises httpx.HTTPError where no response comes in time.

    `faster` divides the waits between attempts: 1000 makes 45 hours less than three minutes. How long the provider
    waits for a response stays as it is, since nobody answers faster for it.
    """
    attempts: list[Attempt] = []
    for pause in (0.0, *retries.waits):
        if attempts:
            wait(pause / faster, attempts[-1])
        attempts.append(_attempt(post, retries, send))
        if attempts[-1].verdict is not Verdict.AGAIN:
            break
    return Delivery(tuple(attempts))


def _attempt(post: Post, retries: Retries, send: Send) -> Attempt:
    start = time.monotonic()
    try:
        response = send(post, retries.timeout)
    except httpx.HTTPError as error:
        return Attempt(Verdict.AGAIN, time.monotonic() - start, error=type(error).__name__)
    verdict = retries.read(response.status_code, response.content)
    request_id = response.headers.get("apigw-requestid")
    return Attempt(verdict, time.monotonic() - start, response.status_code, response.content, request_id=request_id)
