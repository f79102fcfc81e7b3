"""boto3's clients with the errors of ours: what stands in for `aws_client` over moto."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from inbound_sms.errors import AnswerLost, AwsRefused, NotSent

REGION = "eu-west-1"


class Boto:
    """A client of boto3. Its operations raise AwsErrors; everything else is boto3's. `plain` is boto3's all through."""

    def __init__(self, service: str, config: Config | None = None, **options: Any) -> None:
        self.plain: Any = boto3.client(service, region_name=REGION, config=config, **options)  # type: ignore[call-overload]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.plain, name)
        operation = self.plain.meta.method_to_api_mapping.get(name)
        return _translating(found, operation) if operation else found

    def connect(self) -> None:
        """Nothing to do: moto answers in this process."""


def _translating(call: Callable[..., Any], operation: str) -> Callable[..., Any]:
    def called(**parameters: Any) -> Any:
        try:
            return call(**parameters)
        except ClientError as error:
            code, status = (
                error.response["Error"]["Code"],
                error.response["ResponseMetadata"].get("HTTPStatusCode", 400),
            )
            raise AwsRefused(operation, code, status, error.response) from error
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            raise NotSent(operation, type(error).__name__) from error
        except BotoCoreError as error:
            raise AnswerLost(operation, type(error).__name__) from error

    return called
