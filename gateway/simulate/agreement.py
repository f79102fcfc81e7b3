"""How a provider signs in: what its portal and our Parameter Store both hold."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OAuth2Client:
    """What a provider presents to our token endpoint."""

    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Agreement:
    """What a provider's portal and our Parameter Store both hold: `kind` and `secret` as stored, the rest as sent."""

    kind: str
    secret: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    path_secret: str = ""
    client: OAuth2Client | None = None


def basic(password: str) -> Agreement:
    """HTTP Basic."""
    username = "sinch"
    credentials = base64.b64encode(f"{username}:{password}".encode()).decode()
    return Agreement(
        "basic", {"username": username, "password": password}, headers={"Authorization": f"Basic {credentials}"}
    )


def authorization(token: str) -> Agreement:
    """A static value of the `Authorization` header."""
    value = f"Bearer {token}"
    return Agreement("authorization", value, headers={"Authorization": value})


def path_secret(secret: str) -> Agreement:
    """A secret that is the last part of the URL's path."""
    return Agreement("path_secret", secret, path_secret=secret)
