"""`gateway doctor`: what is wrong is found, with what to do about it; what is well is left alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.acme.sender import ACME_ENTRY
from tests.support.boto import REGION
from tests.support.installed import ALARM, NAME, STAGE, Desk
from tests.support.providers import registered

ENTRIES = {entry.provider.name: entry for entry in (*registered(), ACME_ENTRY)}


@pytest.fixture
def healthy(office: Desk) -> Desk:
    for name, entry in ENTRIES.items():
        office.aws.put_secrets(f"/inbound-sms/{STAGE}/{name}", entry.secrets)
        _count("InboundSms", "Accepted", provider=name, service=NAME)
    office.aws.sns.subscribe(TopicArn=office.operations, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:1:operators")
    return office


def _count(namespace: str, name: str, **dimensions: str) -> None:
    values: Any = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    at = datetime.now(UTC) - timedelta(hours=2)
    data: Any = [{"MetricName": name, "Dimensions": values, "Timestamp": at, "Value": 1}]
    boto3.client("cloudwatch", region_name=REGION).put_metric_data(Namespace=namespace, MetricData=data)


def _alarm(state: str, *, name: str = ALARM, acts: bool = True) -> None:
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        AlarmDescription="Look at the log.",
        ActionsEnabled=acts,
        Namespace="InboundSms",
        MetricName="Failed",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="r")


def test_of_a_healthy_one_nothing_needs_doing(healthy: Desk) -> None:
    found = healthy.json("doctor")

    assert {finding["level"] for finding in found} == {"ok"}
    last = {it["what"] for it in found if it["what"].startswith("last message")}
    assert last == {f"last message of {name}" for name in ENTRIES}


def _quarantine(office: Desk) -> None:
    office.aws.s3.put_object(Bucket=office.aws.bucket, Key="acme/1/record.json", Body=b"{}")


def _dead_letter_of_a_source(office: Desk) -> None:
    dead, queue = (office.aws.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("topic-dead", "topic"))
    office.outputs.update(AcmeTopicQueueUrl=queue, AcmeTopicDeadLettersUrl=dead)
    office.aws.sqs.send_message(QueueUrl=dead, MessageBody="x")


ILLS: dict[str, tuple[Callable[[Desk], Any], str, str]] = {
    "a secret is missing": (
        lambda it: it.aws.ssm.delete_parameter(Name=f"/inbound-sms/{STAGE}/acme"),
        "secrets of acme",
        "gateway secrets set acme; until then requests get 503",
    ),
    "a secret is wrong": (
        lambda it: it.aws.put_secrets(f"/inbound-sms/{STAGE}/acme", {"basic": [""]}),
        "secrets of acme",
        "gateway secrets set acme --replace; until then requests get 503",
    ),
    "anybody is let in": (
        lambda it: it.aws.put_secrets(f"/inbound-sms/{STAGE}/acme", {"authentication": "none"}),
        "secrets of acme",
        "gateway secrets set acme --replace",
    ),
    "dead letters": (
        lambda it: it.aws.sqs.send_message(QueueUrl=it.dead, MessageBody="x"),
        "dead letters",
        "gateway dlq redrive --execute",
    ),
    "dead letters of another source": (
        _dead_letter_of_a_source,
        "acme topic dead letters",
        "gateway dlq redrive --queue acme-topic --execute",
    ),
    "quarantine": (_quarantine, "quarantine", "gateway quarantine replay --execute"),
    "an alarm rings": (lambda _: _alarm("ALARM"), ALARM, "Look at the log."),
    "throttled": (
        lambda _: _count("AWS/Lambda", "Throttles", FunctionName="fn-fanout"),
        "throttling of fanout",
        "docs/operating.md#throttling",
    ),
    "the table is throttled": (
        lambda it: _count("AWS/DynamoDB", "WriteThrottleEvents", TableName=it.aws.table),
        "throttling of table of claims",
        "docs/operating.md#throttling",
    ),
}


@pytest.mark.parametrize("ill", ILLS)
def test_what_is_wrong_is_found_and_nothing_else(healthy: Desk, ill: str) -> None:
    befall, what, advice = ILLS[ill]
    befall(healthy)

    todo = [it for it in healthy.json("doctor", status=1) if it["level"] == "to do"]

    assert [it["what"] for it in todo] == [what]
    assert advice in todo[0]["advice"]


def test_nobody_who_listens_is_found(office: Desk) -> None:
    for it in office.aws.sns.list_subscriptions()["Subscriptions"]:
        office.aws.sns.unsubscribe(SubscriptionArn=it["SubscriptionArn"])

    levels = {it["what"]: it["level"] for it in office.json("doctor", status=1)}

    assert levels["subscriptions to messages"] == levels["subscriptions to operations"] == "to do"
    assert levels["subscriptions to delivery"] == "note"
    assert {levels[f"last message of {name}"] for name in ENTRIES} == {"note"}


class Pending:
    """SNS with one subscription that waits for its confirmation."""

    def get_paginator(self, _name: str) -> "Pending":
        return self

    def paginate(self, **_parameters: str) -> list[Any]:
        return [{"Subscriptions": [{"SubscriptionArn": "PendingConfirmation", "Protocol": "email"}]}]


class Denied:
    """A service that this user may not ask."""

    def get_paginator(self, name: str) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, name)


@pytest.mark.parametrize(
    ("service", "stand_in", "says"),
    [("sns", Pending(), "one by email is not confirmed"), ("cloudwatch", Denied(), "AccessDenied")],
)
def test_what_waits_and_what_can_not_be_seen_is_said(
    healthy: Desk, monkeypatch: pytest.MonkeyPatch, service: str, stand_in: Any, says: str
) -> None:
    made = boto3.Session.client
    monkeypatch.setattr(
        boto3.Session, "client", lambda self, name, **more: stand_in if name == service else made(self, name, **more)
    )
    ended = healthy.run("doctor")

    assert ended.exit_code == 1
    assert says in ended.stdout


def test_of_what_is_accepted_it_does_not_say_that_it_is_refused(healthy: Desk) -> None:
    name = f"/inbound-sms/{STAGE}/acme"
    healthy.aws.ssm.delete_parameter(Name=name)
    healthy.aws.ssm.put_parameter(Name=name, Value=json.dumps(ENTRIES["acme"].secrets), Type="String")

    [todo] = [it for it in healthy.json("doctor", status=1) if it["level"] == "to do"]

    assert todo["how"] == "a String: it can be read without kms:Decrypt"
    assert "503" not in todo["advice"]


def test_an_alarm_of_a_stack_whose_name_begins_the_same_is_none_of_ours(healthy: Desk) -> None:
    _alarm("ALARM", name=f"{NAME}-prod-FailedAlarm-1")
    _alarm("OK")

    alarms = [it["how"] for it in healthy.json("doctor") if it["what"] == "alarms"]

    assert alarms == ["1, none rings"]


@pytest.mark.parametrize(("records", "found"), [(0, "empty"), (1, "1 kept"), (3, "3 kept")])
def test_the_quarantine_is_counted_to_its_end(
    healthy: Desk, monkeypatch: pytest.MonkeyPatch, records: int, found: str
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    bodies = [f"acme/{number}/body" for number in range(5)]  # of requests that were never acknowledged
    for key in [*bodies, *(f"acme/{number}/record.json" for number in range(records))]:
        healthy.aws.s3.put_object(Bucket=healthy.aws.bucket, Key=key, Body=b"{}")

    levels = {it["what"]: it["how"] for it in healthy.json("doctor", status=int(records > 0))}

    assert levels["quarantine"] == found


def test_silenced_alarms_and_rotations_need_nothing(healthy: Desk) -> None:
    _alarm("ALARM", acts=False)
    healthy.aws.put_secrets(f"/inbound-sms/{STAGE}/acme", {"path_secret": ["a" * 16, "b" * 16]})

    notes = [it for it in healthy.json("doctor") if it["level"] == "note"]

    assert [it["what"] for it in notes] == ["secrets of acme"]
    assert "retire" in notes[0]["advice"]
