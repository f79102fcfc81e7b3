"""Calls to one AWS service: signed, tried again where that may help, errors told apart."""

import hashlib
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from aws_client.connections import Connections, Limits
from aws_client.environment import (
    Endpoint,
    credentials_from_environment,
    endpoint_of,
    region_from_environment,
    trace_header,
)
from aws_client.errors import AwsError, AwsServiceError, is_throttled
from aws_client.http_messages import Response, request_bytes
from aws_client.sigv4 import Signer

# Two attempts of at most 3 s each, and a pause of at most 1 s: 7 s for a call at the very worst.
STANDARD = Limits(connect=1, response=2, attempts=2, idle=20)
# A publication that SNS took, and whose response arrived too late, would be published twice by a second attempt: so
# there is none, and more patience. For the same reason no connection that the server may be about to close.
PUBLISH = Limits(connect=1, response=5, attempts=1, idle=3, repeatable=False)

_TRANSIENT = {"RequestTimeout", "RequestTimeoutException"}  # AWS waited for the rest of our request
_TRANSIENT_STATUS = frozenset({500, 502, 503, 504})

ReadError = Callable[[Response], tuple[str, Mapping[str, Any]]]


class Request(NamedTuple):
    """A request as yet unsigned. `target` is percent-encoded; `endpoint` where it isn't the service's own."""

    operation: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    target: str = "/"
    endpoint: Endpoint | None = None


class Service:
    """Calls one service. `pause` waits so many seconds before a second attempt."""

    def __init__(
        self, name: str, read_error: ReadError, limits: Limits = STANDARD, pause: Callable[[float], None] = time.sleep
    ) -> None:
        region = region_from_environment()
        self.endpoint = endpoint_of(name, region)
        self._signer = Signer(credentials_from_environment(), name, region)
        self._connections = Connections(limits)
        self._read_error = read_error
        self._limits = limits
        self._pause = pause

    def connect(self) -> None:
        """Open a connection ahead of the first call; raise RequestNotSent."""
        self._connections.warm(self.endpoint.address)

    def call(self, request: Request) -> Response:
        """Make a call, try it again where that may help, and return its response, a success; raise AwsError."""
        for _ in range(self._limits.attempts - 1):
            try:
                return self._attempt(request)
            except AwsError as error:
                if not _is_transient(error):
                    raise
            self._pause(random.random())  # noqa: S311 - so that many functions don't try again in step
        return self._attempt(request)

    def _attempt(self, request: Request) -> Response:
        endpoint = request.endpoint or self.endpoint
        signed = {"host": endpoint.host, **request.headers}
        payload_hash = hashlib.sha256(request.body).hexdigest()
        signed |= self._signer.sign(request.method, request.target, signed, payload_hash, datetime.now(UTC))
        written = request_bytes(request.method, request.target, signed | trace_header(), request.body)
        response = self._connections.exchange(endpoint.address, request.operation, written)
        if 200 <= response.status < 300:
            return response
        code, details = self._read_error(response)
        raise AwsServiceError(request.operation, code, response.status, details)


def _is_transient(error: AwsError) -> bool:
    if isinstance(error, AwsServiceError):
        return is_throttled(error) or error.code in _TRANSIENT or error.status in _TRANSIENT_STATUS
    return True
