"""`gateway subscribe`: a queue gets what it is to get, whatever was there before."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from gateway.cli import common
from gateway.operations.installation import Installation
from gateway.operations.queues import arn_of
from gateway.operations.subscribing import TEST_TYPE, Wanted, commands, try_out
from gateway.operations.tail import Filter, listening
from inbound_sms_subscriber import event_of
from tests.component.conftest import Clients
from tests.support.boto import REGION
from tests.support.installed import Desk

OTHERS = {"Sid": "theirs", "Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": "sqs:*", "Resource": "*"}
FOREIGN = f"arn:aws:sqs:{REGION}:210987654321:theirs"


@pytest.fixture
def sales(office: Desk) -> str:
    policy = json.dumps({"Version": "2012-10-17", "Statement": OTHERS})
    url = office.aws.sqs.create_queue(QueueName="sales", Attributes={"Policy": policy})["QueueUrl"]
    return arn_of(office.aws.sqs, url)


def attributes_of(office: Desk, queue: str) -> dict[str, Any]:
    there = office.aws.sns.list_subscriptions()["Subscriptions"]
    [arn] = [each["SubscriptionArn"] for each in there if each["Endpoint"] == queue]
    found: dict[str, Any] = office.aws.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return found


def test_it_lets_sns_in_keeps_what_fails_and_filters_however_often_it_is_run(office: Desk, sales: str) -> None:
    first = office.json("subscribe", sales, "--to", "+4534735477")
    assert [line.partition(":")[0] for line in first["done"]] == [
        "policy of sales", "policy of sales-undelivered", "subscription made",
    ]  # fmt: skip
    assert first["test_event_arrived"] is True
    made = attributes_of(office, sales)
    assert json.loads(made["FilterPolicy"]) == {"recipient": ["+4534735477"]}
    assert json.loads(made["RedrivePolicy"]) == {"deadLetterTargetArn": f"{sales}-undelivered"}
    assert made["RawMessageDelivery"] == "true"

    url = office.aws.sqs.get_queue_url(QueueName="sales")["QueueUrl"]
    kept = office.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(kept)["Statement"][0] == OTHERS, "what was allowed before stays"
    office.aws.sqs.send_message(QueueUrl=url, MessageBody="somebody's")
    again = office.json("subscribe", sales)
    assert [line.partition(":")[0] for line in again["done"]] == ["subscription changed"]
    assert again["test_event_arrived"] is None, "nobody's messages are received by us"
    assert json.loads(attributes_of(office, sales).get("FilterPolicy", "{}")) == {}


def test_a_queue_is_used_a_second_after_it_was_made(
    office: Desk, installation: Installation, sales: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So SQS asks (API reference, CreateQueue)."""
    waits: list[float] = []
    monkeypatch.setattr("gateway.operations.queues.SETTLING_SECONDS", 1.25)
    monkeypatch.setattr("gateway.operations.queues.time.sleep", waits.append)
    with listening(installation, Filter()):
        assert waits.count(1.25) == 1
    office.json("subscribe", sales)
    assert waits.count(1.25) == 2, "its dead-letter queue"


def test_the_commands_for_others_are_printed(office: Desk) -> None:
    printed = office.run("subscribe", FOREIGN, "--print").stdout
    assert [line.partition(" --")[0] for line in printed.splitlines() if line[0] != "#"] == [
        "aws sqs create-queue", "aws sqs set-queue-attributes", "aws sqs set-queue-attributes", "aws sns subscribe",
    ]  # fmt: skip
    wanted = Wanted(office.aws.topics["messages"], FOREIGN, {})
    assert printed.splitlines() == list(commands(wanted))


@pytest.mark.parametrize(
    ("policy", "passes"),
    [
        ({}, {}),
        ({"route": [{"prefix": "sal"}]}, {"route": "sal"}),
        ({"type": ["inbound-sms.message.received.v1"]}, {"type": "inbound-sms.message.received.v1"}),
        ({"opt_out": [{"exists": False}]}, None),
        ({"$or": [{"route": ["a"]}, {"opt_out": ["true"]}]}, None),
    ],
)
def test_the_test_event_passes_the_filter_and_reads_as_one(
    office: Desk, clients: Clients, policy: Any, passes: Any
) -> None:
    url = office.aws.sqs.create_queue(QueueName="sales")["QueueUrl"]
    wanted = Wanted(office.aws.topics["messages"], arn_of(office.aws.sqs, url), policy)
    sent: list[dict[str, Any]] = []

    def publish(**parameters: Any) -> None:
        sent.append(parameters)
        office.aws.sqs.send_message(QueueUrl=url, MessageBody=parameters["Message"])

    clients["sns"] = Mock(publish=publish)
    assert try_out(common.find(), wanted) is (None if passes is None else True)
    if passes is not None:
        values = {name: each["StringValue"] for name, each in sent[0]["MessageAttributes"].items()}
        assert values == {"type": TEST_TYPE} | passes
        assert event_of(sent[0]["Message"]).type == TEST_TYPE


def test_every_filter_of_the_examples_is_taken(office: Desk, sales: str) -> None:
    for file in Path("examples/filter-policies").glob("*.json"):
        office.json("subscribe", sales, "--filter", str(file), "--no-test")
        assert json.loads(attributes_of(office, sales)["FilterPolicy"]) == json.loads(file.read_text())
