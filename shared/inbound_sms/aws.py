"""AWS clients with time limits that fit a webhook: nothing may wait for minutes."""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

AWS_ERRORS = (BotoCoreError, ClientError)

# Two tries of at most 3 s each, and a pause of at most 1 s: 7 s for a call at the very worst.
CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=20,
)

# A publication that SNS took, and whose answer came too late, would be published twice by a second try: so there is
# none, and more patience.
PUBLISH_CONFIG = CONFIG.merge(Config(read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1}))


@cache
def sqs() -> "SQSClient":
    """The SQS client."""
    return boto3.client("sqs", config=CONFIG)


@cache
def s3() -> "S3Client":
    """The S3 client."""
    return boto3.client("s3", config=CONFIG)


@cache
def ssm() -> "SSMClient":
    """The Parameter Store client."""
    return boto3.client("ssm", config=CONFIG)


@cache
def sns() -> "SNSClient":
    """The SNS client."""
    return boto3.client("sns", config=PUBLISH_CONFIG)


@cache
def dynamodb() -> "DynamoDBClient":
    """The DynamoDB client."""
    return boto3.client("dynamodb", config=CONFIG)
