"""The subscriptions of an installation's topics: what of each would lose messages, seen before any is lost."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import ClientError

from gateway.operations.findings import Finding, Level
from gateway.operations.installation import Installation

# What subscribers may filter by: docs/subscribing.md, "What to filter by".
ATTRIBUTES = frozenset({
    "type", "provider", "account", "sender", "recipient", "opt_out", "consent", "country_code", "first_word", "route",
})  # fmt: skip
_SNS = "sns.amazonaws.com"
_EXACTLY = {"StringEquals", "ArnEquals", "ArnLike", "StringLike"}
_GONE = {"QueueDoesNotExist", "NonExistentQueue", "ResourceNotFoundException"}
_UNUSABLE_KEYS = {"alias/aws/sqs"}  # AWS's own, whose policy lets no other service in


@dataclass(frozen=True)
class Subscription:
    """A subscription of a topic. `arn` is empty while it waits for its confirmation."""

    topic: str
    protocol: str
    endpoint: str
    arn: str

    @property
    def name(self) -> str:
        """The endpoint as a line shows it: a queue's or function's name, no person's address."""
        return self.endpoint.rpartition(":")[2] if self.endpoint.startswith("arn:") else self.protocol


def subscriptions_of(sns: Any, topic: str) -> list[Subscription]:
    """Return every subscription of a topic."""
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    return [
        Subscription(topic, it["Protocol"], it.get("Endpoint", ""), it["SubscriptionArn"] if _is_arn(it) else "")
        for page in pages
        for it in page["Subscriptions"]
    ]


def _is_arn(listed: Any) -> bool:
    return str(listed["SubscriptionArn"]).startswith("arn:")


def subscriptions(installation: Installation) -> Iterator[Finding]:
    """Look over every subscription (confirmed, let in, with a dead-letter queue), and the addresses of parameters."""
    topics = installation.deployed.topics
    listened = {"messages": topics.messages, "delivery": topics.delivery}
    if not installation.local:  # on this machine nobody is to be alarmed
        listened["operations"] = installation.deployed.operations_topic
    for name, arn in listened.items():
        found = subscriptions_of(installation.client("sns"), arn)
        confirmed = [it for it in found if it.arn]
        what = f"subscriptions to {name}"
        for it in found:
            if not it.arn:
                advice = "open the link in SNS's mail, or let the endpoint confirm; it is good for two days"
                yield Finding(Level.TODO, what, f"one by {it.protocol} is not confirmed", advice)
        yield from _faults(installation, what, confirmed)
        if confirmed:
            yield Finding(Level.OK, what, f"{len(confirmed)} confirmed")
        elif name == "delivery":
            yield Finding(Level.NOTE, what, "none: nobody gets delivery reports and clicks", "docs/subscribing.md")
        else:
            lost = "alarms" if name == "operations" else "messages"
            advice = "set OperationsEmail, or subscribe" if name == "operations" else "docs/subscribing.md"
            yield Finding(Level.TODO, what, f"none: nobody gets the {lost}", advice)
        address = installation.parameters.get(
            {"messages": "MessagesEmail", "operations": "OperationsEmail"}.get(name, "")
        )
        if address and address not in {it.endpoint for it in found}:
            how = "the address of the parameter is subscribed no more: SNS ends what gets over 10 messages a second"
            yield Finding(Level.TODO, what, how, "subscribe it again: docs/operating.md#subscribers")


def _faults(installation: Installation, what: str, confirmed: list[Subscription]) -> Iterator[Finding]:
    for it in confirmed:
        for fault, advice in faults_in(installation, it):
            yield Finding(Level.TODO, what, f"{it.name}: {fault}", advice)
        if not installation.local and not keeps_what_fails(installation, it):
            how = f"{it.name}: without a dead-letter queue, what SNS can't deliver is lost"
            yield Finding(Level.NOTE, what, how, "gateway subscribe makes one; docs/subscribing.md")


def faults_in(installation: Installation, subscription: Subscription) -> Iterator[tuple[str, str]]:
    """Yield what would lose messages of a confirmed subscription, with what to do about it; raise what boto3 raises."""
    attributes = _attributes(installation, subscription)
    if subscription.protocol == "sqs":
        yield from queue_faults(installation, subscription.endpoint, subscription.topic)
    if subscription.protocol == "lambda":
        yield from _function_faults(installation, subscription)
    policy = json.loads(attributes.get("FilterPolicy") or "{}")
    if attributes.get("FilterPolicyScope") != "MessageBody":
        for name in sorted(_names_in(policy) - ATTRIBUTES):
            yield f"its filter wants {name}, which no event has", "docs/subscribing.md#what-to-filter-by"
    if redrive := json.loads(attributes.get("RedrivePolicy") or "{}"):
        for fault, advice in queue_faults(installation, redrive["deadLetterTargetArn"], subscription.topic):
            yield f"its dead-letter queue: {fault}", advice


