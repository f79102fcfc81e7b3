"""Acts as a provider towards an installation: many requests at once, each with the provider's own retries."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

import httpx

from gateway.errors import GatewayError, WrongField
from gateway.operations.installation import Installation
from gateway.simulator import (
    Attempt,
    Callback,
    Delivery,
    Document,
    OAuth2Client,
    Post,
    Retries,
    Sender,
    deliver,
    fetch_token,
    new_client,
    send,
    senders,
    signed,
    with_wrong_secrets,
)

_AT_ONCE = 8


@dataclass(frozen=True)
class Sent:
    """A request and what came of it. `number` tells the messages apart, `copy` is 0 for the first of each."""

    number: int
    copy: int
    delivery: Delivery

    @property
    def request_id(self) -> str | None:
        """The id of the request that delivered it, by which the gateway's logs call it."""
        return self.delivery.attempts[-1].request_id if self.delivery.delivered else None


class _Stopped(Exception):
    pass


def sender_of(provider: str) -> Sender:
    """Return what is known of a provider's own side; raise GatewayError where nothing is."""
    if provider not in senders():
        raise GatewayError(f"What {provider} sends is not known: functions/ has no sender.py of it")
    return senders()[provider]


def callback_of(provider: str, event: str) -> Callback:
    """Return what a provider posts for a kind of event; raise WrongField for a kind that it doesn't have."""
    callbacks = sender_of(provider).callbacks
    if event not in callbacks:
        raise WrongField("event", f"{provider} sends no {event}, but {', '.join(callbacks)}")
    return callbacks[event]


def torn(text: str, parts: int) -> list[str]:
    """Return a text in so many pieces of about the same length."""
    cuts = [len(text) * place // parts for place in range(parts + 1)]
    return [text[begin:end] for begin, end in pairwise(cuts)]


@dataclass(frozen=True)
class Signer:
    """Signed requests to a provider's webhook, by a document of secrets or by other secrets than these."""

    installation: Installation
    provider: str
    document: Document
    wrong: bool = False

    def signed(self, callback: Callback, body: bytes, content_type: str | None = None) -> Post:
        """Return the request that brings a body, signed now; raise GatewayError."""
        return self.sign(callback.post(self.url, body, content_type))

    @property
    def url(self) -> str:
        """The URL of the webhook; a path secret may be missing in it."""
        return self.installation.deployed.webhook_urls[self.provider]

    def sign(self, post: Post) -> Post:
        """Return a request to the webhook signed now; raise GatewayError."""
        for name, value in self.installation.leading_headers(self.provider).items():
            post = post.with_header(name, value)
        document = with_wrong_secrets(self.document, sender_of(self.provider)) if self.wrong else self.document
        return signed(post, sender_of(self.provider), document, self._token)

    def _token(self, client: OAuth2Client) -> str:
        if self.wrong:
            return client.client_secret
        url = self.installation.deployed.token_url(self.provider)
        return fetch_token(url, self.installation.leading_headers(self.provider), client)


class _FailFast:
    """Sends requests, and fails at once if nothing answers at the address before anything ever has: retrying a wrong
    address helps nobody.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._works = False

    def attempt(self, post: Post, timeout: float) -> httpx.Response:
        try:
            response = send(self._client, post, timeout)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if self._works:
                raise
            raise GatewayError(f"{urlsplit(post.url).netloc} can't be reached: {error}") from error
        self._works = True
        return response


@dataclass(frozen=True)
class Pace:
    """How fast to send: each message with so many `copies` right after it; `rate` is how many begin in a second, at
    most, without it some are always under way; `faster` divides the waits between the attempts of one delivery.
    """

    copies: int = 0
    rate: float | None = None
    faster: float = 1.0


Tell = Callable[[int, Attempt, float], object]  # of a message, the attempt that failed, and the seconds until the next


def send_all(requests: list[Post], retries: Retries, pace: Pace, tell: Tell | None = None) -> Iterator[Sent]:
    """Send every request; yield what came of each as soon as it is known. `tell` hears of what is tried again.

    Whoever stops reading stops the sending. Raises GatewayError if nobody is at the address.
    """
    stop, client = threading.Event(), new_client()
    sender = _FailFast(client)

    def wait(seconds: float) -> None:
        if stop.wait(seconds):
            raise _Stopped

    def one(number: int, copy: int, start: float) -> Sent:
        def between(seconds: float, attempt: Attempt) -> None:
            if tell:
                tell(number, attempt, seconds)
            wait(seconds)

        wait(max(0.0, start - time.monotonic()))
        return Sent(number, copy, deliver(requests[number], retries, sender.attempt, faster=pace.faster, wait=between))

    begin = time.monotonic()
    each = [(number, copy) for number in range(len(requests)) for copy in range(pace.copies + 1)]
    with client, ThreadPoolExecutor(_AT_ONCE) as pool:
        starts = [begin + (at / pace.rate if pace.rate else 0.0) for at in range(len(each))]
        futures: list[Future[Sent]] = [pool.submit(one, *it, start) for it, start in zip(each, starts, strict=True)]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            stop.set()
            for future in futures:
                future.cancel()
