"""AWS Signature Version 4: pure functions from a request to the headers that prove who sent it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key; with a session token where it is a temporary one, as in Lambda."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


class Signer(NamedTuple):
    """Signs requests to one service in one region."""

    credentials: Credentials
    service: str
    region: str

    def sign(
        self, method: str, target: str, headers: Mapping[str, str], payload_hash: str, now: datetime
    ) -> dict[str, str]:
        """Return the headers to add to a request: its time, the session token, the signature.

        `target` is as it is sent (`/path?query`, percent-encoded: S3's way, no other service has a path here);
        `headers` are all that are to be signed, `host` among them and none twice; `payload_hash` is the body's SHA-256
        in hex; `now` is in UTC.
        """
        time = now.isoformat()[:19].replace("-", "").replace(":", "") + "Z"  # strftime takes 20 times as long
        added = {"x-amz-date": time}
        if self.credentials.token:
            added["x-amz-security-token"] = self.credentials.token
        before, after, names = _canonical(method, target, tuple(headers.items()), self.credentials.token)
        request = f"{before}{time}{after}\n{payload_hash}"
        scope = f"{time[:8]}/{self.region}/{self.service}/aws4_request"
        text = "\n".join((_ALGORITHM, time, scope, hashlib.sha256(request.encode()).hexdigest()))
        key = _signing_key(self.credentials.secret_key, time[:8], self.region, self.service)
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        credential = f"Credential={self.credentials.access_key}/{scope}"
        return {**added, "authorization": f"{_ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"}


@lru_cache(maxsize=32)  # most calls differ by their time and body only
def _canonical(method: str, target: str, headers: tuple[tuple[str, str], ...], token: str | None) -> tuple[str, ...]:
    """Return what stands in the canonical request before its time, and from there to the body's hash; the names."""
    signed = {**dict(headers), "x-amz-date": "", **({"x-amz-security-token": token} if token else {})}
    canonical = sorted((name.lower(), " ".join(value.split())) for name, value in signed.items())
    names = ";".join(name for name, _ in canonical)
    path, _, query = target.partition("?")
    lines = [method, path, _sorted(query), *(f"{name}:{value}" for name, value in canonical), "", names]
    time = lines.index("x-amz-date:") + 1
    return "\n".join(lines[:time]), "\n".join(("", *lines[time:])), names


def _sorted(query: str) -> str:
    """Sort the parameters by name, then by value; one without a value is written as if it had an empty one."""
    if not query:
        return ""
    pairs = (parameter.partition("=") for parameter in query.split("&"))
    return "&".join(f"{name}={value}" for name, _, value in sorted(pairs))


@lru_cache(maxsize=32)  # a new one a day for each service
def _signing_key(secret_key: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
