"""A gateway that runs, on this machine or in AWS, as far as getting things back needs to know it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.installation import Installation, installation_in_aws, local_installation
from gateway.stack import Queues

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Deployment:
    """What is kept for later, and the clients to reach it. A function, as it is to be invoked, is under the prefix that
    it keeps things under in the quarantine: the provider's name, or `fanout`.
    """

    sqs: "SQSClient"
    s3: "S3Client"
    lambda_: "LambdaClient"
    queues: Queues
    quarantine_bucket: str
    functions: dict[str, str]


def local_deployment(work: Path) -> Deployment:
    """Gives the local stack that runs in a folder; raises GatewayError where none does."""
    return deployment_of(local_installation(work))


def deployed(name: str, profile: str | None, region: str | None) -> Deployment:
    """Gives a stack in AWS by its name, with the usual profile and region; raises GatewayError or what boto3 raises."""
    return deployment_of(installation_in_aws(name, profile, region))


def deployment_of(it: Installation) -> Deployment:
    """Gives what getting things back needs of an installation."""
    return Deployment(
        it.client("sqs"),
        it.client("s3"),
        it.client("lambda"),
        it.deployed.queues,
        it.deployed.quarantine_bucket,
        it.deployed.in_force,
    )
