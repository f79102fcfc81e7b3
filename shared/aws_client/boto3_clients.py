"""boto3 in place of the functions' own client: the same operations, time limits and errors.

boto3 is part of Lambda's Python runtimes. It is imported only where AWS_CLIENT asks for it.
"""

import io
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError

from aws_client.environment import credentials_from_environment, endpoint_of, region_from_environment
from aws_client.errors import AwsServiceError, RequestNotSent, ResponseLost
from aws_client.service import PUBLISH, STANDARD

# Everything else may have failed after the request was sent.
_NOT_SENT = (EndpointConnectionError, ConnectTimeoutError, NoCredentialsError, ParamValidationError)


class Boto3Client:
    """A client of boto3 whose operations raise AwsErrors. All else is boto3's, `plain` with its own errors too."""

    def __init__(self, service: str) -> None:
        region = region_from_environment()
        endpoint_of(service, region)  # boto3 reads the same variables, and says less about a mistake in them
        credentials_from_environment()
        self.plain: Any = boto3.client(service, region_name=region, config=_config(service))  # type: ignore[call-overload]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.plain, name)
        operation = self.plain.meta.method_to_api_mapping.get(name)
        return _translated(found, operation) if operation else found

    def connect(self) -> None:
        """Do nothing: boto3 has no way to connect ahead of a call."""


def _config(service: str) -> Config:
    """Return the limits of our own client. `total_max_attempts` of 1: a response that was lost is never repeated."""
    limits = PUBLISH if service == "sns" else STANDARD
    return Config(
        connect_timeout=limits.connect,
        read_timeout=limits.response,
        retries={"mode": "standard", "total_max_attempts": limits.attempts},
        max_pool_connections=20,
    )


def _translated(call: Callable[..., Any], operation: str) -> Callable[..., Any]:
    def translated(**parameters: Any) -> Any:
        try:
            response = call(**parameters)
            if operation == "GetObject":  # read here, where what goes wrong is translated
                response["Body"] = io.BytesIO(response["Body"].read())
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            code = error.response.get("Error", {}).get("Code", str(status))
            raise AwsServiceError(operation, code, status, error.response) from error
        except _NOT_SENT as error:
            raise RequestNotSent(operation, type(error).__name__) from error
        except (BotoCoreError, ResponseParserError) as error:
            raise ResponseLost(operation, type(error).__name__) from error
        return response

    return translated
