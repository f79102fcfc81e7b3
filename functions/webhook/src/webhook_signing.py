"""Signatures that a document describes: an HMAC over what it lists, or a JWT."""

from inbound_sms.api import Request, Signature, Signed, as_sent, base64_key, parse_epoch, parse_iso, signed_token

import hashlib
import re
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from webhook_settings import Part

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_MOST_WINDOW = 172_800  # two days: ids are remembered for three at least
_LEEWAY = 60.0  # clocks differ

HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", to_lower=True, max_length=100)]
Window = Annotated[int, Field(gt=0, le=_MOST_WINDOW)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class SignedAt(Part):
    """The header that says when a request was signed, in `format`; an older one than `max_age_seconds` is refused."""

    header: HeaderName
    format: Literal["epoch", "iso"] = "epoch"
    max_age_seconds: Window = 300


class Hmac(Part):
    """An HMAC: where it stands, and over what it is made.

    `signed` is a template of {body}, {time}, {url}, {path}, {query} and {method}; other characters stand for
    themselves.
    """

    header: HeaderName | None = None
    query: Name | None = None
    prefix: str = ""
    algorithm: Literal["sha1", "sha256", "sha384", "sha512"] = "sha256"
    encoding: Literal["hex", "HEX", "base64", "base64url"] = "hex"
    key: Literal["text", "base64"] = "text"
    signed: Annotated[str, StringConstraints(max_length=200)] = "{body}"
    time: SignedAt | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.header is None) == (self.query is None):
            raise ValueError("needs either header or query: where the signature stands")
        known = {"body", "time", "url", "path", "query", "method"}
        if unknown := set(self._placeholders) - known:
            raise ValueError(f"signed: {{{min(unknown)}}} is none of {', '.join(sorted(known))}")
        if (self.time is not None) != ("time" in self._placeholders):
            raise ValueError("time and {time} in signed go together: a time that isn't signed proves nothing")
        if self.query and {"url", "query"}.intersection(self._placeholders):
            raise ValueError("signed: a signature in the query can't cover the query")
        return self

    @property
    def _placeholders(self) -> list[str]:
        return _PLACEHOLDER.findall(self.signed)

    def check_coverage(self, *, in_query: bool, methods: Sequence[str]) -> None:
        """Raise ValueError if it wouldn't cover what is read: anybody could put other content under a signature."""
        if (in_query or "GET" in methods) and not {"url", "query"}.intersection(self._placeholders):
            raise ValueError("hmac.signed: needs {url} or {query}, as that is what is read")
        if not in_query and set(methods) != {"GET"} and "body" not in self._placeholders:
            raise ValueError("hmac.signed: needs {body}, as that is what is read")

    def scheme(self) -> Signature:
        """Return the scheme by which the core verifies it."""
        headers = tuple(each for each in (self.header, self.time.header if self.time else None) if each)
        key = base64_key if self.key == "base64" else str.encode
        return Signature(self._signed, headers=headers, fields=(self.query,) if self.query else (), key=key)

    def _signed(self, request: Request) -> Signed | None:
        if self.header:
            sent = request.headers.get(self.header, "").strip()
        else:
            sent = dict(request.pairs(of_query=True)).get(self.query or "", "")
        time = request.headers.get(self.time.header, "").strip() if self.time else ""
        if not sent.startswith(self.prefix):
            return None
        at = None
        if self.time:
            moment = parse_epoch(time) if self.time.format == "epoch" else parse_iso(time)
            if moment is None:
                return None
            at = moment.timestamp()
        parts = {
            "body": request.body,
            "time": as_sent(time),
            "url": as_sent(request.url),
            "path": as_sent(request.path),
            "query": as_sent(request.raw_query),
            "method": as_sent(request.method),
        }
        pieces = _PLACEHOLDER.split(self.signed)
        content = b"".join(parts[each] if odd % 2 else as_sent(each) for odd, each in enumerate(pieces))
        max_age = float(self.time.max_age_seconds) if self.time else float("inf")
        algorithm = f"{self.algorithm}/{self.encoding}"
        return Signed(sent.removeprefix(self.prefix), (content,), (algorithm,), time=at, max_age=max_age)


class Jwt(Part):
    """A JWT with an HMAC in a header. `body_hash` is the claim that holds the SHA-256 of the body in hexadecimal.

    Without that claim, a token proves who sent a request, but not what: whoever sees one may use it until it is older
    than `max_age_seconds` (by its claim iat).
    """

    header: HeaderName = "authorization"
    prefix: str = "Bearer "
    algorithms: list[Literal["HS256", "HS384", "HS512"]] = Field(default=["HS256"], min_length=1)
    key: Literal["text", "base64"] = "text"
    issuer: Name | None = None
    body_hash: Name | None = None
    max_age_seconds: Window = 300

    def scheme(self) -> Signature:
        """Return the scheme by which the core verifies it."""
        return Signature(self._signed, headers=(self.header,), key=base64_key if self.key == "base64" else str.encode)

    def _signed(self, request: Request) -> Signed | None:
        sent = request.headers.get(self.header, "").strip()
        if not sent.startswith(self.prefix):
            return None
        token = signed_token(sent.removeprefix(self.prefix), tuple(self.algorithms))
        at = token.time() if token else None
        if token is None or at is None or (self.issuer and token.claims.get("iss") != self.issuer):
            return None
        expires = token.time("exp")
        if expires is not None and request.received_at.timestamp() > expires + _LEEWAY:
            return None
        if self.body_hash and token.claims.get(self.body_hash) != hashlib.sha256(request.body).hexdigest():
            return None
        return Signed(token.signature, (token.content,), (token.algorithm,), time=at, max_age=self.max_age_seconds)
