"""Signatures over a request: the provider's folder says what is signed, and this compares it and checks the time."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any, NamedTuple, TypeVar

from inbound_sms.auth import SchemeName, Secrets
from inbound_sms.auth.schemes import as_sent, matches_any
from inbound_sms.errors import ConfigurationError
from inbound_sms.observability import logger
from inbound_sms.parsing.request import Request

K = TypeVar("K")

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

    @property
    def signatures(self) -> tuple[str, ...]:
        """The signatures, one or more."""
        return (self.signature,) if isinstance(self.signature, str) else self.signature


# JWTs with an HMAC (RFC 7518, 3.2), as algorithms of `Signed`. None is weaker than the others with the same secret.
_TOKEN_ALGORITHMS = {"HS256": "sha256/base64url", "HS384": "sha384/base64url", "HS512": "sha512/base64url"}


class SignedToken(NamedTuple):
    """A JWT with an HMAC (RFC 7515): its claims, and the signature, content and algorithm for `Signed`."""

    claims: Mapping[str, Any]
    signature: str
    content: bytes
    algorithm: str = "sha256/base64url"

    def time(self, claim: str = "iat") -> float | None:
        """Return a claim that is a time in seconds since 1970; None if it is missing or not a number."""
        value = self.claims.get(claim)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        try:
            return float(value)
        except OverflowError:  # an integer of hundreds of digits
            return None


def signed_token(text: str, accepted: tuple[str, ...] = ("HS256",)) -> SignedToken | None:
    """Read a JWT without verifying it; None if it isn't one. Never raises.

    To authenticate a request, compare what its claims say of the request, and return `Signed(token.signature,
    (token.content,), (token.algorithm,), ...)`. Its header can't choose any algorithm: `accepted` lists those that the
    provider signs by, out of HS256, HS384 and HS512.
    """
    content, _, signature = text.strip().rpartition(".")
    first, _, second = content.partition(".")
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (first, second))
    except (ValueError, RecursionError):
        return None
    if not isinstance(claims, dict) or not isinstance(header, dict) or header.get("alg") not in accepted:
        return None
    algorithm = _TOKEN_ALGORITHMS[header["alg"]]
    return SignedToken(claims, signature + "=" * (-len(signature) % 4), as_sent(content), algorithm)


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
        if not sum([matches_any(as_sent(signature), expected) for signature in signed.signatures]):
            return None
        return self.name if _is_timely(signed, request) else None

    def _keys(self, secrets: Secrets) -> list[bytes]:
        """Return the keys; anybody could sign with an empty one."""
        return _usable(self.key, secrets.hmac, self.name)


Verify = Callable[[str, bytes], bool]  # whether a signature, as it was sent, is one of this content


class PublicKeySignature(NamedTuple):
    """A signature by a private key that only the provider holds (`public_key` in its parameter).

    `signed`, `headers` and `fields` are as those of `Signature`; of what `signed` returns, `algorithms` doesn't matter.
    `key` turns a public key, as the provider's portal shows it, into what verifies signatures; None if it is no such
    key. Neither it nor what it returns may raise. The library that they need is the provider's own to bring along.
    """

    signed: Callable[[Request], Signed | None]
    key: Callable[[str], Verify | None]
    headers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    name: SchemeName = "public_key"
    challenge: str | None = None

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        signed = self.signed(request)
        if signed is None or not any(signed.signatures):
            return None
        keys = _usable(self.key, secrets.public_key, self.name)
        found = any(verify(*each) for verify in keys for each in product(signed.signatures, signed.content))
        return self.name if found and _is_timely(signed, request) else None


def _usable(read: Callable[[str], K | None], values: Iterable[str], kind: SchemeName) -> list[K]:
    """Return what `read` makes of the parameter's values. Raises ConfigurationError if it makes nothing of any."""
    found = list(map(read, values))
    keys = [key for key in found if key]
    if not keys:
        raise ConfigurationError(f"nothing in {kind} is a key of this provider's")
    if len(keys) < len(found):
        logger.error(f"a value in {kind} is left out, as it is no key of this provider's")
    return keys


def _is_timely(signed: Signed, request: Request) -> bool:
    """Return whether a request, whose signature matches, comes within the window of its time."""
    if signed.time is None:
        return True
    age = request.received_at.timestamp() - signed.time
    timely = -MAX_FUTURE_SECONDS <= age <= signed.max_age
    if not timely:
        logger.warning("the signature matches, but its time is outside the window", age_seconds=round(age))
    return timely


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
