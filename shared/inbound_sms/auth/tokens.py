"""Access tokens that we issue to providers and accept from them: JWTs signed with HS256, by PyJWT."""

import time
from collections.abc import Iterable

import jwt

_ALGORITHM = "HS256"
_ISSUER = "inbound-sms"
_LEEWAY_SECONDS = 60  # a token may expire on its way, and some providers never retry after a 401


def issue_token(key: str, provider: str, stage: str, client_id: str, lifetime_seconds: int) -> str:
    """Return a token that authenticates this client of this provider for `lifetime_seconds`, in this stage only."""
    now = int(time.time())
    times = {"iat": now, "exp": now + lifetime_seconds}
    claims = {"iss": _ISSUER, "aud": provider, "stage": stage, "sub": client_id, **times}
    return jwt.encode(claims, key, algorithm=_ALGORITHM)


def client_of(token: str, keys: Iterable[str], provider: str, stage: str) -> str | None:
    """Return the client that a token was issued to; None if it has expired, is for another provider or stage, or isn't
    ours.
    """
    if not token.isascii():  # RFC 6750, 2.1; PyJWT fails on what can't be encoded as UTF-8
        return None
    clients = [_client_by(key, token, provider, stage) for key in keys]
    return next(filter(None, clients), None)


def _client_by(key: str, token: str, provider: str, stage: str) -> str | None:
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],  # never the one in the token's header (RFC 8725, 3.1)
            audience=provider,
            issuer=_ISSUER,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except jwt.InvalidTokenError:
        return None
    if claims.get("stage", stage) != stage:  # one of the version before names none, and is accepted until it expires
        return None
    client: str = claims["sub"]  # PyJWT rejects any other type
    return client
