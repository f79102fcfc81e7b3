"""Signs requests as a provider does that has been told the secrets of a parameter."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.simulator.credentials import secret_behind
from gateway.simulator.post import Post, below
from gateway.simulator.sender import SIGNATURES, Sender

_IN_URL = "{secret}"  # where a URL says by itself where its secret stands
_IN_TURN = {"path_secret": 0, **dict.fromkeys(SIGNATURES, 2)}  # a signature may cover the URL and the other headers


@dataclass(frozen=True)
class OAuth2Client:
    """What a provider presents to our token endpoint."""

    client_id: str
    client_secret: str


Fetch = Callable[[OAuth2Client], str]  # fetches an access token


def signed(post: Post, sender: Sender, document: Mapping[str, Any], fetch: Fetch) -> Post:
    """Return the request signed by the newest secrets of a document.

    By what the document requires, else by the provider's usual kind of those that the document holds. `fetch` is asked
    where that is OAuth 2.0. Without any secret, requests are not signed.
    """
    for kind in sorted(kinds_used(sender, document), key=lambda kind: _IN_TURN.get(kind, 1)):
        post = _with(kind, post, sender, document, fetch)
    return post


def kinds_used(sender: Sender, document: Mapping[str, Any]) -> list[str]:
    """Return the kinds of secrets that a provider signs its requests by; `header:<name>` is the header of this name."""
    if required := document.get("require"):
        return [kind.strip().lower() for kind in required[0].split("+")]
    return [kind for kind in sender.secrets if document.get(kind)][:1]


def _with(kind: str, post: Post, sender: Sender, document: Mapping[str, Any], fetch: Fetch) -> Post:
    match kind:
        case "basic":
            known = document["basic"][0]
            credentials = base64.b64encode(f"{known['username']}:{known['password']}".encode()).decode()
            return post.with_header("Authorization", f"Basic {credentials}")
        case "authorization":
            return post.with_header("Authorization", document["authorization"][0])
        case _ if kind.partition(":")[0] == "header":
            wanted = kind.partition(":")[2]  # none: the first
            header = next(each for each in document["header"] if wanted in {"", each["name"].lower()})
            return post.with_header(header["name"], header["value"])
        case "oauth2":
            return post.with_header(
                "Authorization", f"Bearer {fetch(OAuth2Client(**document['oauth2']['clients'][0]))}"
            )
        case "path_secret":
            return post.with_url(with_secret(post.url, document["path_secret"][0]))
        case _:
            return _by_its_own(kind, post, sender, document)


def _by_its_own(kind: str, post: Post, sender: Sender, document: Mapping[str, Any]) -> Post:
    """Sign as only this provider does."""
    if (pairs := sender.key_pairs) and kind == pairs.kind:
        return pairs.sign(post, secret_behind(document, sender, pairs))
    if kind == "hmac" and sender.sign:
        return sender.sign(post, document[kind][0])
    raise ValueError(f"{sender.name} has no signature of its own by {kind}")


def with_secret(url: str, secret: str) -> str:
    """Return the URL with the secret where it says so, else as the last part of its path."""
    return url.replace(_IN_URL, secret) if _IN_URL in url else below(url, secret)
