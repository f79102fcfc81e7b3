"""One AWS service as a function calls it: where it is, signed, tried again, its errors told apart."""

import hashlib
import os
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from aws_client.connections import Connections, Endpoint, Limits
from aws_client.http1 import Answer, request_bytes
from aws_client.sigv4 import Credentials, Signer
from inbound_sms.errors import AwsError, AwsRefused, ConfigurationError

# Two tries of at most 3 s each, and a pause of at most 1 s: 7 s for a call at the very worst.
STANDARD = Limits(connect=1, answer=2, tries=2, idle=20)
# A publication that SNS took, and whose answer came too late, would be published twice by a second try: so there is
# none, and more patience. For the same reason no connection that the server may be about to close.
PUBLISH = Limits(connect=1, answer=5, tries=1, idle=3, repeatable=False)

_THROTTLED = frozenset({
    "BandwidthLimitExceeded",
    "KMS.ThrottlingException",  # SQS, of the key of a queue
    "KMSThrottling",  # SNS, of the key of a topic
    "KmsThrottled",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
})  # fmt: skip
_TOO_MANY_REQUESTS = 429
_PASSING = {"RequestTimeout", "RequestTimeoutException"}  # AWS waited for the rest of our request
_PASSING_STATUS = frozenset({500, 502, 503, 504})

ReadError = Callable[[Answer], tuple[str, Mapping[str, Any]]]


class Place(NamedTuple):
    """Where a service is. `host` is what the Host header says, with the port where it isn't the usual one."""

    endpoint: Endpoint
    host: str
    is_override: bool = False


class Call(NamedTuple):
    """A request as yet unsigned. `target` is percent-encoded; `place` where it isn't the service's own."""

    operation: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    target: str = "/"
    place: Place | None = None


def credentials_from_environment() -> Credentials:
    """Gives what Lambda puts into a function's environment; raises ConfigurationError."""
    access_key, secret_key = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if access_key and secret_key:
        return Credentials(access_key, secret_key, os.environ.get("AWS_SESSION_TOKEN") or None)
    if "AWS_CONTAINER_CREDENTIALS_FULL_URI" in os.environ:
        raise ConfigurationError("SnapStart is not supported: its functions have no access key in their environment")
    raise ConfigurationError("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is missing from the environment")


def region_from_environment() -> str:
    """Gives the function's region; raises ConfigurationError."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region or not region.replace("-", "").isalnum():
        raise ConfigurationError("AWS_REGION is missing from the environment, or is none")
    return region


def place_of(service: str, region: str) -> Place:
    """Gives where a service is: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, or AWS's own; raises ConfigurationError."""
    override = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    if not override:
        host = f"{service}.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
        return Place(Endpoint(host), host)
    url = urlsplit(override)
    try:
        port = url.port or (443 if url.scheme == "https" else 80)
    except ValueError:
        port = 0
    bare = url.scheme in ("http", "https") and url.path in ("", "/") and not (url.query or url.fragment)
    if not (bare and port and url.hostname and "@" not in url.netloc):
        raise ConfigurationError(f"AWS_ENDPOINT_URL of {service}: must be http(s)://host[:port]")
    return Place(Endpoint(url.hostname, port, url.scheme == "https"), url.netloc, is_override=True)


class Service:
    """Calls one service. `pause` waits so many seconds before a second try."""

    def __init__(
        self, name: str, read_error: ReadError, limits: Limits = STANDARD, pause: Callable[[float], None] = time.sleep
    ) -> None:
        region = region_from_environment()
        self.place = place_of(name, region)
        self._signer = Signer(credentials_from_environment(), name, region)
        self._connections = Connections(limits)
        self._read_error = read_error
        self._limits = limits
        self._pause = pause

    def connect(self) -> None:
        """Opens a connection ahead of the first call; raises NotSent."""
        self._connections.warm(self.place.endpoint)

    def call(self, call: Call) -> Answer:
        """Makes a call, tries it again where that may help, and gives its answer, a success; raises AwsError."""
        for _ in range(self._limits.tries - 1):
            try:
                return self._try(call)
            except AwsError as error:
                if not _may_pass(error):
                    raise
            self._pause(random.random())  # noqa: S311 - so that many functions don't try again in step
        return self._try(call)

    def _try(self, call: Call) -> Answer:
        place = call.place or self.place
        signed = {"host": place.host, **call.headers}
        payload_hash = hashlib.sha256(call.body).hexdigest()
        signed |= self._signer.sign(call.method, call.target, signed, payload_hash, datetime.now(UTC))
        request = request_bytes(call.method, call.target, signed | _unsigned(), call.body)
        answer = self._connections.exchange(place.endpoint, call.operation, request)
        if 200 <= answer.status < 300:
            return answer
        code, details = self._read_error(answer)
        raise AwsRefused(call.operation, code, answer.status, details)


def is_throttled(error: AwsError) -> bool:
    """Tells whether AWS refused a call because there were too many: it did nothing then."""
    return isinstance(error, AwsRefused) and (error.code in _THROTTLED or error.status == _TOO_MANY_REQUESTS)


def _may_pass(error: AwsError) -> bool:
    if isinstance(error, AwsRefused):
        return is_throttled(error) or error.code in _PASSING or error.status in _PASSING_STATUS
    return True


def _unsigned() -> dict[str, str]:
    """Lambda notices functions that call themselves in a circle by this header."""
    trace = os.environ.get("_X_AMZN_TRACE_ID")
    if not trace or "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return {}
    return {"x-amzn-trace-id": quote(trace, safe="-=;:+&[]{}\"',")}
