"""The functions' own clients of AWS, at an endpoint of a test's; nothing here waits before a second try."""

from typing import Any, TypeVar

import pytest

from aws_client import S3, DynamoDb, Sns, Sqs, Ssm
from tests.support.boto import REGION

Kind = TypeVar("Kind", Sqs, S3, Ssm, Sns, DynamoDb)


def made(kind: type[Kind], endpoint: str | None = None, **environment: str) -> Kind:
    """Makes a client as in Lambda, by the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_REGION", REGION)
        if endpoint:
            patch.setenv("AWS_ENDPOINT_URL", endpoint)
        for name, value in environment.items():
            patch.setenv(name, value)
        client = kind()
    service: Any = client._service
    service._pause = lambda _seconds: None
    return client
