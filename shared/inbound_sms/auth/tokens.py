"""Access tokens that we issue to providers and accept from them: JWTs signed with HS256, through PyJWT."""

import time
from collections.abc import Iterable

import jwt

_ALGORITHM = "HS256"
_ISSUER = "inbound-sms"
_LEEWAY_SECONDS = 60  # a token may expire on its way, and some providers never repeat what got a 401


def issue_token(key: str, provider: str, client_id: str, lifetime_seconds: int) -> str:
    """Gives a token that lets this client of this provider in, for so long."""
    now = int(time.time())
    claims = {"iss": _ISSUER, "aud": provider, "sub": client_id, "iat": now, "exp": now + lifetime_seconds}
    return jwt.encode(claims, key, algorithm=_ALGORITHM)


def client_of(token: str, keys: Iterable[str], provider: str) -> str | None:
    """Gives the client that a token was issued to; None for one that is expired, foreign or not ours at all."""
    if not token.isascii():  # RFC 6750, 2.1; PyJWT stumbles over what is no UTF-8
        return None
    clients = [_client_by(key, token, provider) for key in keys]
    return next(filter(None, clients), None)


def _client_by(key: str, token: str, provider: str) -> str | None:
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],  # never the one that the token names (RFC 8725, 3.1)
            audience=provider,
            issuer=_ISSUER,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except jwt.InvalidTokenError:
        return None
    client: str = claims["sub"]  # PyJWT refuses any other type
    return client
