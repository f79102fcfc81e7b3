"""`gateway doctor`: what is wrong is found, with what to do about it; what is well is left alone."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from gateway.backfill import backfills
from gateway.operations import doctor
from gateway.operations.installation import installation_in_aws
from gateway.operations.queues import arn_of
from gateway.operations.subscriptions import lets_in
from tests.support.acme.sender import ACME_ENTRY
from tests.support.boto import REGION
from tests.support.installed import ALARM, NAME, STAGE, Desk
from tests.support.providers import registered

ELSEWHERE = "arn:aws:sqs:eu-west-1:1:operators"  # in an account that this one can't see
ENTRIES = {entry.provider.name: entry for entry in (*registered(), ACME_ENTRY)}


@pytest.fixture
def healthy(office: Desk) -> Desk:
    for name, entry in ENTRIES.items():
        office.aws.put_secrets(f"/inbound-sms/{STAGE}/{name}", entry.secrets)
        office.aws.put_document(f"/inbound-sms/{STAGE}/{name}", entry)
    _count("InboundSms", "Accepted", *({"provider": name, "service": NAME} for name in ENTRIES))
    for topic, url in office.aws.inboxes.items():
        office.json("subscribe", arn_of(office.aws.sqs, url), "--topic", topic, "--no-test")
    kept = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": f"{ELSEWHERE}-dead"})}
    office.aws.sns.subscribe(TopicArn=office.operations, Protocol="sqs", Endpoint=ELSEWHERE, Attributes=kept)
    _alarm("ALARM", name=f"{NAME}-prod-FailedAlarm-1")  # of a stack whose name begins the same
    _alarm("OK")
    return office


def _count(namespace: str, name: str, *dimensions: dict[str, str]) -> None:
    at = datetime.now(UTC) - timedelta(hours=2)
    named = [[{"Name": key, "Value": value} for key, value in each.items()] for each in dimensions]
    data: Any = [{"MetricName": name, "Dimensions": each, "Timestamp": at, "Value": 1} for each in named]
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
    assert [it["how"] for it in found if it["what"] == "alarms"] == ["1, none in alarm"]
    last = {it["what"] for it in found if it["what"].startswith("last message")}
    assert last == {f"last message of {name}" for name in ENTRIES}


def test_what_takes_the_repository_to_be_looked_at_is_a_note(healthy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.paths.INSTALLED", True)
    [note] = [it for it in healthy.json("doctor") if it["what"] == "documents"]
    assert (note["level"], "a copy of the repository" in note["advice"]) == ("note", True)


def test_a_document_that_is_wrong_or_missing_is_found_with_its_place(healthy: Desk) -> None:
    name = next(name for name, entry in ENTRIES.items() if entry.sender.document)
    parameter = {"Name": f"/inbound-sms/{STAGE}/{name}/document"}
    healthy.aws.ssm.put_parameter(**parameter, Value="[message]\nid = 7", Type="String", Overwrite=True)
    wrong = [it["how"] for it in healthy.json("doctor", status=1) if it["what"] == f"document of {name}"]
    healthy.aws.ssm.delete_parameter(**parameter)
    missing = [it["how"] for it in healthy.json("doctor", status=1) if it["what"] == f"document of {name}"]

    assert "message.id: neither a text nor a list of texts" in wrong[0]
    assert missing == [f"there is no parameter {parameter['Name']}"]


def test_what_is_wrong_is_found_with_what_to_do_and_nothing_else(healthy: Desk) -> None:
    aws, (missing, open_to_all, plain, *_) = healthy.aws, ENTRIES
    dead, queue = (aws.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("topic-dead", "topic"))
    healthy.outputs.update(AcmeTopicQueueUrl=queue, AcmeTopicDeadLettersUrl=dead)
    for url in (healthy.dead, dead):
        aws.sqs.send_message(QueueUrl=url, MessageBody="x")
    aws.ssm.delete_parameter(Name=f"/inbound-sms/{STAGE}/{missing}")
    name = f"/inbound-sms/{STAGE}/{plain}"
    aws.ssm.delete_parameter(Name=name)
    aws.ssm.put_parameter(Name=name, Value=json.dumps(ENTRIES[plain].secrets), Type="String")
    aws.put_secrets(f"/inbound-sms/{STAGE}/{open_to_all}", {"authentication": "none"})
    aws.put_secrets(f"/inbound-sms/{STAGE}/acme", {"basic": [""]})
    aws.s3.put_object(Bucket=aws.bucket, Key="acme/1/record.json", Body=b"{}")
    _alarm("ALARM")
    _count("AWS/Lambda", "Throttles", {"FunctionName": "fn-fanout"})
    _count("AWS/DynamoDB", "WriteThrottleEvents", {"TableName": aws.table})
    advised = {
        f"secrets of {missing}": f"gateway secrets set {missing}; until then requests get 503",
        f"secrets of {open_to_all}": f"gateway secrets set {open_to_all} --replace",
        f"secrets of {plain}": "",
        "secrets of acme": "gateway secrets set acme --replace; until then requests get 503",
        "dead letters": "gateway dlq redrive --execute",
        "acme topic dead letters": "gateway dlq redrive --queue acme-topic --execute",
        "quarantine": "gateway quarantine replay --execute",
        ALARM: "Look at the log.",
        "throttling of fanout": "docs/operating.md#throttling",
        "throttling of table of claims": "docs/operating.md#throttling",
    }

    todo = [it for it in healthy.json("doctor", status=1) if it["level"] == "to do"]

    assert sorted(it["what"] for it in todo) == sorted(advised)
    assert [it for it in todo if advised[it["what"]] not in it["advice"]] == []
    [accepted] = [it for it in todo if it["what"] == f"secrets of {plain}"]
    assert accepted["how"] == "a String: it can be read without kms:Decrypt"
    assert "503" not in accepted["advice"], "of what is accepted it does not say that it is refused"


def test_nobody_who_listens_is_found(office: Desk) -> None:
    for it in office.aws.sns.list_subscriptions()["Subscriptions"]:
        office.aws.sns.unsubscribe(SubscriptionArn=it["SubscriptionArn"])

    found = office.json("doctor", status=1)
    levels = {it["what"]: it["level"] for it in found}

    advised = {it["what"] for it in found if "gateway backfill" in it.get("advice", "")}
    assert advised == {f"last message of {name}" for name in backfills()}
    assert levels["subscriptions to messages"] == levels["subscriptions to operations"] == "to do"
    assert levels["subscriptions to delivery"] == "note"
    assert {levels[f"last message of {name}"] for name in ENTRIES} == {"note"}


class StandIn:
    """SNS with one subscription that waits for its confirmation, or a service that this user may not ask."""

    def __init__(self, *, denied: bool) -> None:
        self.denied = denied

    def get_paginator(self, name: str) -> "StandIn":
        if self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, name)
        return self

    def paginate(self, **_parameters: str) -> list[Any]:
        return [{"Subscriptions": [{"SubscriptionArn": "PendingConfirmation", "Protocol": "email"}]}]


def test_what_waits_and_what_can_not_be_seen_is_said(healthy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    instead = {"sns": StandIn(denied=False), "cloudwatch": StandIn(denied=True)}
    real = installation_in_aws(NAME, None, REGION)
    changed = replace(real, client=lambda service: instead.get(service) or real.client(service))
    monkeypatch.setattr("gateway.cli.common.find", lambda **_: changed)
    ended = healthy.run("doctor")

    assert ended.exit_code == 1
    assert "one by email is not confirmed" in ended.stdout
    assert "good for two days" in ended.stdout
    assert "AccessDenied" in ended.stdout


def test_the_quarantine_is_counted_to_its_end(healthy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    bodies = [f"acme/{number}/body" for number in range(5)]  # of requests that were never acknowledged
    for status, found, keys in (
        (0, "empty", bodies),
        (1, "1 kept", ["acme/0/record.json"]),
        (1, "3 kept", ["acme/1/record.json", "acme/2/record.json"]),
    ):
        for key in keys:
            healthy.aws.s3.put_object(Bucket=healthy.aws.bucket, Key=key, Body=b"{}")
        levels = {it["what"]: it["how"] for it in healthy.json("doctor", status=status)}

        assert levels["quarantine"] == found


def test_silenced_alarms_and_rotations_need_nothing(healthy: Desk) -> None:
    _alarm("ALARM", acts=False)
    healthy.aws.put_secrets(f"/inbound-sms/{STAGE}/acme", {"path_secret": ["a" * 16, "b" * 16]})

    notes = [it for it in healthy.json("doctor") if it["level"] == "note"]

    assert [it["what"] for it in notes] == ["secrets of acme"]
    assert "retire" in notes[0]["advice"]


def _statement(action: str = "sqs:SendMessage", principal: Any = None, **condition: Any) -> dict[str, Any]:
    service = {"Service": "sns.amazonaws.com"}
    return {"Effect": "Allow", "Principal": principal or service, "Action": action, "Condition": condition}


TOPIC = "arn:aws:sns:eu-west-1:123456789012:messages"
POLICIES = [
    ("", False),
    (_statement(ArnEquals={"aws:SourceArn": TOPIC}), True),
    (_statement("SQS:*", ArnLike={"AWS:SourceArn": ["arn:aws:sns:*:123456789012:*"]}), True),
    (_statement("sqs:*", StringEquals={"aws:SourceAccount": "123456789012"}), True),
    (_statement(principal="*"), True),
    (_statement(principal={"AWS": "*"}, ArnEquals={"aws:SourceArn": f"{TOPIC}-other"}), False),
    (_statement(ArnEquals={"aws:SourceArn": TOPIC.replace("messages", "delivery")}), False),
    (_statement("sqs:ReceiveMessage"), False),
    (_statement(principal={"Service": "events.amazonaws.com"}), False),
    (_statement() | {"Effect": "Deny"}, False),
]


@pytest.mark.parametrize(("statement", "let_in"), POLICIES)
def test_whom_a_policy_lets_in(statement: Any, let_in: bool) -> None:
    policy = json.dumps({"Statement": statement}) if statement else ""
    assert lets_in(policy, "sqs:SendMessage", TOPIC) is let_in


def test_a_subscription_that_would_lose_messages_is_found(healthy: Desk) -> None:
    aws, topic = healthy.aws, healthy.aws.topics["messages"]
    healthy.parameters["MessagesEmail"] = "desk@example.com"
    account = topic.split(":")[4]
    shut, keyed = (aws.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("shut", "keyed"))
    policy = json.dumps({"Version": "2012-10-17", "Statement": _statement(ArnEquals={"aws:SourceArn": topic})})
    aws.sqs.set_queue_attributes(QueueUrl=keyed, Attributes={"Policy": policy, "KmsMasterKeyId": "alias/aws/sqs"})
    asked: list[tuple[str, dict[str, str]]] = [
        (arn_of(aws.sqs, shut), {"FilterPolicy": json.dumps({"$or": [{"Sender": ["+1"]}, {"sender": ["+1"]}]})}),
        (arn_of(aws.sqs, keyed), {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn_of(aws.sqs, shut)})}),
        (f"arn:aws:sqs:{REGION}:{account}:gone", {}),
    ]
    for endpoint, attributes in asked:
        aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes=attributes)
    aws.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=f"arn:aws:lambda:{REGION}:{account}:function:answer")

    found = [it for it in healthy.json("doctor", status=1) if it["what"] == "subscriptions to messages"]

    assert [it["how"] for it in found if it["level"] == "to do"] == [
        "shut: SNS may not write to the queue shut",
        "shut: its filter wants Sender, which no event has",
        "keyed: the queue keyed is encrypted with alias/aws/sqs, which SNS may not use",
        "keyed: its dead-letter queue: SNS may not write to the queue shut",
        "gone: there is no queue gone",
        "answer: SNS may not invoke the function answer",
        "the address of the parameter is subscribed no more: SNS ends what gets over 10 messages a second",
    ]
    notes = [it["how"].partition(":")[0] for it in found if it["level"] == "note"]
    assert notes == ["shut", "gone", "answer"], "without a dead-letter queue"


@pytest.mark.parametrize(
    ("mappings", "minimum", "found"),
    [
        ([{"UUID": "u", "State": "Enabled"}], "0", ["enabled"]),
        ([{"UUID": "u", "State": "Enabled", "ProvisionedPollerConfig": {"MinimumPollers": 2}}], "2", ["enabled"]),
        ([{"UUID": "u", "State": "Disabled"}], "0", ["Disabled: nothing is published"]),
        (
            [{"UUID": "u", "State": "Enabled", "ProvisionedPollerConfig": {"MinimumPollers": 2}}],
            "0",
            ["has pollers still, $6.75 a month each, without FanoutMinimumPollers"],
        ),
        ([], "0", ["there is none: nothing is published"]),
    ],
)
def test_what_takes_the_events_is_looked_at(
    office: Desk, monkeypatch: pytest.MonkeyPatch, mappings: Any, minimum: str, found: list[str]
) -> None:
    office.parameters["FanoutMinimumPollers"] = minimum
    monkeypatch.setattr(doctor, "mappings_of", lambda _: mappings)
    assert [it.how for it in doctor._event_source(installation_in_aws(NAME, None, REGION))] == found
