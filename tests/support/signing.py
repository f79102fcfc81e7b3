"""Parameters of secrets, requests signed by them, and what must be refused; nothing here belongs to any provider."""

import base64
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import jwt

from gateway.simulator.credentials import HEADER, credential, document_of
from gateway.simulator.post import Post
from gateway.simulator.sender import SIGNATURES, Sender
from gateway.simulator.signing import signed

CLIENT_ID = "client-1"
SECRET = "the-secret-of-more-than-32-characters"


@dataclass(frozen=True)
class Signing:
    """What there is to know about a kind of secret, whoever uses it.

    `identity` is what the event says of how its sender proved itself; `malformed` makes requests of one that is signed
    rightly, each of which must be refused; `challenge` is what a refusal asks for.
    """

    identity: Callable[[Sender], str]
    malformed: Callable[[Post, Sender, str], Iterable[Post]]
    challenge: str | None = None


def parameter(sender: Sender, kind: str, secrets: list[str]) -> dict[str, Any]:
    """Return a parameter that holds these secrets of a kind: at least 32 letters, digits and hyphens each."""
    if kind == "oauth2":
        return {"oauth2": {"clients": [credential(kind, "client-secret", CLIENT_ID)], "signing_keys": secrets}}
    return document_of(sender, kind, secrets)


def sign(post: Post, sender: Sender, kind: str, secret: str) -> Post:
    """Return the request as the provider signs it that has a secret of this kind; a token, by a key of ours."""
    if (pairs := sender.key_pairs) and kind == pairs.kind:
        return pairs.sign(post, secret)
    return signed(post, sender, parameter(sender, kind, [secret]), lambda _client: token(secret, sender.name))


def signable(sender: Sender) -> set[str]:
    """Return the kinds by which a request can be signed as this provider's, whether it offers them or not."""
    own = {"hmac": sender.sign, sender.key_pairs.kind if sender.key_pairs else "": True}
    return {kind for kind in SIGNINGS if kind not in SIGNATURES or own.get(kind)}


def basic(username: str, password: str) -> str:
    """Return the value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def token(key: str, provider: str, *, algorithm: str = "HS256", without: str = "", **claims: Any) -> str:
    """Return a token like those that our endpoint issues, but for what is said."""
    now = int(time.time())
    whole = {"iss": "inbound-sms", "aud": provider, "sub": CLIENT_ID, "iat": now, "exp": now + 900} | claims
    return jwt.encode({name: value for name, value in whole.items() if name != without}, key, algorithm=algorithm)


def _with_values(post: Post, name: str, values: Iterable[str]) -> list[Post]:
    return [post.with_header(name, value) for value in values]


def _malformed_basic(post: Post, sender: Sender, secret: str) -> list[Post]:
    encoded = post.headers["Authorization"].removeprefix("Basic ")
    return _with_values(post, "Authorization", (
        "Basic", "Basic ", "Basic =", f"Basic {sender.user}:{secret}", f"Basic{encoded}", f"Basic {encoded}!",
        f"Basic {encoded[:-1]}", f"Basic {encoded} {encoded}", f"Basic {encoded},Basic {encoded}", encoded,
    ))  # fmt: skip


def _malformed_authorization(post: Post, _sender: Sender, _secret: str) -> list[Post]:
    right = post.headers["Authorization"]
    values = {
        right.partition(" ")[0], right.partition(" ")[2], right.replace(" ", ""), right.replace(" ", "  "),
        right.upper(), right.lower(), f'"{right}"', f"{right},{right}", right[:-1], f"{right}.",
    }  # fmt: skip
    return _with_values(post, "Authorization", sorted(values - {right}))


def _malformed_header(post: Post, _sender: Sender, secret: str) -> list[Post]:
    without = replace(post, headers={name: value for name, value in post.headers.items() if name != HEADER})
    return [
        *_with_values(post, HEADER, (f'"{secret}"', f"{secret},{secret}", secret.upper(), secret[1:])),
        *(without.with_header(name, secret) for name in (HEADER.replace("-", "_"), f"{HEADER}-2")),
    ]


def _malformed_signature(post: Post, sender: Sender, _secret: str) -> list[Post]:
    """Without each header that holds part of the signature, with something else in it, and of another body."""
    other = replace(post, body=post.body + b" ") if post.method == "POST" else post.with_url(post.url + "&more=1")
    own = [name for name in post.headers if name.lower() != "content-type"]
    return [
        *(replace(post, headers={n: value for n, value in post.headers.items() if n != name}) for name in own),
        *(post.with_header(name, "?") for name in own),
        *([other] if sender.signs_content else []),
    ]


def _malformed_sns(post: Post, _sender: Sender, _secret: str) -> list[Post]:
    """Without each field that SNS signs, or with something else in it: the signature stands beside them."""
    sent = json.loads(post.body)
    others = [
        *({name: value for name, value in sent.items() if name != left_out} for left_out in sent),
        *({**sent, name: sent[name] + "x"} for name in sent),
    ]
    unsigned = ("UnsubscribeURL",)
    return [
        replace(post, body=json.dumps(each).encode())
        for each in others
        if {**sent, **dict.fromkeys(unsigned)} != {**each, **dict.fromkeys(unsigned)}
    ]


def _malformed_oauth2(post: Post, _sender: Sender, secret: str) -> list[Post]:
    return _with_values(post, "Authorization", (
        "Bearer", "Bearer ", "Bearer ..", "Bearer a.b.c", f"Bearer {secret}", "Bearer client-secret",
        "Bearer " + token(secret, "another provider"), "Bearer e30.e30.e30", "Bearer " + "." * 1_000,
    ))  # fmt: skip


def _malformed_path(post: Post, _sender: Sender, secret: str) -> list[Post]:
    right = f"/{secret}"
    return [post.with_url(post.url.replace(right, f"/{wrong}")) for wrong in (
        "", secret[:-1], f"{secret}.", f" {secret}", "%00",
    )]  # fmt: skip


SIGNINGS: dict[str, Signing] = {
    "basic": Signing(
        identity=lambda sender: f"basic:{sender.user}",
        malformed=_malformed_basic,
        challenge='Basic realm="inbound-sms", charset="UTF-8"',
    ),
    "authorization": Signing(identity=lambda _: "authorization", malformed=_malformed_authorization),
    "header": Signing(identity=lambda _: f"header:{HEADER}", malformed=_malformed_header),
    "hmac": Signing(identity=lambda _: "hmac", malformed=_malformed_signature),
    "oauth2": Signing(
        identity=lambda _: f"oauth2:{CLIENT_ID}",
        malformed=_malformed_oauth2,
        challenge='Bearer realm="inbound-sms"',
    ),
    "path_secret": Signing(identity=lambda _: "path_secret", malformed=_malformed_path),
    "sns_topic": Signing(identity=lambda _: "sns_topic", malformed=_malformed_sns),
    "public_key": Signing(identity=lambda _: "public_key", malformed=_malformed_signature),
}
