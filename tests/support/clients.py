"""The functions' own clients of AWS, at an endpoint of a test's; nothing here waits before a second try."""

import os
from typing import Any, TypeVar
from unittest.mock import patch

from aws_client import S3, DynamoDb, Sns, Sqs, Ssm
from tests.support.boto import REGION

Kind = TypeVar("Kind", Sqs, S3, Ssm, Sns, DynamoDb)


def made(kind: type[Kind], endpoint: str | None = None, **environment: str) -> Kind:
    """Make a client as in Lambda, by the environment."""
    where = {"AWS_ENDPOINT_URL": endpoint} if endpoint else {}
    with patch.dict(os.environ, {"AWS_REGION": REGION, **where, **environment}):
        client = kind()
    service: Any = client._service
    service._pause = lambda _seconds: None
    return client
