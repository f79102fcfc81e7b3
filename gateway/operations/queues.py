"""What SQS tells about any queue, and what it asks of whoever makes one."""

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


SETTLING_SECONDS = 1.0  # SQS API reference, CreateQueue: wait as long before you use the queue


def made_queue(sqs: "SQSClient", name: str, attributes: Any, *, local: bool) -> str:
    """Make a queue; return its URL once it can be used."""
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    time.sleep(0 if local else SETTLING_SECONDS)
    return url


def number_in(sqs: "SQSClient", url: str) -> int:
    """Return about how many messages there are in a queue, those under way (or looked at) included."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def arn_of(sqs: "SQSClient", url: str) -> str:
    """Return the ARN of a queue."""
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
