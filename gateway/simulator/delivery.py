"""Plays a delivery as its provider does it: attempt after attempt, until it is delivered or given up."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from gateway.simulator.patience import Patience, Verdict


@dataclass(frozen=True)
class Request:
    """A POST to a webhook, credentials and content type among its headers."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Attempt:
    """One request: the status and body of its answer, or the kind of error that came in its place."""

    verdict: Verdict
    seconds: float
    status: int | None = None
    body: bytes = b""
    error: str | None = None


@dataclass(frozen=True)
class Delivery:
    """What came of a message: every attempt, in order."""

    attempts: tuple[Attempt, ...]

    @property
    def delivered(self) -> bool:
        """Tells whether the provider believes that it delivered; if not, it has given up."""
        return self.attempts[-1].verdict is Verdict.DELIVERED


Send = Callable[[Request, float], httpx.Response]  # a request, and how many seconds are waited for its answer


def new_client() -> httpx.Client:
    """Makes what requests are sent by, in any number of threads. It costs more than an answer takes: make one for all,
    and before anything is timed.
    """
    return httpx.Client(trust_env=False)


def post(client: httpx.Client, request: Request, timeout: float) -> httpx.Response:
    """Sends a request; raises httpx.HTTPError where no answer comes in `timeout` seconds."""
    return client.post(request.url, content=request.body, headers=request.headers, timeout=timeout)


def deliver(
    request: Request,
    patience: Patience,
    send: Send,
    *,
    faster: float = 1.0,
    wait: Callable[[float], object] = time.sleep,
) -> Delivery:
    """Sends a request, again and again by a provider's own schedule, until it is delivered or given up.

    `send` makes one attempt: `partial(post, client)`, which raises httpx.HTTPError where no answer comes in time.

    `faster` divides the waits between attempts: 1000 makes 45 hours less than three minutes. How long the provider
    waits for an answer stays as it is, since nobody answers faster for it.
    """
    attempts: list[Attempt] = []
    for pause in (0.0, *patience.waits):
        if attempts:
            wait(pause / faster)
        attempts.append(_attempt(request, patience, send))
        if attempts[-1].verdict is not Verdict.AGAIN:
            break
    return Delivery(tuple(attempts))


def _attempt(request: Request, patience: Patience, send: Send) -> Attempt:
    start = time.monotonic()
    try:
        response = send(request, patience.timeout)
    except httpx.HTTPError as error:
        return Attempt(Verdict.AGAIN, time.monotonic() - start, error=type(error).__name__)
    verdict = patience.read(response.status_code, response.content)
    return Attempt(verdict, time.monotonic() - start, response.status_code, response.content)
