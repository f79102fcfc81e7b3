"""What there is to know about a provider, from its side."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from gateway.simulate.agreement import Agreement, OAuth2Client
from gateway.simulate.delivery import Request
from gateway.simulate.patience import Patience

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Provider:
    """A provider: its documented inbound SMS, what makes the next message another one, how it delivers."""

    name: str
    content_type: str
    write: Callable[[Message], str]
    documented: Message
    another: Callable[[], Message]
    say: Callable[[Message, str], Message]  # gives the message with another text
    agree: Callable[[str], Agreement]
    in_events: str  # the credential in events/: accepted too, so that `sam remote invoke` works on every local stack
    patience: Patience
    fetches_tokens: bool = False  # it offers OAuth 2.0, too

    def new_message(self, text: str | None = None) -> Message:
        """Gives the documented message as one that was never sent before, with its own text or another."""
        message = {**self.documented, **self.another()}
        return message if text is None else self.say(message, text)

    def request(self, message: Message, url: str, headers: Mapping[str, str]) -> Request:
        """Gives the request that carries a message; `headers` are those of the agreement, and what leads it there."""
        return Request(url, {**headers, "Content-Type": self.content_type}, self.write(message).encode())


def new_agreement(provider: Provider) -> tuple[Agreement, str]:
    """Agrees on a new random secret; gives it, and the document that Parameter Store is to hold."""
    agreement = provider.agree(secrets.token_urlsafe(24))
    document: dict[str, Any] = {agreement.kind: [agreement.secret, provider.agree(provider.in_events).secret]}
    if provider.fetches_tokens:
        client = OAuth2Client(f"{provider.name}-local", secrets.token_urlsafe(24))
        agreement = replace(agreement, client=client)
        document["oauth2"] = {"clients": [asdict(client)], "signing_keys": [secrets.token_urlsafe(32)]}
    return agreement, json.dumps(document)
