"""Signs requests as a provider does it that has been told the secrets of a parameter."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OAuth2Client:
    """What a provider presents to our token endpoint."""

    client_id: str
    client_secret: str


Fetch = Callable[[OAuth2Client], str]  # gives an access token
_ORDER = ("basic", "authorization", "header", "path_secret", "hmac", "oauth2")


@dataclass(frozen=True)
class Signing:
    """What a provider adds to a request: headers, a part of the path, a signature over the body."""

    headers: Mapping[str, str] = field(default_factory=dict)
    path_secret: str = ""
    hmac_secret: str | None = None

    def url(self, url: str) -> str:
        """Give the URL that is posted to."""
        return f"{url}/{self.path_secret}" if self.path_secret else url

    def of(self, body: bytes) -> dict[str, str]:
        """Gives all headers for a body, signed now."""
        return {**self.headers, **({} if self.hmac_secret is None else sinch_signature(self.hmac_secret, body))}


def sinch_signature(secret: str, body: bytes) -> dict[str, str]:
    """Gives Sinch's signature: https://developers.sinch.com/docs/conversation/callbacks (Validating Callbacks)."""
    nonce, timestamp = secrets.token_hex(13).upper(), str(int(time.time()))
    digest = hmac.digest(secret.encode(), b".".join((body, nonce.encode(), timestamp.encode())), hashlib.sha256)
    return {
        "x-sinch-webhook-signature": base64.b64encode(digest).decode(),
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": timestamp,
    }


def signing_by(document: Mapping[str, Any], fetch: Fetch) -> Signing:
    """Gives how requests are signed by the newest secrets of a document, in the first of the ways that it takes.

    `fetch` is asked where that is OAuth 2.0. Without any secret, requests are not signed.
    """
    required = document.get("require") or []
    held = [kind for kind in _ORDER if document.get(kind)]
    kinds = [kind.strip() for kind in required[0].split("+")] if required else held[:1]
    headers: dict[str, str] = {}
    for kind in kinds:
        headers |= _headers(kind, document, fetch)
    return Signing(
        headers,
        document["path_secret"][0] if "path_secret" in kinds else "",
        document["hmac"][0] if "hmac" in kinds else None,
    )


def with_wrong_secrets(document: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the document with other secrets than those that were agreed on: the same length, the same shape."""
    return {name: _other(value) if name not in {"require", "source_ips"} else value for name, value in document.items()}


def _headers(kind: str, document: Mapping[str, Any], fetch: Fetch) -> dict[str, str]:
    match kind:
        case "basic":
            known = document["basic"][0]
            credentials = base64.b64encode(f"{known['username']}:{known['password']}".encode()).decode()
            return {"Authorization": f"Basic {credentials}"}
        case "authorization":
            return {"Authorization": document["authorization"][0]}
        case "header":
            return {document["header"][0]["name"]: document["header"][0]["value"]}
        case "oauth2":
            return {"Authorization": f"Bearer {fetch(OAuth2Client(**document['oauth2']['clients'][0]))}"}
        case _:
            return {}


def _other(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: each if name in {"username", "name", "client_id"} else _other(each) for name, each in value.items()
        }
    if isinstance(value, list):
        return [_other(each) for each in value]
    return secrets.token_hex(len(value))[: max(len(value), 16)] if isinstance(value, str) else value
