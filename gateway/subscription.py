"""Queues that listen to topics."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gateway.local_aws import LocalAws
from gateway.stack import PerTopic

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_RETENTION_SECONDS = 3_600  # of a queue for a while, should whoever made it be killed


def subscribe_inboxes(aws: LocalAws, stack: str, topics: PerTopic) -> PerTopic:
    """Makes an inbox for each topic; nothing of ours ever takes a message out of one."""
    return PerTopic(
        messages=subscribe_queue(aws, f"{stack}-inbox-messages", topics.messages),
        delivery=subscribe_queue(aws, f"{stack}-inbox-delivery", topics.delivery),
    )


def subscribe_queue(aws: LocalAws, name: str, *topics: str) -> str:
    """Makes a queue that gets what the topics publish, as it was published; gives its URL."""
    url = aws.sqs.create_queue(QueueName=name)["QueueUrl"]
    _subscribe(aws.sns, topics, _arn(aws.sqs, url))
    return url


@contextmanager
def queue_for_a_while(sqs: "SQSClient", sns: "SNSClient", name: str, *topics: str) -> Iterator[str]:
    """Gives the URL of a queue that gets what the topics publish, as it was published; takes it away at the end."""
    url = sqs.create_queue(QueueName=name, Attributes={"MessageRetentionPeriod": str(_RETENTION_SECONDS)})["QueueUrl"]
    subscriptions: list[str] = []
    try:
        arn = _arn(sqs, url)
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _open_to(arn, topics)})
        subscriptions += _subscribe(sns, topics, arn)
        yield url
    finally:
        with suppress(BotoCoreError, ClientError):  # nobody is helped by an error now; the rest is still tried
            for subscription in subscriptions:
                sns.unsubscribe(SubscriptionArn=subscription)
        with suppress(BotoCoreError, ClientError):
            sqs.delete_queue(QueueUrl=url)


def _subscribe(sns: "SNSClient", topics: tuple[str, ...], queue_arn: str) -> list[str]:
    attributes = {"RawMessageDelivery": "true"}
    return [
        sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes=attributes, ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        for topic in topics
    ]


def _arn(sqs: "SQSClient", url: str) -> str:
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def _open_to(queue_arn: str, topics: tuple[str, ...]) -> str:
    """The policy that lets these topics, and nobody else, send to a queue."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": list(topics)}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
