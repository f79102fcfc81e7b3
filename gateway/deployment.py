"""A gateway that runs, on this machine or in AWS, as far as getting things back needs to know it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from pydantic import ValidationError

from gateway.errors import GatewayError
from gateway.local_aws import LocalAws
from gateway.paths import shown
from gateway.stack import STACK_FILE, Deployed, Queues, Stack, outputs_of

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

# A replay takes as long as its function may (25 s); repeating one does no harm.
_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4})


@dataclass(frozen=True)
class Deployment:
    """What is kept for later, and the clients to reach it. A function's name is under the prefix that it keeps things
    under in the quarantine: the provider's name, or `fanout`.
    """

    sqs: "SQSClient"
    s3: "S3Client"
    lambda_: "LambdaClient"
    queues: Queues
    quarantine_bucket: str
    functions: dict[str, str]


def local_stack_in(work: Path) -> Stack:
    """Gives what there is to know of the stack that runs in a folder; raises GatewayError where none does."""
    try:
        return Stack.model_validate_json((work / STACK_FILE).read_text())
    except FileNotFoundError:
        raise GatewayError(
            f"No local stack runs in {shown(work)}/ (make run starts one); a deployed one needs its name: --stack NAME"
        ) from None
    except ValidationError:
        raise GatewayError(f"{shown(work / STACK_FILE)} is of another version of the gateway: make run anew") from None


def local_deployment(work: Path) -> Deployment:
    """Gives the local stack that runs in a folder; raises GatewayError where none does."""
    stack = local_stack_in(work)
    aws = LocalAws(stack.endpoint)
    return Deployment(aws.sqs, aws.s3, aws.functions, stack.queues, stack.quarantine_bucket, stack.functions)


def deployed(name: str, profile: str | None, region: str | None) -> Deployment:
    """Gives a stack in AWS by its name, with the usual profile and region; raises GatewayError or what boto3 raises."""
    session = boto3.Session(profile_name=profile, region_name=region)
    outputs = outputs_of(session.client("cloudformation", config=_CONFIG), name)
    if "QuarantineBucketName" not in outputs:
        raise GatewayError(f"The stack {name} is not an inbound SMS gateway: it has no output QuarantineBucketName")
    stack = Deployed(None, outputs)
    return Deployment(
        session.client("sqs", config=_CONFIG),
        session.client("s3", config=_CONFIG),
        session.client("lambda", config=_CONFIG),
        stack.queues,
        outputs["QuarantineBucketName"],
        stack.functions,
    )
