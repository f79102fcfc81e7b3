"""The authentication schemes. Every comparison takes constant time, and every secret is compared, whichever matches."""

import base64
import hmac
from collections.abc import Iterable
from typing import NamedTuple

from inbound_sms.auth import SchemeName, Secrets
from inbound_sms.parsing.request import Request


def matches_any(sent: bytes, accepted: Iterable[bytes]) -> bool:
    """Return whether `sent` equals one of the secrets, in a time that reveals nothing about any of them."""
    return bool(sum([hmac.compare_digest(sent, secret) for secret in accepted]))


def as_sent(text: str) -> bytes:
    """Return the bytes of a header or path. Unlike `encode`, it never raises, whatever was sent."""
    return text.encode("utf-8", "surrogatepass")


def basic_credentials(authorization: str) -> bytes | None:
    """Return `user:password` from an Authorization header of HTTP Basic (RFC 7617); None if it is something else."""
    scheme, _, credentials = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials.strip(), validate=True)
    except ValueError:  # binascii.Error is one
        return None


class Basic(NamedTuple):
    """HTTP Basic (RFC 7617)."""

    name: SchemeName = "basic"
    challenge: str | None = 'Basic realm="inbound-sms", charset="UTF-8"'

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        sent = basic_credentials(request.headers.get("authorization", ""))
        if sent is None:
            return None
        accepted = [f"{credential.username}:{credential.password}".encode() for credential in secrets.basic]
        return f"basic:{sent.partition(b':')[0].decode()}" if matches_any(sent, accepted) else None


class StaticAuthorization(NamedTuple):
    """A fixed value of the Authorization header, compared in full."""

    name: SchemeName = "authorization"
    challenge: str | None = None

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        sent = as_sent(request.headers.get("authorization", "").strip())
        return "authorization" if matches_any(sent, [secret.encode() for secret in secrets.authorization]) else None


class CustomHeader(NamedTuple):
    """A fixed value of a header with any name."""

    name: SchemeName = "header"
    challenge: str | None = None

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        matches = [
            each.name
            for each in secrets.header
            if matches_any(as_sent(request.headers.get(each.name, "").strip()), [each.value.encode()])
        ]
        return f"header:{matches[0]}" if matches else None


class OAuth2(NamedTuple):
    """An access token issued by our own token endpoint, sent as a bearer token (RFC 6750)."""

    name: SchemeName = "oauth2"
    challenge: str | None = 'Bearer realm="inbound-sms"'

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer" or not secrets.oauth2:
            return None
        from inbound_sms.auth.tokens import client_of  # noqa: PLC0415 - the JWT library is loaded only where needed

        client = client_of(token.strip(), secrets.oauth2.signing_keys, request.provider, request.stage)
        known = {each.client_id for each in secrets.oauth2.clients}  # removing a client revokes its tokens
        return f"oauth2:{client}" if client in known else None


class PathSecret(NamedTuple):
    """A long random secret as the last segment of the URL's path, for providers that support nothing else."""

    name: SchemeName = "path_secret"
    challenge: str | None = None

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        sent = as_sent(request.path_secret)
        return "path_secret" if matches_any(sent, [secret.encode() for secret in secrets.path_secret]) else None
