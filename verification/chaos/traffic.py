"""What the providers send: new messages, the same ones again, broken ones, several under one id, delivery reports."""

import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum

import httpx

from gateway.operations.stack import Webhook
from gateway.simulator import JSON, MESSAGES, PROVIDERS, Delivery, Request, deliver, post


class Kind(Enum):
    """What is special about a message."""

    NEW = "new"
    REPEATED = "repeated"
    CONFLICT = "conflicting"
    REPORT = "reports"
    BROKEN = "broken"


@dataclass(frozen=True)
class Message:
    """A message; its token is in the body and nowhere else. `group`: those that came under the same id, as it has."""

    token: str
    group: str
    provider: str
    kind: Kind
    request: Request
    posts: int = 1


_WEIGHTS = {Kind.NEW: 60, Kind.REPEATED: 20, Kind.CONFLICT: 6, Kind.REPORT: 7, Kind.BROKEN: 7}
_HAVE_IDS = ("8x8", "url-networks", "sinch")  # Agile Telecom's messages have none: another text is another message
_HAVE_REPORTS = ("8x8", "sinch")


def messages(count: int, seed: int, webhooks: Mapping[str, Webhook]) -> list[Message]:
    """Makes so many messages, or one or two more."""
    chance = random.Random(f"{seed}/messages")
    made: list[Message] = []
    while len(made) < count:
        [kind] = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
        among = {Kind.CONFLICT: _HAVE_IDS, Kind.REPORT: _HAVE_REPORTS}.get(kind, tuple(PROVIDERS))
        provider = chance.choice(among)
        made += _made(kind, provider, webhooks[provider], len(made), chance)
    return made


def _made(kind: Kind, provider: str, webhook: Webhook, number: int, chance: random.Random) -> Iterator[Message]:
    tokens = [f"chaos-{number + i:06}" for i in range(chance.randint(2, 3) if kind is Kind.CONFLICT else 1)]
    it = MESSAGES[provider]
    message = it.new()
    for token in tokens:
        body = it.filled(message, text=f"{token} says: 1 + 1 = 2 & gr\u00fc\u00dfe \N{WAVING HAND SIGN}")
        headers = {**webhook.headers, "Content-Type": it.content_type}
        request = Request(webhook.url, headers, it.write(body).encode())
        if kind is Kind.BROKEN:
            request = replace(request, body=f'{{"broken": "{token}'.encode())
        elif kind is Kind.REPORT:
            report = json.dumps(_REPORTS[provider](token)).encode()
            request = replace(request, body=report, headers={**webhook.headers, "Content-Type": JSON})
        posts = chance.randint(2, 4) if kind is Kind.REPEATED else 1
        yield Message(token, tokens[0], provider, kind, request, posts)


_REPORTS: dict[str, Callable[[str], dict[str, object]]] = {
    "8x8": lambda token: {
        "namespace": "SMS",
        "eventType": "outbound_message_status_changed",
        "payload": {
            "umid": token,
            "subAccountId": "SubAccount-1",
            "destination": "+6581968289",
            "status": {"state": "delivered", "detail": "delivered_to_recipient", "timestamp": "2026-01-01T00:00:00Z"},
        },
    },
    "sinch": lambda token: {
        "type": "recipient_delivery_report_sms",
        "batch_id": token,
        "recipient": "16051234567",
        "code": 0,
        "status": "Delivered",
        "at": "2026-01-01T00:00:00Z",
    },
}


@dataclass(frozen=True)
class Pace:
    """How the providers go about it: waits so many times faster, so many deliveries at a time, posts at a time."""

    faster: float
    deliveries: int = 48
    posts: int = 4  # the engine starts a process for each
    timeout: float = 20.0  # for an answer, in seconds: on a busy machine the engine starts functions slowly, not we


class Traffic:
    """Plays every delivery of every message by its provider's schedule."""

    def __init__(self, sent: list[Message], seed: int, pace: Pace) -> None:
        self.messages = sent
        self.deliveries: dict[str, list[Delivery]] = {message.token: [] for message in sent}
        self._pace = pace
        self._queue = list(_in_order(sent, random.Random(f"{seed}/order")))
        self._posting = threading.BoundedSemaphore(pace.posts)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)  # a stale connection loses no post
        self._client = httpx.Client(trust_env=False, limits=limits)

    @property
    def planned(self) -> int:
        """How many deliveries there are to be."""
        return len(self._queue)

    @property
    def ended(self) -> int:
        """How many deliveries have ended, one way or the other."""
        return sum(map(len, self.deliveries.values()))

    def play(self) -> None:
        """Returns when each delivery has ended."""
        with ThreadPoolExecutor(self._pace.deliveries) as pool, self._client:
            try:
                list(pool.map(self._deliver, self._queue))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _deliver(self, message: Message) -> None:
        patience = replace(PROVIDERS[message.provider].patience, timeout=self._pace.timeout)
        delivery = deliver(message.request, patience, self._post, faster=self._pace.faster)
        self.deliveries[message.token].append(delivery)

    def _post(self, request: Request, timeout: float) -> httpx.Response:
        with self._posting:
            return post(self._client, request, timeout)


def _in_order(sent: list[Message], chance: random.Random) -> Iterator[Message]:
    """Gives each message as often as it is posted: those of one id at once, and some of the repetitions much later."""
    later: list[tuple[int, Message]] = []
    for position, message in enumerate(sent):
        yield from (each for due, each in later if due == position)
        yield message
        for _ in range(message.posts - 1):
            if chance.random() < 0.5:
                yield message
            else:
                later.append((position + chance.randint(1, 200), message))
    yield from (each for due, each in later if due >= len(sent))
