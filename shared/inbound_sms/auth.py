"""How providers prove who they are. Every comparison takes constant time; every secret is tried, none first."""

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from inbound_sms.request import Request

Secret = Annotated[str, StringConstraints(min_length=1)]
# Spaces around a header's value mean nothing; a blank one would let in whoever sends no header at all.
HeaderSecret = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class BasicCredential(BaseModel):
    """A user and password of HTTP Basic authentication."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: Annotated[str, StringConstraints(pattern="^[^:]+$")]  # RFC 7617: no colon, it ends the user's name
    password: Secret = Field(repr=False)


class Secrets(BaseModel):
    """A provider's parameter. Lists, so that the old and the new secret are both accepted during a rotation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    basic: tuple[BasicCredential, ...] = Field(default=(), repr=False)
    authorization: tuple[HeaderSecret, ...] = Field(default=(), repr=False)
    path_secret: tuple[Annotated[str, StringConstraints(min_length=16, pattern=r"^[A-Za-z0-9._~-]+$")], ...] = Field(
        default=(), repr=False
    )


class Scheme(Protocol):
    """A way to authenticate."""

    @property
    def challenge(self) -> str | None:
        """The value of WWW-Authenticate that a refused request gets, if any."""

    def configured(self, secrets: Secrets) -> bool:
        """Tells whether the parameter holds a secret for this scheme."""

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        """Gives how (and where known, who) the request proved to be, for `authenticated_by`; None: it didn't."""


def _matches(sent: bytes, accepted: Iterable[bytes]) -> bool:
    return bool(sum([hmac.compare_digest(sent, secret) for secret in accepted]))


@dataclass(frozen=True, slots=True)
class Basic:
    """HTTP Basic (RFC 7617)."""

    challenge: str | None = 'Basic realm="inbound-sms", charset="UTF-8"'

    def configured(self, secrets: Secrets) -> bool:
        return bool(secrets.basic)

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        scheme, _, credentials = request.headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            sent = base64.b64decode(credentials.strip(), validate=True)
        except (binascii.Error, ValueError):
            return None
        accepted = [f"{credential.username}:{credential.password}".encode() for credential in secrets.basic]
        return f"basic:{sent.partition(b':')[0].decode()}" if _matches(sent, accepted) else None


@dataclass(frozen=True, slots=True)
class StaticAuthorization:
    """A fixed value of the Authorization header, compared as a whole (8x8: `httpAuthorization`)."""

    challenge: str | None = None

    def configured(self, secrets: Secrets) -> bool:
        return bool(secrets.authorization)

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        sent = request.headers.get("authorization", "").strip().encode("utf-8", "surrogatepass")
        return "authorization" if _matches(sent, [secret.encode() for secret in secrets.authorization]) else None


@dataclass(frozen=True, slots=True)
class PathSecret:
    """A long random secret as the last part of the URL's path, for providers that can send nothing else."""

    challenge: str | None = None

    def configured(self, secrets: Secrets) -> bool:
        return bool(secrets.path_secret)

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        sent = request.path_parameters.get("secret", "").encode("utf-8", "surrogatepass")
        return "path_secret" if _matches(sent, [secret.encode() for secret in secrets.path_secret]) else None
