"""Sends as a provider does, also what no provider should; tells how the provider reads the answer."""

import re
import threading
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from gateway.errors import GatewayError, WrongField
from gateway.operations.installation import Installation
from gateway.operations.secrets_store import SecretsStore
from gateway.operations.sending import Signer, callback_of, sender_of
from gateway.simulator import (
    Attempt,
    Callback,
    Post,
    Retries,
    Verdict,
    broken,
    deliver,
    new_client,
    send,
    senders,
)

_NUMBER = re.compile(r"\+?[0-9]{3,15}")  # E.164 has 15 digits at most; short codes have three at least
_NAME = re.compile(r"(?=.*[A-Za-z])[ -~]{1,11}")  # what networks take as the name of a sender
_LABELS = {"sender": "From", "recipient": "To", "text": "Text"}


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


@dataclass(frozen=True)
class Sent:
    """A request, and what its provider makes of the answer. Secrets are not part of it."""

    provider: str
    kind: Kind
    event: str
    content_type: str
    sent: str
    attempt: Attempt
    reading: str

    def document(self) -> dict[str, Any]:
        """Return it for the page."""
        attempt = self.attempt
        return {
            "provider": self.provider,
            "kind": self.kind.value,
            "event": self.event,
            "content_type": self.content_type,
            "sent": self.sent,
            "status": attempt.status,
            "answer": attempt.body.decode("utf-8", "backslashreplace"),
            "error": attempt.error,
            "milliseconds": attempt.seconds * 1_000,
            "verdict": attempt.verdict.value,
            "reading": self.reading,
        }


class Sender:
    """Acts as each provider of a local stack. Remembers each provider's last request, to send it again.

    As a stack in AWS nothing is sent: its providers' secrets stay where they are.
    """

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._providers = [name for name in senders() if installation.local and name in installation.local.webhooks]
        self._last: dict[str, tuple[str, Post]] = {}
        self._lock = threading.Lock()
        self._send = partial(send, new_client())

    def offers(self) -> list[dict[str, Any]]:
        """Return what can be sent: each provider's events, with what stands in their fields if nobody fills them in.
        A field that an event doesn't have is None.
        """
        return [
            {
                "name": name,
                "events": [
                    {"name": event} | {field: callback.documented_in(field) for field in _LABELS}
                    for event, callback in sender_of(name).callbacks.items()
                ],
            }
            for name in self._providers
        ]

    def send(self, wish: Wish) -> Sent:
        """Make one attempt at a delivery; raises GatewayError where there is nothing to send or nobody to send it,
        WrongField for what no provider would send.
        """
        provider = wish.provider
        if provider not in self._providers:
            raise GatewayError(f"Nothing can be sent as {provider} here")
        event, request = self._request(wish)
        retries = sender_of(provider).retries
        [attempt] = deliver(request, replace(retries, waits=()), self._send).attempts
        sent = (request.body or urlsplit(request.url).query.encode()).decode("utf-8", "backslashreplace")
        content_type = request.headers.get("Content-Type", request.method)
        return Sent(provider, wish.kind, event, content_type, sent, attempt, reading_of(attempt, retries))

    def _request(self, wish: Wish) -> tuple[str, Post]:
        if wish.kind is Kind.DUPLICATE:
            with self._lock:
                last = self._last.get(wish.provider)
            if last is None:
                raise GatewayError("Send something first: a duplicate is the same once more")
            return last
        request = self._new_request(wish)
        if wish.kind is Kind.NEW:
            with self._lock:
                self._last[wish.provider] = wish.event, request
        return wish.event, request

    def _new_request(self, wish: Wish) -> Post:
        callback = callback_of(wish.provider, wish.event)
        _require_sendable(wish, callback)
        body = callback.body(sender=wish.sender, recipient=wish.recipient, text=wish.text)
        secrets = SecretsStore(self._installation, wish.provider).secrets()
        signer = Signer(self._installation, wish.provider, secrets, wrong=wish.kind is Kind.FORGED)
        return signer.signed(callback, broken(body) if wish.kind is Kind.BROKEN else body)


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
