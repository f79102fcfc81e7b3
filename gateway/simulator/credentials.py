"""Documents of secrets as Parameter Store holds them: what a provider and its webhook agree upon."""

import secrets
from collections.abc import Mapping
from typing import Any

from gateway.errors import GatewayError
from gateway.simulator.sender import KeyPairs, Sender

Document = Mapping[str, Any]

KEPT_BY_PROVIDER = ("public_key", "sns_topic")  # kinds whose secret part nobody but the provider knows, nor can make up
HEADER = "x-inbound-sms-token"  # the usual name of a custom header


def credential(kind: str, value: str, name: str) -> Any:
    """Return a secret as the lists of a document hold it; `name` is the user's, the client's or the header's."""
    match kind:
        case "basic":
            return {"username": name, "password": value}
        case "header":
            return {"name": name, "value": value}
        case "oauth2":
            return {"client_id": name, "client_secret": value}
        case _:
            return value


def local_secret(sender: Sender) -> str:
    """Return the secret in events/. Every local stack accepts it too, so that `sam remote invoke` works there."""
    return f"local-only-{sender.name}-secret"


def local_document(sender: Sender, kind: str | None = None) -> dict[str, Any]:
    """Return the document that holds only the secret in events/, of the provider's usual kind or of another."""
    return document_of(sender, kind or sender.secrets[0], [local_secret(sender)])


def new_secrets(sender: Sender) -> dict[str, Any]:
    """Agree on new random secrets: return the document that Parameter Store is to hold.

    Of a key pair, only that of events/: whoever sends could not tell the private key from the public one.
    """
    random = [secrets.token_hex(24)] if sender.secrets[0] not in KEPT_BY_PROVIDER else []
    document = document_of(sender, sender.secrets[0], [*random, local_secret(sender)])
    if "oauth2" in sender.secrets and "oauth2" not in document:
        document |= document_of(sender, "oauth2", [secrets.token_urlsafe(24)])
    return document


def with_wrong_secrets(document: Document, sender: Sender) -> dict[str, Any]:
    """Return the document with other secrets than those that were agreed on: the same length, the same shape."""
    other = {
        name: _other(value) if name not in {"require", "source_ips"} else value for name, value in document.items()
    }
    pairs = sender.key_pairs
    return other | (
        document_of(sender, pairs.kind, [_wrong_secret(sender)]) if pairs and pairs.kind in document else {}
    )


def secret_behind(document: Document, sender: Sender, pairs: KeyPairs) -> str:
    """Return the secret that one of a document's key pairs is made of: that of events/, or a wrong one.

    Raises GatewayError where all of them are the provider's.
    """
    known = {pairs.public(secret): secret for secret in (local_secret(sender), _wrong_secret(sender))}
    for key in document[pairs.kind]:
        if key in known:
            return known[key]
    raise GatewayError(f"Only {sender.title} itself can sign by the private keys to the {pairs.kind} in its parameter")


def _wrong_secret(sender: Sender) -> str:
    return local_secret(sender)[::-1]


def document_of(sender: Sender, kind: str, values: list[str]) -> dict[str, Any]:
    """Return the document that holds these secrets of a kind."""
    if (pairs := sender.key_pairs) and kind == pairs.kind:
        return {kind: [pairs.public(value) for value in values], **pairs.beside()}
    held = [
        credential(kind, sender.authorization.format(secret=value) if kind == "authorization" else value, name)
        for value in values
        for name in ({"header": HEADER, "oauth2": f"{sender.user}-local"}.get(kind, sender.user),)
    ]
    return {kind: {"clients": held, "signing_keys": [secrets.token_urlsafe(32)]} if kind == "oauth2" else held}


def _other(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: each if name in {"username", "name", "client_id"} else _other(each) for name, each in value.items()
        }
    if isinstance(value, list):
        return [_other(each) for each in value]
    return secrets.token_hex(len(value))[: max(len(value), 16)] if isinstance(value, str) else value
