"""How each scheme signs a request, written from the sender's side, and what makes a parameter of secrets."""

import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt

from tests.support.providers import Signed, basic

CLIENT_ID = "client-1"


@dataclass(frozen=True)
class Signing:
    """A scheme as its user knows it. A secret is at least 32 characters of letters, digits and hyphens."""

    parameter: Callable[[list[str]], dict[str, Any]]
    sign: Callable[[str, str, bytes], Signed]  # of a secret, the provider's name, a body
    identity: str
    malformed: tuple[Signed, ...]  # with `the-secret` in it, where there is one


def token(key: str, provider: str, *, algorithm: str = "HS256", without: str = "", **claims: Any) -> str:
    """Gives a token like those that our endpoint issues, but for what is said."""
    now = int(time.time())
    whole = {"iss": "inbound-sms", "aud": provider, "sub": CLIENT_ID, "iat": now, "exp": now + 900} | claims
    return jwt.encode({name: value for name, value in whole.items() if name != without}, key, algorithm=algorithm)


def sinch_headers(
    secret: str, body: bytes, *, nonce: str = "01JHFFHWYY7HSS4FWTMDTQEK8V", timestamp: int | str | None = None
) -> dict[str, str]:
    """Gives Sinch's four headers; signed now, if nothing is said."""
    when = str(int(time.time()) if timestamp is None else timestamp)
    return {
        "x-sinch-webhook-signature": base64.b64encode(
            hmac_sha256(secret.encode(), body + f".{nonce}.{when}".encode())
        ).decode(),
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": when,
    }


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC written out as RFC 2104 has it, so that no mistake of ours is in both."""
    key = hashlib.sha256(key).digest() if len(key) > 64 else key
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()


def _authorization(*values: str) -> tuple[Signed, ...]:
    return tuple(Signed({"authorization": value}) for value in values)


SECRET = "the-secret-of-more-than-32-characters"
_ENCODED = base64.b64encode(f"user:{SECRET}".encode()).decode()
_SINCH = sinch_headers(SECRET, b"another body")

SIGNINGS: dict[str, Signing] = {
    "basic": Signing(
        parameter=lambda secrets: {"basic": [{"username": "user", "password": secret} for secret in secrets]},
        sign=lambda secret, _provider, _body: Signed({"authorization": basic("user", secret)}),
        identity="basic:user",
        malformed=_authorization(
            "Basic", "Basic ", "Basic =", f"Basic user:{SECRET}", f"Basic{_ENCODED}", f"Basic {_ENCODED}!",
            f"Basic {_ENCODED[:-1]}", f"Basic {_ENCODED} {_ENCODED}", f"Basic {_ENCODED},Basic {_ENCODED}", _ENCODED,
        ),
    ),
    "authorization": Signing(
        parameter=lambda secrets: {"authorization": [f"Token {secret}" for secret in secrets]},
        sign=lambda secret, _provider, _body: Signed({"authorization": f"Token {secret}"}),
        identity="authorization",
        malformed=_authorization(
            "Token", SECRET, f"Token{SECRET}", f"Token  {SECRET}", f"token {SECRET}", f'Token "{SECRET}"',
            f"Token {SECRET},Token {SECRET}", f"Token {SECRET[:-1]}", f"Token {SECRET}.",
        ),
    ),
    "header": Signing(
        parameter=lambda secrets: {"header": [{"name": "X-Token", "value": secret} for secret in secrets]},
        sign=lambda secret, _provider, _body: Signed({"x-token": secret}),
        identity="header:x-token",
        malformed=tuple(
            Signed({name: value})
            for name, value in [
                ("x-token", f'"{SECRET}"'), ("x-token", f"{SECRET},{SECRET}"), ("x-token", SECRET.upper()),
                ("x-token", SECRET[1:]), ("x_token", SECRET), ("x-token-2", SECRET),
            ]
        ),
    ),
    "hmac": Signing(
        parameter=lambda secrets: {"hmac": secrets},
        sign=lambda secret, _provider, body: Signed(sinch_headers(secret, body)),
        identity="hmac",
        malformed=(
            Signed(_SINCH),  # of another body
            *(Signed({name: value for name, value in _SINCH.items() if name != missing}) for missing in _SINCH),
            *(Signed({**_SINCH, name: "?"}) for name in _SINCH),
        ),
    ),
    "oauth2": Signing(
        parameter=lambda secrets: {
            "oauth2": {
                "clients": [{"client_id": CLIENT_ID, "client_secret": "client-secret"}], "signing_keys": secrets
            }
        },
        sign=lambda secret, provider, _body: Signed({"authorization": f"Bearer {token(secret, provider)}"}),
        identity=f"oauth2:{CLIENT_ID}",
        malformed=_authorization(
            "Bearer", "Bearer ", "Bearer ..", "Bearer a.b.c", f"Bearer {SECRET}", "Bearer client-secret",
            "Bearer " + token(SECRET, "another provider"), "Bearer e30.e30.e30", "Bearer " + "." * 1_000,
        ),
    ),
    "path_secret": Signing(
        parameter=lambda secrets: {"path_secret": secrets},
        sign=lambda secret, _provider, _body: Signed(path_secret=secret),
        identity="path_secret",
        malformed=tuple(Signed(path_secret=secret) for secret in ("", SECRET[:-1], f"{SECRET}.", f" {SECRET}", "%00")),
    ),
}  # fmt: skip
