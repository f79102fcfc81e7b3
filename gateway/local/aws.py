"""AWS as the local engine serves it. Nothing here can reach the real one."""

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

REGION: Final = "eu-west-1"
_CREDENTIAL = "test"  # what local engines expect: account 000000000000
_CONFIG = Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 2}, proxies={})


class LocalAws:
    """Clients of one local engine, and the environment for other programs that are to use it."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._session = boto3.Session(_CREDENTIAL, _CREDENTIAL, region_name=REGION)

    @property
    def environment(self) -> dict[str, str]:
        """Our own environment, with everything that leads to AWS replaced."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": _CREDENTIAL,
            "AWS_SECRET_ACCESS_KEY": _CREDENTIAL,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def client(self, service: str) -> Any:
        """Return a client of any service."""
        return self._session.client(service, endpoint_url=self.endpoint, config=_CONFIG)  # type: ignore[call-overload]

    @cached_property
    def apigateway(self) -> "ApiGatewayV2Client":
        """API Gateway's HTTP APIs."""
        return self._session.client("apigatewayv2", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """CloudFormation."""
        return self._session.client("cloudformation", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def functions(self) -> "LambdaClient":
        """Lambda."""
        return self._session.client("lambda", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def s3(self) -> "S3Client":
        """S3."""
        return self._session.client("s3", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def sns(self) -> "SNSClient":
        """SNS."""
        return self._session.client("sns", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def sqs(self) -> "SQSClient":
        """SQS."""
        return self._session.client("sqs", endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def ssm(self) -> "SSMClient":
        """Parameter Store."""
        return self._session.client("ssm", endpoint_url=self.endpoint, config=_CONFIG)
