"""What there is to know about a provider, from its side, besides what it posts."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.simulator.patience import Patience


@dataclass(frozen=True)
class Provider:
    """A provider: what it signs in by, as Parameter Store holds it, and how it delivers."""

    name: str
    kind: str
    secret: Callable[[str], Any]  # gives a password, or whatever it is, as the document of secrets holds it
    in_events: str  # the one in events/: accepted too, so that `sam remote invoke` works on every local stack
    patience: Patience
    fetches_tokens: bool = False  # it offers OAuth 2.0, too


def new_secrets(provider: Provider) -> dict[str, Any]:
    """Agrees on new random secrets: gives the document that Parameter Store is to hold, and that it signs by."""
    new, known = provider.secret(secrets.token_urlsafe(24)), provider.secret(provider.in_events)
    document: dict[str, Any] = {provider.kind: [new, known]}
    if provider.fetches_tokens:
        client = {"client_id": f"{provider.name}-local", "client_secret": secrets.token_urlsafe(24)}
        document["oauth2"] = {"clients": [client], "signing_keys": [secrets.token_urlsafe(32)]}
    return document