def keeps_what_fails(installation: Installation, subscription: Subscription) -> bool:
    """Return whether a subscription has a dead-letter queue; an e-mail address can have none."""
    return subscription.protocol.startswith("email") or "RedrivePolicy" in _attributes(installation, subscription)


def _attributes(installation: Installation, subscription: Subscription) -> dict[str, str]:
    found: dict[str, str] = installation.client("sns").get_subscription_attributes(SubscriptionArn=subscription.arn)[
        "Attributes"
    ]
    return found


def _names_in(policy: dict[str, Any]) -> set[str]:
    """Return the attributes that a filter policy names, inside of `$or`, too."""
    names = policy.keys() - {"$or"}
    return names.union(*(_names_in(each) for each in policy.get("$or", [])))


# ---- Queues and functions --------------------------------------------------------------------------------------


def queue_faults(installation: Installation, queue_arn: str, topic: str) -> Iterator[tuple[str, str]]:
    """Yield why SNS could not write into a queue, as far as this account may see it."""
    name = queue_arn.rpartition(":")[2]
    if is_elsewhere(queue_arn, topic):
        return  # its owner's business
    try:
        url = queue_url(installation, queue_arn)
        queue = installation.client("sqs").get_queue_attributes(
            QueueUrl=url, AttributeNames=["Policy", "KmsMasterKeyId"]
        )
    except ClientError as error:
        if not is_gone(error):
            raise
        yield f"there is no queue {name}", "subscribe another one: gateway subscribe QUEUE_ARN"
        return
    attributes = queue.get("Attributes", {})
    if not lets_in(attributes.get("Policy", ""), "sqs:SendMessage", topic):
        yield f"SNS may not write to the queue {name}", f"gateway subscribe {queue_arn}"
    if attributes.get("KmsMasterKeyId") in _UNUSABLE_KEYS:
        advice = "take SQS's own keys (SqsManagedSseEnabled), or a key of yours that lets in sns.amazonaws.com"
        yield f"the queue {name} is encrypted with {attributes['KmsMasterKeyId']}, which SNS may not use", advice


def _function_faults(installation: Installation, subscription: Subscription) -> Iterator[tuple[str, str]]:
    if is_elsewhere(subscription.endpoint, subscription.topic):
        return
    try:
        policy = installation.client("lambda").get_policy(FunctionName=subscription.endpoint)["Policy"]
    except ClientError as error:
        if not is_gone(error):
            raise
        policy = ""  # there is no such function, or nobody may call it
    if not lets_in(policy, "lambda:InvokeFunction", subscription.topic):
        advice = "aws lambda add-permission: docs/subscribing.md#a-function"
        yield f"SNS may not invoke the function {subscription.name}", advice


def is_gone(error: ClientError) -> bool:
    """Return whether a queue or function isn't there."""
    return error.response["Error"]["Code"].rpartition(".")[2] in _GONE


def queue_url(installation: Installation, queue_arn: str) -> str:
    """Return the URL of a queue of this account and region; raise what boto3 raises."""
    name = queue_arn.rpartition(":")[2]
    url: str = installation.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return installation.deployed.reachable(url)


def is_elsewhere(arn: str, topic: str) -> bool:
    """Return whether something is in another account or region than a topic."""
    return arn.split(":")[3:5] != topic.split(":")[3:5]


def lets_in(policy: str, action: str, topic: str) -> bool:
    """Return whether a resource's policy, as far as it is about SNS, allows an action in the name of a topic.

    Conditions on anything but the source are taken as met: this finds what was forgotten, it proves nothing.
    """
    statements = json.loads(policy)["Statement"] if policy else []
    return any(
        each["Effect"] == "Allow"
        and any(fnmatchcase(action.lower(), str(it).lower()) for it in _listed(each.get("Action", [])))
        and _is_sns(each.get("Principal"))
        and _is_from(each.get("Condition", {}), topic)
        for each in _listed(statements)
    )


def _is_sns(principal: Any) -> bool:
    if isinstance(principal, dict):
        return _SNS in _listed(principal.get("Service", [])) or "*" in _listed(principal.get("AWS", []))
    return bool(principal == "*")


def _is_from(conditions: dict[str, dict[str, Any]], topic: str) -> bool:
    sources = {"aws:sourcearn": topic, "aws:sourceaccount": topic.split(":")[4]}
    return all(
        any(fnmatchcase(sources[key.lower()], str(it)) for it in _listed(wanted))
        for operator, tested in conditions.items()
        if operator in _EXACTLY
        for key, wanted in tested.items()
        if key.lower() in sources
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
