"""Something that the gateway works on is gone: a clear error, then nothing lost and nothing twice once it is back.

And what can never be published ends in the dead-letter queue instead of going round for ever.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from gateway.simulator import senders
from tests.support.outside import FIRST, Outside
from tests.support.stacks import SOON

NOT_OURS = "not an event of the gateway"


@contextmanager
def table_gone(outside: Outside) -> Iterator[None]:
    dynamodb, name = outside.boto("dynamodb"), outside.stack.table
    table = dynamodb.describe_table(TableName=name)["Table"]
    dynamodb.delete_table(TableName=name)
    try:
        yield
    finally:
        same = {key: table[key] for key in ("TableName", "AttributeDefinitions", "KeySchema")}
        dynamodb.create_table(**same, BillingMode="PAY_PER_REQUEST")


@contextmanager
def topic_gone(outside: Outside) -> Iterator[None]:
    sns, arn = outside.boto("sns"), outside.stack.topics.messages
    [subscription] = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    sns.delete_topic(TopicArn=arn)
    try:
        yield
    finally:
        assert sns.create_topic(Name=arn.rpartition(":")[2])["TopicArn"] == arn
        again = {key: subscription[key] for key in ("TopicArn", "Protocol", "Endpoint")}
        sns.subscribe(**again, Attributes={"RawMessageDelivery": "true"})


@contextmanager
def bucket_gone(outside: Outside) -> Iterator[None]:
    s3, name = outside.boto("s3"), outside.stack.quarantine_bucket
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        for each in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            s3.delete_object(Bucket=name, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(Bucket=name)
    try:
        yield
    finally:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": outside.stack.region})


@contextmanager
def parameter_gone(outside: Outside) -> Iterator[None]:
    ssm, name = outside.boto("ssm"), outside.variables(FIRST)["PROVIDER_PARAMETER"]
    value = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    ssm.delete_parameter(Name=name)
    try:
        with outside.configured(FIRST, POWERTOOLS_LOG_LEVEL="INFO"):  # started anew: what it read is good for minutes
            yield
    finally:
        ssm.put_parameter(Name=name, Value=value, Type="SecureString")


# What is gone, what the provider hears meanwhile, and how the log tells of it.
OUTAGES = [
    (table_gone, 200, "claims table unavailable"),
    (topic_gone, 200, "a batch was not published, it will be retried"),
    (bucket_gone, 503, "quarantine unavailable"),
    (parameter_gone, 503, "no secret configured"),
]


@pytest.mark.parametrize(("gone", "answer", "error"), OUTAGES)
def test_while_it_is_gone_there_is_a_clear_error_and_afterwards_all_comes_through_once(
    gone: Callable[[Outside], AbstractContextManager[None]], answer: int, error: str, impatient: Outside
) -> None:
    sender, own_id = senders()[FIRST], str(uuid.uuid4())
    message = sender.message.identified(sender.message.documented, own_id)
    readable = gone is not bucket_gone
    body = sender.message.written(message) if readable else sender.broken[0]
    dead, told = impatient.backlog("dead_letters"), len(tellings(error, impatient))

    with gone(impatient):
        assert impatient.post(FIRST, body).status_code == answer
        impatient.wait_until(lambda: len(tellings(error, impatient)) > told)
    if answer != 200:  # a first secret counts within ten seconds
        impatient.wait_until(lambda: impatient.post(FIRST, body).status_code == 200)

    if readable:
        impatient.wait_until(lambda: impatient.backlog() == 0, seconds=90)
        assert len(impatient.events_with(f"{FIRST}/{own_id}")) == 1
    else:
        assert body in impatient.quarantined().values()
    assert impatient.backlog("dead_letters") == dead


def tellings(error: str, outside: Outside) -> list[str]:
    """Return the lines of the log that tell of an error."""
    return [line for line in outside.logged() if error in line]


def test_a_message_that_is_not_ours_ends_in_the_dead_letter_queue_and_holds_up_nobody(impatient: Outside) -> None:
    sqs, queues = impatient.boto("sqs"), impatient.stack.queues
    odd = ["not ours", '{"id": "half of an ev', json.dumps({"id": "x", "type": "y", "data": {}})]
    before, told = impatient.backlog("dead_letters"), len(tellings(NOT_OURS, impatient))
    for body in odd:
        sqs.send_message(QueueUrl=queues.events, MessageBody=body)

    event_id = impatient.text("+4512345678", "+4587654321", "behind what is odd")
    impatient.wait_until(lambda: any(event["id"] == event_id for event in impatient.inbox()))
    impatient.wait_until(lambda: impatient.backlog("dead_letters") == before + len(odd), seconds=120)
    assert impatient.backlog() == 0
    # As often as the queue says: a test of an update on this stack changes that.
    policy = sqs.get_queue_attributes(QueueUrl=queues.events, AttributeNames=["RedrivePolicy"])["Attributes"]
    receives = int(json.loads(policy["RedrivePolicy"])["maxReceiveCount"])
    assert receives >= int(SOON["MaxReceives"])
    assert len(tellings(NOT_OURS, impatient)) - told == receives * len(odd)
