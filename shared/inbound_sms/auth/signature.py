"""Signatures over a request: the provider's folder says what is signed, and this compares it and checks the time."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from inbound_sms.auth import SchemeName, Secrets
from inbound_sms.auth.schemes import as_sent, matches_any
from inbound_sms.errors import ConfigurationError
from inbound_sms.observability import logger
from inbound_sms.parsing.request import Request

MAX_FUTURE_SECONDS = 300.0  # tolerates a provider's clock that is ahead; more would extend the window for a replay

_ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "hex": lambda digest: digest.hex().encode(),
    "HEX": lambda digest: digest.hex().upper().encode(),
}


class Signed(NamedTuple):
    """The signature that a request carries, or several of which any may match, and what it should cover.

    `content` lists the candidates for what was signed, any of which is accepted (say, the URL with and without a port).
    `algorithms` lists the accepted ones, such as `sha256/hex`: the hash of an HMAC and its encoding (base64, base64url,
    hex, HEX). `md5+secret/hex` is a plain hash over the content followed by the secret. `time` is when it was signed,
    in seconds since 1970; a signature older than `max_age` seconds is refused.
    """

    signature: str | tuple[str, ...]
    content: tuple[bytes, ...]
    algorithms: tuple[str, ...] = ("sha256/hex",)
    time: float | None = None
    max_age: float = float("inf")


class SignedToken(NamedTuple):
    """A JWT with an HMAC (RFC 7515, HS256): its claims, and the signature and content for `Signed`."""

    claims: Mapping[str, Any]
    signature: str
    content: bytes

    def time(self, claim: str = "iat") -> float | None:
        """Return a claim that is a time in seconds since 1970; None if it is missing or not a number."""
        value = self.claims.get(claim)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def signed_token(text: str) -> SignedToken | None:
    """Read a JWT without verifying it; None if it isn't one. Never raises.

    To authenticate a request, compare what its claims say of the request, and return `Signed(token.signature,
    (token.content,), ("sha256/base64url",), ...)`. Its header can't choose an algorithm: only HS256 is read.
    """
    content, _, signature = text.strip().rpartition(".")
    header, _, payload = content.partition(".")
    try:
        algorithm, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, payload))
    except (ValueError, RecursionError):
        return None
    if not isinstance(claims, dict) or not isinstance(algorithm, dict) or algorithm.get("alg") != "HS256":
        return None
    return SignedToken(claims, signature + "=" * (-len(signature) % 4), as_sent(content))


class Signature(NamedTuple):
    """A signature with a shared secret (`hmac` in the provider's parameter).

    `signed` returns the signature that a request carries, or None. It may not raise, nor leave the choice of algorithm
    to the sender. `headers` and `fields` (of the query) name those that carry the signature, which are not stored.
    `key` turns a secret into the key: its bytes, or by `base64_key` what it is the Base64 of; empty if that fails.
    """

    signed: Callable[[Request], Signed | None]
    headers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    name: SchemeName = "hmac"
    challenge: str | None = None
    key: Callable[[str], bytes] = str.encode

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        signed = self.signed(request)
        if signed is None or not signed.signature:
            return None
        expected = [
            _sign(algorithm, key, content)
            for algorithm in signed.algorithms
            for key in self._keys(secrets)
            for content in signed.content
        ]
        signatures = (signed.signature,) if isinstance(signed.signature, str) else signed.signature
        if not sum([matches_any(as_sent(signature), expected) for signature in signatures]):
            return None
        if signed.time is not None:
            age = request.received_at.timestamp() - signed.time
            if not -MAX_FUTURE_SECONDS <= age <= signed.max_age:
                logger.warning("the signature matches, but its time is outside the window", age_seconds=round(age))
                return None
        return self.name

    def _keys(self, secrets: Secrets) -> list[bytes]:
        """Return the keys; anybody could sign with an empty one. Raises ConfigurationError if none is left."""
        keys = [key for key in map(self.key, secrets.hmac) if key]
        if not keys:
            raise ConfigurationError("no secret in hmac is a key of this provider's")
        if len(keys) < len(secrets.hmac):
            logger.error("a secret in hmac is left out, as it is no key of this provider's")
        return keys


def base64_key(secret: str) -> bytes:
    """Return the key that a secret is the Base64 of, empty if it isn't. Other characters are ignored, as by most."""
    try:
        return base64.b64decode(secret + "==")
    except ValueError:
        return b""


def _sign(algorithm: str, secret: bytes, content: bytes) -> bytes:
    method, _, encoding = algorithm.partition("/")
    digest, _, suffix = method.partition("+")
    if suffix == "secret":
        raw = hashlib.new(digest, content + secret, usedforsecurity=False).digest()
    else:
        raw = hmac.digest(secret, content, digest)
    return _ENCODINGS[encoding](raw)
