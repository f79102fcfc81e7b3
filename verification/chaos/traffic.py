"""What the providers send: new messages, the same ones again, broken ones, several under one id, delivery reports."""

import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum

import httpx

from gateway.operations.stack import Stack
from gateway.simulator import Delivery, Post, deliver, send, senders


class Kind(Enum):
    NEW = "new"
    REPEATED = "repeated"
    CONFLICT = "conflicting"
    REPORT = "reports"
    BROKEN = "broken"
    TORN = "torn"


@dataclass(frozen=True)
class Message:
    """A message; its token is in the body and nowhere else, and in its text where it has one. `group`: those that came
    under the same id, as it has.
    """

    token: str
    group: str
    provider: str
    kind: Kind
    request: Post
    posts: int = 1
    text: str = ""


_SAYS = " says: 1 + 1 = 2 & gr\u00fc\u00dfe \N{WAVING HAND SIGN}"
_WEIGHTS = {Kind.NEW: 60, Kind.REPEATED: 20, Kind.CONFLICT: 6, Kind.REPORT: 7, Kind.BROKEN: 7, Kind.TORN: 10}


def messages(count: int, seed: int, stack: Stack, *, torn: bool = True) -> list[Message]:
    """Make so many messages, or one or two more; some of them torn, where a provider hands over parts."""
    known = {name: senders()[name] for name in stack.webhooks}
    among = {  # where messages have no id, another text is another message
        Kind.CONFLICT: [name for name, sender in known.items() if sender.message.has_id],
        Kind.TORN: [name for name, sender in known.items() if torn and sender.message.part],
        Kind.REPORT: [name for name, sender in known.items() if "report" in sender.callbacks],
    }
    weights = {kind: weight for kind, weight in _WEIGHTS.items() if among.get(kind, known)}
    chance = random.Random(f"{seed}/messages")
    made: list[Message] = []
    while len(made) < count:
        [kind] = chance.choices(list(weights), list(weights.values()))
        provider = chance.choice(among.get(kind) or list(known))
        made += _made(kind, provider, stack, seed % 10 * 100_000 + len(made), chance)
    return made


def _made(kind: Kind, provider: str, stack: Stack, number: int, chance: random.Random) -> Iterator[Message]:
    tokens = [f"chaos-{number + i:06}" for i in range(chance.randint(2, 3) if kind is Kind.CONFLICT else 1)]
    callbacks = senders()[provider].callbacks
    if kind is Kind.TORN:
        yield from _torn(provider, stack, number, chance)
        return
    it = callbacks["report" if kind is Kind.REPORT else "message"]
    payload = it.new()
    for token in tokens:
        text = ""
        if kind is Kind.BROKEN:
            body = f'{{"broken": "{token}'.encode()
        elif kind is Kind.REPORT:
            body = it.written(it.identified(payload, token))
        else:
            text = f"{token}{_SAYS}"
            body = it.written(it.filled(payload, text=text))
        posts = chance.randint(2, 4) if kind is Kind.REPEATED else 1
        yield Message(token, tokens[0], provider, kind, stack.post(provider, it, body), posts, text)


def _torn(provider: str, stack: Stack, number: int, chance: random.Random) -> Iterator[Message]:
    """Yield the parts of a text of somebody's own, in any order, some of them twice, and now and then not all."""
    it = senders()[provider].message
    total = chance.randint(2, 4)
    coming = chance.sample(range(total), total - (chance.random() < 0.2))
    tokens = {place: f"chaos-{number + i:06}" for i, place in enumerate(coming)}
    texts = [f"{tokens.get(place, 'lost')}{_SAYS} " for place in range(total)]
    parts = it.parts(texts, sender=f"44770{number:07}")
    for place, token in tokens.items():
        post = stack.post(provider, it, parts[place])
        yield Message(token, token, provider, Kind.TORN, post, chance.choice((1, 1, 1, 2)), texts[place].strip())


_DELIVERIES_AT_ONCE = 48
_POSTS_AT_ONCE = 4  # the engine starts a process for each
_PAUSE_SECONDS = 0.1  # between two posts beside something else that needs the processor
_ANSWER_SECONDS = 20.0  # on a busy machine the engine starts functions slowly, not we


class Traffic:
    """Posts messages by their providers' schedules, and keeps what came of them, by token."""

    def __init__(self, seed: int, faster: float) -> None:
        self.messages: dict[str, Message] = {}
        self.deliveries: dict[str, list[Delivery]] = defaultdict(list)
        self._faster = faster
        self._chance = random.Random(f"{seed}/order")
        self._posting = threading.BoundedSemaphore(_POSTS_AT_ONCE)

    @property
    def believed(self) -> set[str]:
        """The messages that their providers believe delivered."""
        return {token for token, found in self.deliveries.items() if any(each.delivered for each in found)}

    def post(self, messages: list[Message], until: threading.Event | None = None) -> list[Message]:
        """Post each message as often as it says; return them. Slowly where `until` is given, and no more once it is
        set: return those that were posted.
        """
        posted: dict[str, Message] = {}

        def due() -> Iterator[Message]:
            for message in _in_order(messages, self._chance):
                if until and until.wait(_PAUSE_SECONDS):
                    break
                yield message

        def post(message: Message) -> None:
            if not (until and until.is_set()):  # the others may have taken long
                posted[message.token] = message
                self._deliver(client, message)

        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)  # a stale connection loses no post
        with ThreadPoolExecutor(_DELIVERIES_AT_ONCE) as pool, httpx.Client(trust_env=False, limits=limits) as client:
            try:
                list(pool.map(post, due()))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        self.messages |= posted
        return list(posted.values())

    def _deliver(self, client: httpx.Client, message: Message) -> None:
        def attempt(post: Post, timeout: float) -> httpx.Response:
            with self._posting:
                return send(client, post, timeout)

        retries = replace(senders()[message.provider].retries, timeout=_ANSWER_SECONDS)
        self.deliveries[message.token].append(deliver(message.request, retries, attempt, faster=self._faster))


def _in_order(sent: list[Message], chance: random.Random) -> Iterator[Message]:
    """Return each message as often as it is posted: those of one id at once, and some of the repetitions much later."""
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
