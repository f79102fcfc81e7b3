"""The ways to authenticate. Every comparison takes constant time; every secret is tried, none first."""

import base64
import hmac
from collections.abc import Iterable
from typing import NamedTuple

from inbound_sms.auth import SchemeName, Secrets
from inbound_sms.parsing.request import Request


def matching(sent: bytes, accepted: Iterable[bytes]) -> bool:
    """Tells whether something equals one of the secrets, in a time that tells nothing about any of them."""
    return bool(sum([hmac.compare_digest(sent, secret) for secret in accepted]))


def as_sent(text: str) -> bytes:
    """Gives the bytes of a header or a path; unlike `encode`, of any."""
    return text.encode("utf-8", "surrogatepass")


def basic_credentials(authorization: str) -> bytes | None:
    """Gives `user:password` out of an Authorization header of HTTP Basic (RFC 7617); None: it isn't one."""
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
        return f"basic:{sent.partition(b':')[0].decode()}" if matching(sent, accepted) else None


class StaticAuthorization(NamedTuple):
    """A fixed value of the Authorization header, compared as a whole."""

    name: SchemeName = "authorization"
    challenge: str | None = None

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        sent = as_sent(request.headers.get("authorization", "").strip())
        return "authorization" if matching(sent, [secret.encode() for secret in secrets.authorization]) else None


class CustomHeader(NamedTuple):
    """A fixed value of a header of any name."""

    name: SchemeName = "header"
    challenge: str | None = None

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        right = [
            each.name
            for each in secrets.header
            if matching(as_sent(request.headers.get(each.name, "").strip()), [each.value.encode()])
        ]
        return f"header:{right[0]}" if right else None


class OAuth2(NamedTuple):
    """A token of our own token endpoint, sent as Bearer (RFC 6750)."""

    name: SchemeName = "oauth2"
    challenge: str | None = 'Bearer realm="inbound-sms"'

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer" or not secrets.oauth2:
            return None
        from inbound_sms.auth.tokens import client_of  # noqa: PLC0415 - only who gets tokens pays for the JWT library

        client = client_of(token.strip(), secrets.oauth2.signing_keys, request.provider)
        known = {each.client_id for each in secrets.oauth2.clients}  # its tokens end with a client
        return f"oauth2:{client}" if client in known else None


class PathSecret(NamedTuple):
    """A long random secret as the last part of the URL's path, for providers that can send nothing else."""

    name: SchemeName = "path_secret"
    challenge: str | None = None

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        sent = as_sent(request.path_secret)
        return "path_secret" if matching(sent, [secret.encode() for secret in secrets.path_secret]) else None
