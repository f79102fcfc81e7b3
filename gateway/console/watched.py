"""The gateway that the console shows: the local stack, or one in AWS."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3

from gateway.console.counts import FANOUT, Counts, LoggedCounts, MetricCounts
from gateway.deployment import Deployment, deployed
from gateway.local_aws import LocalAws
from gateway.stack import Deployed, PerTopic, Stack, Webhook, outputs_of

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_LOOK_BACK = timedelta(hours=1)


@dataclass(frozen=True)
class Watched:
    """A gateway as the console needs it. `webhooks` is empty where nothing can be sent: of a stack in AWS, the
    providers' secrets stay where they are. `since` is when counting began; None: when the stack did.
    """

    name: str
    deployment: Deployment
    sns: "SNSClient"
    topics: PerTopic
    counts: Counts
    webhooks: Mapping[str, Webhook]
    pause_seconds: float
    since: datetime | None = None

    @property
    def providers(self) -> list[str]:
        """The providers that it receives from."""
        return [name for name in self.deployment.functions if name != FANOUT]


def watched_local(stack: Stack) -> Watched:
    """Gives the local stack."""
    aws = LocalAws(stack.endpoint)
    groups = {
        name: aws.functions.get_function_configuration(FunctionName=function)["LoggingConfig"]["LogGroup"]
        for name, function in stack.functions.items()
    }
    return Watched(
        name=stack.stack,
        deployment=Deployment(aws.sqs, aws.s3, aws.functions, stack.queues, stack.quarantine_bucket, stack.functions),
        sns=aws.sns,
        topics=stack.topics,
        counts=LoggedCounts(aws.client("logs"), groups),
        webhooks=stack.webhooks,
        pause_seconds=1,
    )


def watched_in_aws(name: str, profile: str | None, region: str | None) -> Watched:
    """Gives a stack in AWS by its name, counted from an hour ago; raises GatewayError or what boto3 raises."""
    deployment = deployed(name, profile, region)
    session = boto3.Session(profile_name=profile, region_name=region)
    since = datetime.now(UTC).replace(second=0, microsecond=0) - _LOOK_BACK
    return Watched(
        name=name,
        deployment=deployment,
        sns=session.client("sns"),
        topics=Deployed(None, outputs_of(session.client("cloudformation"), name)).topics,
        counts=MetricCounts(session.client("cloudwatch"), name, since),
        webhooks={},
        pause_seconds=30,
        since=since,
    )
