"""Signatures over a request: the provider says what is signed, the core compares and checks the time."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import NamedTuple

from inbound_sms.auth import SchemeName, Secrets
from inbound_sms.auth.schemes import as_sent, matching
from inbound_sms.observability import logger
from inbound_sms.parsing.request import Request

MAX_FUTURE_SECONDS = 300.0  # for a clock of theirs that is ahead; with more, a captured post could come again

_ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "hex": lambda digest: digest.hex().encode(),
    "HEX": lambda digest: digest.hex().upper().encode(),
}


class Signed(NamedTuple):
    """What a request says about its signature.

    `content` holds what may have been signed, any of which will do (with and without a port in the URL, say).
    `algorithms` are the ways in which that may have been done, as `sha256/hex`: the hash of the HMAC and the encoding
    (base64, base64url, hex, HEX); `md5+secret/hex` is a plain hash over the content with the secret behind it.
    `time` is when it was signed, in seconds since 1970; older than `max_age` seconds, it is refused.
    """

    signature: str
    content: tuple[bytes, ...]
    algorithms: tuple[str, ...] = ("sha256/hex",)
    time: float | None = None
    max_age: float = float("inf")


class Signature(NamedTuple):
    """A signature by a shared secret (`hmac` in the provider's parameter).

    `signed` returns what the request says about its signature, None where it carries none; it never raises, and lets
    the sender choose no algorithm. `headers` and `fields` carry the signature: neither is stored.
    """

    signed: Callable[[Request], Signed | None]
    headers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    name: SchemeName = "hmac"
    challenge: str | None = None

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        signed = self.signed(request)
        if signed is None or not signed.signature:
            return None
        expected = [
            _sign(algorithm, secret.encode(), content)
            for algorithm in signed.algorithms
            for secret in secrets.hmac
            for content in signed.content
        ]
        if not matching(as_sent(signed.signature), expected):
            return None
        if signed.time is not None:
            age = request.received_at.timestamp() - signed.time
            if not -MAX_FUTURE_SECONDS <= age <= signed.max_age:
                logger.warning("the signature is right, but its time is outside of the window", age_seconds=round(age))
                return None
        return self.name


def _sign(algorithm: str, secret: bytes, content: bytes) -> bytes:
    way, _, encoding = algorithm.partition("/")
    digest, _, suffix = way.partition("+")
    if suffix == "secret":
        raw = hashlib.new(digest, content + secret, usedforsecurity=False).digest()
    else:
        raw = hmac.digest(secret, content, digest)
    return _ENCODINGS[encoding](raw)
