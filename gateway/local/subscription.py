"""The queues that a local stack has of its own, and that listen to its topics for as long as it runs."""

from gateway.local.aws import LocalAws
from gateway.operations.queues import arn_of
from gateway.operations.stack import PerTopic


def subscribe_inboxes(aws: LocalAws, stack: str, topics: PerTopic) -> PerTopic:
    """Make an inbox for each topic; nothing of ours ever takes a message out of one."""
    return PerTopic(
        messages=subscribe_queue(aws, f"{stack}-inbox-messages", topics.messages),
        delivery=subscribe_queue(aws, f"{stack}-inbox-delivery", topics.delivery),
    )


def subscribe_queue(aws: LocalAws, name: str, *topics: str) -> str:
    """Make a queue that gets what the topics publish, as it was published; return its URL."""
    url = aws.sqs.create_queue(QueueName=name)["QueueUrl"]
    queue = arn_of(aws.sqs, url)
    for topic in topics:
        aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    return url
