"""The calls to AWS that the functions make, with time limits that fit a webhook: nothing may wait for minutes.

Methods, parameters and responses are named as boto3's, as far as they are used here; errors are `AwsError`s. Clients
are configured by the environment, as in Lambda, and made once. With AWS_CLIENT=boto3 they are boto3's, with the same
limits and errors. docs/decisions/aws-client.md says what each costs, and why there are two.
"""

import os
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

from aws_client.clients import S3, Client, DynamoDb, Sns, Sqs, Ssm
from aws_client.errors import (
    AwsError,
    AwsServiceError,
    ConfigurationError,
    RequestNotSent,
    ResponseLost,
    is_throttled,
)

__all__ = [
    "S3",
    "AwsError",
    "AwsServiceError",
    "ConfigurationError",
    "DynamoDb",
    "RequestNotSent",
    "ResponseLost",
    "Sns",
    "Sqs",
    "Ssm",
    "connect",
    "dynamodb",
    "is_throttled",
    "s3",
    "sns",
    "sqs",
    "ssm",
]

_Kind = TypeVar("_Kind", S3, DynamoDb, Sns, Sqs, Ssm)


def _make(kind: type[_Kind]) -> _Kind:
    match os.environ.get("AWS_CLIENT", "own"):
        case "own":
            return kind()
        case "boto3":
            from aws_client.boto3_clients import Boto3Client  # noqa: PLC0415 - it costs a cold start what we save

            adapter: Any = Boto3Client(kind.__name__.lower())
            return adapter  # type: ignore[no-any-return]
    raise ConfigurationError("AWS_CLIENT: must be own or boto3")


@cache
def sqs() -> Sqs:
    """Return the client of Amazon SQS; raise ConfigurationError."""
    return _make(Sqs)


@cache
def ssm() -> Ssm:
    """Return the client of Parameter Store; raise ConfigurationError."""
    return _make(Ssm)


@cache
def dynamodb() -> DynamoDb:
    """Return the client of DynamoDB; raise ConfigurationError."""
    return _make(DynamoDb)


@cache
def sns() -> Sns:
    """Return the client of Amazon SNS; raise ConfigurationError."""
    return _make(Sns)


@cache
def s3() -> S3:
    """Return the client of Amazon S3; raise ConfigurationError."""
    return _make(S3)


def connect(*clients: Client) -> None:
    """Connect while a function starts, not at the expense of its first request."""
    for client in clients:
        with suppress(AwsError):  # the first call tries again, and reports
            client.connect()
