"""Sends as a provider does, also what no provider should; tells how the provider reads the answer."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from gateway.errors import GatewayError
from gateway.simulate import PROVIDERS, Attempt, Patience, Request, Verdict, broken, deliver, forged
from gateway.stack import Webhook


class Kind(Enum):
    """What can be sent."""

    MESSAGE = "message"
    DUPLICATE = "duplicate"
    BROKEN = "broken"
    FORGED = "forged"


@dataclass(frozen=True)
class Sent:
    """A request, and what its provider makes of the answer. Secrets are not part of it."""

    provider: str
    kind: Kind
    content_type: str
    sent: str
    attempt: Attempt
    reading: str

    def document(self) -> dict[str, Any]:
        """Gives it for the page."""
        attempt = self.attempt
        return {
            "provider": self.provider,
            "kind": self.kind.value,
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
    """Acts as each provider of a local stack. Remembers each provider's last message, to send it again."""

    def __init__(self, webhooks: Mapping[str, Webhook]) -> None:
        self._webhooks = webhooks
        self._last: dict[str, Request] = {}
        self._lock = threading.Lock()

    def send(self, provider: str, kind: Kind, text: str | None) -> Sent:
        """Makes one attempt at a delivery; raises GatewayError where there is nothing to send or nobody to send it."""
        if provider not in self._webhooks:
            raise GatewayError(f"Nothing can be sent as {provider} here")
        request = self._request(provider, kind, text)
        patience = PROVIDERS[provider].patience
        [attempt] = deliver(request, replace(patience, waits=())).attempts
        sent = request.body.decode("utf-8", "backslashreplace")
        reading = reading_of(attempt, patience)
        return Sent(provider, kind, PROVIDERS[provider].content_type, sent, attempt, reading)

    def _request(self, provider: str, kind: Kind, text: str | None) -> Request:
        if kind is Kind.DUPLICATE:
            with self._lock:
                last = self._last.get(provider)
            if last is None:
                raise GatewayError("Send a message first: a duplicate is the same once more")
            return last
        simulated, webhook = PROVIDERS[provider], self._webhooks[provider]
        request = simulated.request(simulated.new_message(text or None), webhook.url, webhook.headers)
        if kind is Kind.BROKEN:
            return broken(request)
        if kind is Kind.FORGED:
            return forged(request)
        with self._lock:
            self._last[provider] = request
        return request


def reading_of(attempt: Attempt, patience: Patience) -> str:
    """Tells in a sentence what the provider does next."""
    match attempt.verdict:
        case Verdict.DELIVERED:
            return "It will not send this again."
        case Verdict.GIVEN_UP:
            return "It will never send this again."
        case Verdict.AGAIN:
            first = ", ".join(_duration(wait) for wait in patience.waits[:3])
            times, span = len(patience.waits), _duration(sum(patience.waits))
            return f"It will try again {times} times within {span}: after {first} …"


def _duration(seconds: float) -> str:
    for size, unit in ((3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
