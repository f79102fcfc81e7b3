"""Subscribes a queue: its policy, the subscription with a dead-letter queue, and a test event through both."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from gateway.errors import GatewayError
from gateway.operations.installation import Installation
from gateway.operations.queues import arn_of, made_queue, number_in
from gateway.operations.subscriptions import is_elsewhere, is_gone, lets_in, queue_faults, queue_url, subscriptions_of

TEST_TYPE = "inbound-sms.test.v1"  # of no event that is ever received: subscribers ignore types that they don't know
_SUFFIX = "-undelivered"
_DEAD_LETTERS_SECONDS = 1_209_600  # as long as SQS can
_TEST_SECONDS = 20.0
_QUEUE_NAME = 80  # characters, at most


@dataclass(frozen=True)
class Wanted:
    """A subscription as it shall be; an empty filter lets everything through."""

    topic: str
    queue: str
    filter_policy: dict[str, Any]

    @property
    def name(self) -> str:
        """The queue's name."""
        return self.queue.rpartition(":")[2]

    @property
    def dead_letters(self) -> str:
        """The ARN of the queue for what SNS can't deliver."""
        return f"{self.queue.rpartition(':')[0]}:{self.name[: _QUEUE_NAME - len(_SUFFIX)]}{_SUFFIX}"

    @property
    def attributes(self) -> dict[str, str]:
        """The subscription's attributes."""
        return {
            "RawMessageDelivery": "true",
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": self.dead_letters}),
            "FilterPolicy": json.dumps(self.filter_policy),
        }

    def policy(self, queue: str, before: str = "") -> str:
        """Return a queue's policy, with what it allows already, that lets SNS write to it in the topic's name."""
        document = json.loads(before) if before else {"Version": "2012-10-17", "Statement": []}
        statement = {
            "Sid": f"InboundSms{uuid.uuid5(uuid.NAMESPACE_URL, self.topic).hex[:12]}",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": self.topic}},
        }
        statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
        return json.dumps({**document, "Statement": [*statements, statement]})


def subscribe(installation: Installation, wanted: Wanted) -> Iterator[str]:
    """Make what is missing, and yield in a line what was done. Safe to run again; raises GatewayError."""
    if is_elsewhere(wanted.queue, wanted.topic):
        raise GatewayError(
            f"{wanted.name} is in another account or region: --print shows what to do there. The gateway's parameter "
            "SubscriberAccounts lets other accounts subscribe"
        )
    sqs = installation.client("sqs")
    for fault, advice in queue_faults(installation, wanted.queue, wanted.topic):
        if not advice.startswith("gateway subscribe") or fault.startswith("there is no"):
            raise GatewayError(f"{fault[0].upper()}{fault[1:]}" + ("" if fault.startswith("there") else f": {advice}"))
    yield from _let_in(sqs, queue_url(installation, wanted.queue), wanted)
    yield from _let_in(sqs, _made_dead_letters(installation, wanted), wanted)
    yield _subscribe(installation.client("sns"), wanted)


def _made_dead_letters(installation: Installation, wanted: Wanted) -> str:
    sqs, name = installation.client("sqs"), wanted.dead_letters.rpartition(":")[2]
    try:
        return queue_url(installation, wanted.dead_letters)
    except ClientError as error:
        if not is_gone(error):
            raise
        attributes = {"MessageRetentionPeriod": str(_DEAD_LETTERS_SECONDS), "SqsManagedSseEnabled": "true"}
        return installation.deployed.reachable(made_queue(sqs, name, attributes, local=installation.local is not None))


def _let_in(sqs: Any, url: str, wanted: Wanted) -> Iterator[str]:
    arn = arn_of(sqs, url)
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {}).get("Policy", "")
    if not lets_in(before, "sqs:SendMessage", wanted.topic):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": wanted.policy(arn, before)})
        yield f"policy of {arn.rpartition(':')[2]}: SNS may write to it in the name of the topic"


