"""Parameters of secrets, requests signed by them, and what must be refused; nothing here belongs to any provider."""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jwt

from gateway.simulator.credentials import HEADER, credential, document_of
from gateway.simulator.post import Post
from gateway.simulator.sender import SIGNATURES, Sender
from gateway.simulator.signing import signed

CLIENT_ID = "client-1"
SECRET = "the-secret-of-more-than-32-characters"
KINDS = ("basic", "authorization", "header", "hmac", "oauth2", "path_secret", "sns_topic", "public_key")
CHALLENGES = {  # what a refusal asks for
    "basic": 'Basic realm="inbound-sms", charset="UTF-8"',
    "oauth2": 'Bearer realm="inbound-sms"',
}


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


def identity(sender: Sender, kind: str) -> str:
    """Return what the event says of how its sender proved itself."""
    names = {"basic": sender.user, "header": HEADER, "oauth2": CLIENT_ID}
    return f"{kind}:{names[kind]}" if kind in names else kind


def signable(sender: Sender) -> set[str]:
    """Return the kinds by which a request can be signed as this provider's, whether it offers them or not."""
    own = {"hmac": sender.sign, sender.key_pairs.kind if sender.key_pairs else "": True}
    return {kind for kind in KINDS if kind not in SIGNATURES or own.get(kind)}


def basic(username: str, password: str) -> str:
    """Return the value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def token(key: str, provider: str, *, algorithm: str = "HS256", without: str = "", **claims: Any) -> str:
    """Return a token like those that our endpoint issues, but for what is said."""
    now = int(time.time())
    whole = {"iss": "inbound-sms", "aud": provider, "sub": CLIENT_ID, "iat": now, "exp": now + 900} | claims
    return jwt.encode({name: value for name, value in whole.items() if name != without}, key, algorithm=algorithm)


def malformed(kind: str, post: Post, sender: Sender, secret: str) -> list[Post]:
    """Return requests made of one that is signed rightly by this kind of secret: each of them must be refused."""
    right = post.headers.get("Authorization", "")
    match kind:
        case "basic":
            encoded = right.removeprefix("Basic ")
            wrong = {
                "Basic", "Basic ", "Basic =", f"Basic {sender.user}:{secret}", f"Basic{encoded}", f"Basic {encoded}!",
                f"Basic {encoded[:-1]}", f"Basic {encoded} {encoded}", f"Basic {encoded},Basic {encoded}", encoded,
            }  # fmt: skip
        case "authorization":
            wrong = {
                right.partition(" ")[0], right.partition(" ")[2], right.replace(" ", ""), right.replace(" ", "  "),
                right.upper(), right.lower(), f'"{right}"', f"{right},{right}", right[:-1], f"{right}.",
            }  # fmt: skip
        case "oauth2":
            wrong = {
                "Bearer", "Bearer ", "Bearer ..", "Bearer a.b.c", f"Bearer {secret}", "Bearer client-secret",
                "Bearer " + token(secret, "another provider"), "Bearer e30.e30.e30", "Bearer " + "." * 1_000,
            }  # fmt: skip
        case "header":
            values = (f'"{secret}"', f"{secret},{secret}", secret.upper(), secret[1:])
            elsewhere = (HEADER.replace("-", "_"), f"{HEADER}-2")
            return [
                *(post.with_header(HEADER, value) for value in values),
                *(_without(post, HEADER).with_header(name, secret) for name in elsewhere),
            ]
        case "path_secret":
            parts = ("", secret[:-1], f"{secret}.", f" {secret}", "%00")
            return [post.with_url(post.url.replace(f"/{secret}", f"/{part}")) for part in parts]
        case "sns_topic":
            return list(_malformed_sns(post))
        case _:
            return list(_malformed_signature(post, sender))
    return [post.with_header("Authorization", value) for value in sorted(wrong - {right})]


def _without(post: Post, header: str) -> Post:
    return replace(post, headers={name: value for name, value in post.headers.items() if name != header})


def _malformed_signature(post: Post, sender: Sender) -> Iterator[Post]:
    """Leave out each header that holds part of the signature, or put something else in it; sign another body."""
    for name in [name for name in post.headers if name.lower() != "content-type"]:
        yield _without(post, name)
        yield post.with_header(name, "?")
    if sender.signs_content:
        yield replace(post, body=post.body + b" ") if post.method == "POST" else post.with_url(post.url + "&more=1")


def _malformed_sns(post: Post) -> Iterator[Post]:
    """Leave out each field that SNS signs, or put something else in it: the signature stands beside them."""
    sent = json.loads(post.body)
    for name in sent:
        yield replace(post, body=json.dumps({**sent, name: sent[name] + "x"}).encode())
        del (less := dict(sent))[name]
        yield replace(post, body=json.dumps(less).encode())
