"""Sends as a provider does, also what no provider should; tells how the provider reads the answer, and what became of
it.
"""

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from gateway.console.board import Board
from gateway.console.outcome import what_became
from gateway.errors import GatewayError, WrongField
from gateway.operations.installation import Installation
from gateway.operations.secrets_store import SecretsStore
from gateway.operations.sending import Signer, callback_of, sender_of, torn
from gateway.simulator import Attempt, Callback, Post, Retries, Verdict, broken, deliver, new_client, send, senders

_NUMBER = re.compile(r"\+?[0-9]{3,15}")  # E.164 has 15 digits at most; short codes have three at least
_NAME = re.compile(r"(?=.*[A-Za-z])[ -~]{1,11}")  # what networks take as the name of a sender
_LABELS = {"sender": "From", "recipient": "To", "text": "Text"}
_REMEMBERED = 1_000


class Kind(Enum):
    """In what state it is sent."""

    NEW = "new"
    DUPLICATE = "duplicate"
    BROKEN = "broken"
    FORGED = "forged"


@dataclass(frozen=True)
class Wish:
    """What is to be sent. What is None stays as the provider's documentation has it; a duplicate has nothing of it."""

    provider: str
    kind: Kind
    event: str = "message"
    sender: str | None = None
    recipient: str | None = None
    text: str | None = None
    parts: int = 1


@dataclass(frozen=True)
class Unsigned:
    """A request before it is signed, by right secrets or by wrong ones."""

    post: Post
    wrong: bool = False

    @property
    def text(self) -> str:
        """What it carries: its body, or by GET the query."""
        return (self.post.body or urlsplit(self.post.url).query.encode()).decode("utf-8", "backslashreplace")


class Sender:
    """Acts as each provider of a local stack. Remembers what it sent, to send it again.

    As a stack in AWS nothing is sent: its providers' secrets stay where they are.
    """

    def __init__(self, installation: Installation, board: Board) -> None:
        self._installation = installation
        self._board = board
        self.providers = [name for name in senders() if installation.local and name in installation.local.webhooks]
        self._last: dict[str, tuple[str, list[Unsigned]]] = {}
        self._remembered: OrderedDict[str, Unsigned] = OrderedDict()  # by the ids of requests
        self._lock = threading.Lock()
        self._send = partial(send, new_client())

    def offers(self) -> list[dict[str, Any]]:
        """Return what can be sent: each provider's events, with what stands in their fields if nobody fills them in.
        A field that an event doesn't have is None; `parts` says whether its text can be torn.
        """
        return [
            {
                "name": name,
                "events": [
                    {"name": event, "parts": callback.part is not None}
                    | {field: callback.documented_in(field) for field in _LABELS}
                    for event, callback in sender_of(name).callbacks.items()
                ],
            }
            for name in self.providers
        ]

    def send(self, wish: Wish) -> dict[str, Any]:
        """Make one attempt at a delivery; raise GatewayError where there is nothing to send or nobody to send it,
        WrongField for what no provider would send.
        """
        self.require(wish.provider)
        with self._lock:
            event, requests = self._last.get(wish.provider, ("", []))
        if wish.kind is not Kind.DUPLICATE:
            event, requests = wish.event, self._new(wish)
        elif not requests:
            raise GatewayError("Send something first: there is nothing to repeat yet")
        sent = self.post(wish.provider, requests)
        if wish.kind is Kind.NEW:
            with self._lock:
                self._last[wish.provider] = event, requests
        return {"provider": wish.provider, "kind": wish.kind.value, "event": event} | sent

    def require(self, provider: str) -> None:
        """Raise GatewayError where nothing can be sent as a provider."""
        if provider not in self.providers:
            raise GatewayError(f"Nothing can be sent as {provider} here")

    def post(self, provider: str, requests: list[Unsigned]) -> dict[str, Any]:
        """Send requests, each once, and return how the provider reads the answer, and what became of them."""
        began, retries = datetime.now(UTC), sender_of(provider).retries
        once = replace(retries, waits=())
        signed = [self.signed(provider, each) for each in requests]
        attempts = [deliver(each, once, self._send).attempts[0] for each in signed]
        with self._lock:
            for request, attempt in zip(requests, attempts, strict=True):
                self._remembered[attempt.request_id or ""] = request
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        for attempt in attempts:
            self._board.answered(attempt.seconds)
        shown = next((it for it in attempts if it.verdict is not Verdict.DELIVERED), attempts[-1])
        return {
            "content_type": requests[0].post.headers.get("Content-Type", requests[0].post.method),
            "sent": requests[0].text,
            "requests": len(requests),
            "status": shown.status,
            "answer": shown.body.decode("utf-8", "backslashreplace"),
            "error": shown.error,
            "milliseconds": shown.seconds * 1_000,
            "verdict": shown.verdict.value,
            "reading": reading_of(shown, retries),
            "became": what_became(self._installation, self._board, provider, attempts, began),
        }

    def signed(self, provider: str, request: Unsigned) -> Post:
        """Return a request signed now; raise GatewayError where only the provider itself can."""
        secrets = SecretsStore(self._installation, provider).secrets()
        return Signer(self._installation, provider, secrets, wrong=request.wrong).sign(request.post)

    def remembered(self, request_id: str | None) -> Unsigned | None:
        """Return what was sent from here, by the id of its request."""
        with self._lock:
            return self._remembered.get(request_id or " ")

    def _new(self, wish: Wish) -> list[Unsigned]:
        callback = callback_of(wish.provider, wish.event)
        _require_sendable(wish, callback)
        who = {"sender": wish.sender, "recipient": wish.recipient}
        if wish.parts > 1:
            bodies = callback.parts(torn(wish.text or callback.documented_in("text") or "", wish.parts), 0, **who)
        else:
            bodies = [callback.body(0, **who, text=wish.text)]
        url = self._installation.deployed.webhook_urls[wish.provider]
        spoilt = map(broken, bodies) if wish.kind is Kind.BROKEN else bodies
        return [Unsigned(callback.post(url, body), wrong=wish.kind is Kind.FORGED) for body in spoilt]


def _require_sendable(wish: Wish, callback: Callback) -> None:
    said = {"sender": wish.sender, "recipient": wish.recipient, "text": wish.text}
    for field, label in _LABELS.items():
        if said[field] is not None and callback.documented_in(field) is None:
            raise WrongField(field, f"{label}: {wish.provider}'s {wish.event} has no such field")
    number = "a number (+4512345678, 3 to 15 digits and no spaces)"
    if wish.sender is not None and not _NUMBER.fullmatch(wish.sender) and not _NAME.fullmatch(wish.sender):
        raise WrongField("sender", f"From: {number}, or a name of up to 11 characters")
    if wish.recipient is not None and not _NUMBER.fullmatch(wish.recipient):
        raise WrongField("recipient", f"To: {number}")
    if wish.parts > 1 and (wish.kind is not Kind.NEW or callback.part is None):
        raise WrongField("parts", f"Parts: {wish.provider}'s {wish.event} is not sent in parts this way")


def reading_of(attempt: Attempt, retries: Retries) -> str:
    """Tell in a sentence what the provider does next."""
    match attempt.verdict:
        case Verdict.DELIVERED:
            return "It will not send this again."
        case Verdict.GIVEN_UP:
            return "It will never send this again."
        case Verdict.AGAIN:
            first = ", ".join(_duration(wait) for wait in retries.waits[:3])
            times, span = len(retries.waits), _duration(sum(retries.waits))
            return f"It will try again {times} times within {span}: after {first} …"


def _duration(seconds: float) -> str:
    for size, unit in ((3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