def _subscribe(sns: Any, wanted: Wanted) -> str:
    there = [it for it in subscriptions_of(sns, wanted.topic) if it.endpoint == wanted.queue and it.arn]
    for subscription in there:  # SNS refuses to subscribe a queue twice with other attributes
        for name, value in wanted.attributes.items():
            sns.set_subscription_attributes(SubscriptionArn=subscription.arn, AttributeName=name, AttributeValue=value)
    if not there:
        attributes = {name: value for name, value in wanted.attributes.items() if value != "{}"}
        sns.subscribe(TopicArn=wanted.topic, Protocol="sqs", Endpoint=wanted.queue, Attributes=attributes)
    filtered = f"filter {json.dumps(wanted.filter_policy)}" if wanted.filter_policy else "everything"
    return f"subscription {'changed' if there else 'made'}: {filtered}; what fails goes to {wanted.dead_letters}"


def commands(wanted: Wanted) -> Iterator[str]:
    """Yield the commands of the AWS CLI that do the same, for whoever may do it."""
    name, dead = wanted.name, wanted.dead_letters.rpartition(":")[2]
    aws = f"--region {wanted.queue.split(':')[3]}"
    yield f"aws sqs create-queue {aws} --queue-name {dead} --attributes MessageRetentionPeriod={_DEAD_LETTERS_SECONDS}"
    for each, arn in ((name, wanted.queue), (dead, wanted.dead_letters)):
        attributes = json.dumps({"Policy": wanted.policy(arn)})
        yield f"# replaces the policy of {each}: where there is one, add the statement to it"
        url = f'"$(aws sqs get-queue-url {aws} --queue-name {each} --output text)"'
        yield f"aws sqs set-queue-attributes {aws} --queue-url {url} --attributes '{attributes}'"
    attributes = json.dumps({key: value for key, value in wanted.attributes.items() if value != "{}"})
    topic = f"--region {wanted.topic.split(':')[3]} --topic-arn {wanted.topic}"
    yield f"aws sns subscribe {topic} --protocol sqs --notification-endpoint {wanted.queue} --attributes '{attributes}'"


# ---- A test event ----------------------------------------------------------------------------------------------


def try_out(installation: Installation, wanted: Wanted) -> bool | None:
    """Publish a test event that passes the filter, and take it out of the queue again; False where it doesn't come.

    None where it was not tried: somebody's messages are in the queue, which must not be counted as received by us, or
    no value is plain to pass the filter. Every subscriber without a filter gets the event; its type says what it is.
    """
    sqs, url = installation.client("sqs"), queue_url(installation, wanted.queue)
    values = _passing(wanted.filter_policy)
    if values is None or number_in(sqs, url):
        return None
    event_id = f"gateway/{uuid.uuid4()}"
    attributes: Any = {
        name: {"DataType": "String", "StringValue": value} for name, value in ({"type": TEST_TYPE} | values).items()
    }
    sns = installation.client("sns")
    sns.publish(TopicArn=wanted.topic, Message=_test_event(event_id), MessageAttributes=attributes)
    deadline = time.monotonic() + _TEST_SECONDS
    while time.monotonic() < deadline:
        for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages", []):
            if event_id in message["Body"]:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return True
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return False


def _test_event(event_id: str) -> str:
    own, now = event_id.partition("/")[2], datetime.now(UTC).isoformat()
    return json.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": "/inbound-sms/gateway",
            "type": TEST_TYPE,
            "time": now,
            "datacontenttype": "application/json",
            "data": {
                "provider": "gateway",
                "received_at": now,
                "authenticated_by": "none",
                "delivery_id": own,
                "provider_payload": None,
            },
        }
    )


def _passing(policy: dict[str, Any]) -> dict[str, str] | None:
    """Return attributes that a filter policy lets through, where they are plain; None where they are not."""
    found = {}
    for name, rules in policy.items():
        plain = next((rule for rule in rules if isinstance(rule, str)), None)
        prefix = next((rule["prefix"] for rule in rules if isinstance(rule, dict) and "prefix" in rule), None)
        if name == "$or" or (plain is None and prefix is None):
            return None
        found[name] = plain if plain is not None else str(prefix)
    return found
