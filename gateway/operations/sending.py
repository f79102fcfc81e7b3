"""Acts as a provider towards an installation: many requests at once, each with the provider's own patience."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial

import httpx

from gateway.errors import GatewayError, WrongField
from gateway.operations.installation import Installation
from gateway.simulator import (
    CALLBACKS,
    Callback,
    Delivery,
    OAuth2Client,
    Patience,
    Request,
    Signing,
    deliver,
    new_client,
    post,
    signing_by,
    with_wrong_secrets,
)

_AT_ONCE = 8
_TOKEN_SECONDS = 10.0


@dataclass(frozen=True)
class Sent:
    """A request and what came of it. `number` tells the messages apart, `copy` is 0 for the first of each."""

    number: int
    copy: int
    delivery: Delivery


class _Stopped(Exception):
    pass


def callback_of(provider: str, event: str) -> Callback:
    """Gives what a provider posts for a kind of event; raises WrongField for a kind that it doesn't have."""
    kinds = CALLBACKS[provider]
    if event not in kinds:
        raise WrongField("event", f"{provider} sends no {event}, but {', '.join(kinds)}")
    return kinds[event]


def signing_for(
    installation: Installation, provider: str, document: dict[str, object], *, wrong: bool = False
) -> Signing:
    """Gives how the provider signs by a document of secrets, or by other secrets than these; raises GatewayError."""
    if wrong:
        return signing_by(with_wrong_secrets(document), lambda client: client.client_secret)
    return signing_by(document, lambda client: _token(installation, provider, client))


def request_to(installation: Installation, provider: str, signing: Signing, body: bytes, content_type: str) -> Request:
    """Gives a signed request to a provider's webhook."""
    url = signing.url(installation.deployed.webhook_urls[provider])
    headers = {**installation.leading_headers(provider), **signing.of(body), "Content-Type": content_type}
    return Request(url, headers, body)


def send_all(
    requests: list[Request], patience: Patience, *, copies: int = 0, rate: float | None = None, faster: float = 1.0
) -> Iterator[Sent]:
    """Sends every request, each with so many copies right after it; gives what came of them as soon as it is known.

    `rate` is how many begin in a second, at most; without it some are always under way. `faster` divides the waits
    between the attempts of one delivery. Whoever stops reading stops the sending.
    """
    stop, client = threading.Event(), new_client()
    send = partial(post, client)

    def wait(seconds: float) -> None:
        if stop.wait(seconds):
            raise _Stopped

    def one(number: int, copy: int, start: float) -> Sent:
        wait(max(0.0, start - time.monotonic()))
        return Sent(number, copy, deliver(requests[number], patience, send, faster=faster, wait=wait))

    begin = time.monotonic()
    each = [(number, copy) for number in range(len(requests)) for copy in range(copies + 1)]
    with client, ThreadPoolExecutor(_AT_ONCE) as pool:
        starts = [begin + (at / rate if rate else 0.0) for at in range(len(each))]
        futures: list[Future[Sent]] = [pool.submit(one, *it, start) for it, start in zip(each, starts, strict=True)]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            stop.set()
            for future in futures:
                future.cancel()


def _token(installation: Installation, provider: str, client: OAuth2Client) -> str:
    """Fetches a token as the provider does: RFC 6749, 4.4."""
    try:
        answer = httpx.post(
            installation.deployed.token_url(provider),
            data={"grant_type": "client_credentials"},
            auth=(client.client_id, client.client_secret),
            headers=installation.leading_headers(provider),
            timeout=_TOKEN_SECONDS,
            trust_env=False,
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise GatewayError(f"No token could be fetched for {provider}: {error}") from None
