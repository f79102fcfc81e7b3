"""What can go wrong with a call to AWS, by what is known about it afterwards."""

from collections.abc import Mapping
from typing import Any


class ConfigurationError(Exception):
    """A variable of the environment is missing or wrong; the message says which, and holds no secret."""


class AwsError(Exception):
    """A call failed. Its text is fit for a log: it holds nothing of what either side said."""

    safe_to_log = True

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(f"{reason} {operation}")
        self.operation = operation


class RequestNotSent(AwsError):
    """Surely not carried out: there was no connection, or it broke before the request was written to its end."""


class ResponseLost(AwsError):
    """Perhaps carried out: the response did not arrive in time, was cut off, or could not be understood."""


class AwsServiceError(AwsError):
    """AWS answered with an error: its code as boto3 gives it, the HTTP status, and what stood beside the code."""

    def __init__(self, operation: str, code: str, status: int = 400, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(operation, code)
        self.code = code
        self.status = status
        self.details = details or {}


class MalformedResponse(Exception):
    """What came is not what HTTP or the service's protocol says, or is too large. Callers see it as ResponseLost."""


class IncompleteResponse(Exception):
    """The connection was closed before the end of the response. Callers see it as ResponseLost."""


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


def is_throttled(error: AwsError) -> bool:
    """Return whether AWS refused a call because there were too many: it did nothing then."""
    return isinstance(error, AwsServiceError) and (error.code in _THROTTLED or error.status == _TOO_MANY_REQUESTS)
