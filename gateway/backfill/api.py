"""Asks a provider's API: not too fast, with a time limit for each call, and again when it is overloaded or fails."""

import base64
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from gateway.errors import GatewayError

Access = Mapping[str, str]  # what the API asks for, by the names of the environment's variables

_TIMEOUT_SECONDS = 30.0
_WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # before another try
_LONGEST_WAIT = 300.0  # that the API may ask for
_TOO_MANY_REQUESTS = 429
_LOCAL = {"127.0.0.1", "localhost", "::1"}


class ApiError(GatewayError):
    """The API doesn't give what was asked for. Its answers may hold texts, so none is quoted."""


@dataclass
class Api:
    """A provider's API at an address, as somebody who may read there. `wait` is called with seconds."""

    client: httpx.Client
    url: str
    access: Access
    authorization: str = field(repr=False)
    per_second: float
    wait: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _not_before: float = 0.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and parts.hostname not in _LOCAL:
            raise ApiError(f"{self.url} is not https: credentials would be sent in the clear")

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """Return the JSON object at a path of the API. Raises ApiError."""
        if not path.startswith("/") or path.startswith("//"):  # credentials go nowhere else
            raise ApiError("the API refers to a page outside of itself")
        for seconds in (*_WAITS, None):
            response, problem = self._try(path, query)
            if response is not None and not problem:
                return _object_in(response)
            if seconds is None:
                break
            asked = _retry_after(response)
            if asked > _LONGEST_WAIT:
                raise ApiError(f"the API wants to be left alone for {asked:.0f} s ({problem})")
            self.wait(max(seconds, asked))
        raise ApiError(f"the API failed {len(_WAITS) + 1} times, at last with {problem}")

    def _try(self, path: str, query: Mapping[str, str | int] | None) -> tuple[httpx.Response | None, str]:
        """Return the response, and what is wrong with it if it may be asked for again. Raises ApiError."""
        early = self._not_before - self.clock()
        if early > 0:
            self.wait(early)
        self._not_before = self.clock() + 1 / self.per_second
        headers = {"Authorization": self.authorization, "Accept": "application/json"}
        try:
            response = self.client.get(
                self.url.rstrip("/") + path, params=query, headers=headers, timeout=_TIMEOUT_SECONDS
            )
        except httpx.TransportError as error:
            return None, f"no answer ({type(error).__name__})"
        status = response.status_code
        if status == _TOO_MANY_REQUESTS or status >= 500:
            return response, f"status {status}"
        if status in {401, 403}:
            raise ApiError(f"the API refuses the credentials (status {status}): {', '.join(self.access)}")
        if status != 200:
            raise ApiError(f"the API answered with status {status}")
        return response, ""


def _object_in(response: httpx.Response) -> dict[str, Any]:
    try:
        value = response.json()
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ApiError("the API's answer is no JSON object")
    return value


def _retry_after(response: httpx.Response | None) -> float:
    """Return for how many seconds the API wants to be left alone; 0 if it doesn't say, or not readably."""
    value = response.headers.get("retry-after", "") if response is not None else ""
    if value.isdecimal():
        return float(value)
    with suppress(ValueError):
        at = parsedate_to_datetime(value)
        return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    return 0.0


def basic(user: str, password: str) -> str:
    """Return the header Authorization of HTTP Basic."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def bearer(token: str) -> str:
    """Return the header Authorization with a token."""
    return f"Bearer {token}"
