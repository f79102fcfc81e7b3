"""`gateway doctor`: what is wrong is found, with what to do about it; what is well is left alone."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError

from gateway.backfill import backfills
from gateway.operations import doctor
from gateway.operations.deployed import Deployed
from gateway.operations.findings import Level
from gateway.operations.installation import Installation
from gateway.operations.queues import arn_of
from gateway.operations.subscriptions import lets_in
from tests.component.conftest import Clients
from tests.support.acme.sender import ACME_ENTRY
from tests.support.boto import REGION
from tests.support.installed import ALARM, NAME, PREFIXES, STAGE, Desk
from tests.support.providers import registered, those

ELSEWHERE = "arn:aws:sqs:eu-west-1:1:operators"  # in an account that this one can't see
CONFIGURED = those(lambda entry: bool(entry.sender.document))[0]
LISTED = those(lambda entry: entry.provider.name in backfills())[0]
ENTRIES = {entry.provider.name: entry for entry in (*registered()[:3], CONFIGURED, LISTED, ACME_ENTRY)}


@pytest.fixture
def few(office: Desk) -> Desk:
    """Return a desk of a gateway with a few providers: each more makes every look at it take longer."""
    for name in PREFIXES.keys() - ENTRIES:
        for output in ("WebhookUrl", "FunctionName"):
            del office.outputs[PREFIXES[name] + output]
    return office


@pytest.fixture
def healthy(few: Desk) -> Desk:
    for name, entry in ENTRIES.items():
        few.aws.put_secrets(f"/inbound-sms/{STAGE}/{name}", entry.secrets)
        few.aws.put_document(f"/inbound-sms/{STAGE}/{name}", entry)
    _count("InboundSms", "Accepted", *({"provider": name, "service": NAME} for name in ENTRIES))
    for topic, url in few.aws.inboxes.items():
        few.json("subscribe", arn_of(few.aws.sqs, url), "--topic", topic, "--no-test")
    kept = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": f"{ELSEWHERE}-dead"})}
    few.aws.sns.subscribe(TopicArn=few.operations, Protocol="sqs", Endpoint=ELSEWHERE, Attributes=kept)
    _alarm("ALARM", name=f"{NAME}-prod-FailedAlarm-1")  # of a stack whose name begins the same
    _alarm("OK")
    return few


def _count(namespace: str, name: str, *dimensions: dict[str, str]) -> None:
    at = datetime.now(UTC) - timedelta(hours=2)
    named = [[{"Name": key, "Value": value} for key, value in each.items()] for each in dimensions]
    data: Any = [{"MetricName": name, "Dimensions": each, "Timestamp": at, "Value": 1} for each in named]
    boto3.client("cloudwatch", region_name=REGION).put_metric_data(Namespace=namespace, MetricData=data)


def _alarm(state: str, *, name: str = ALARM, acts: bool = True) -> None:
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    rule: Any = {"Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1, "Threshold": 0}
    watched: Any = {"Namespace": "InboundSms", "MetricName": "Failed", "ComparisonOperator": "GreaterThanThreshold"}
    cloudwatch.put_metric_alarm(
        AlarmName=name, AlarmDescription="Look at the log.", ActionsEnabled=acts, **watched, **rule
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="r")


def test_of_a_healthy_one_nothing_needs_doing(healthy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    found = healthy.json("doctor")

    assert {finding["level"] for finding in found} == {"ok"}
    assert [it["how"] for it in found if it["what"] == "alarms"] == ["1, none in alarm"]
    last = {it["what"] for it in found if it["what"].startswith("last message")}
    assert last == {f"last message of {name}" for name in ENTRIES}

    _alarm("ALARM", acts=False)
    healthy.aws.put_secrets(f"/inbound-sms/{STAGE}/acme", {"path_secret": ["a" * 16, "b" * 16]})
    monkeypatch.setattr("gateway.paths.INSTALLED", True)
    notes = {it["what"]: it["advice"] for it in healthy.json("doctor") if it["level"] == "note"}
    assert notes.keys() == {"secrets of acme", "documents"}, "an alarm that was silenced is none"
    assert "retire" in notes["secrets of acme"]
    assert "a copy of the repository" in notes["documents"]


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
    document = f"/inbound-sms/{STAGE}/{CONFIGURED.provider.name}/document"
    aws.ssm.put_parameter(Name=document, Value="[message]\nid = 7", Type="String", Overwrite=True)
    _alarm("ALARM")
    _count("AWS/Lambda", "Throttles", {"FunctionName": "fn-fanout"})
    _count("AWS/DynamoDB", "WriteThrottleEvents", {"TableName": aws.table})
    advised = {
        f"secrets of {missing}": f"gateway secrets set {missing}; until then requests get 503",
        f"secrets of {open_to_all}": f"gateway secrets set {open_to_all} --replace",
        f"secrets of {plain}": "",
        "secrets of acme": "gateway secrets set acme --replace; until then requests get 503",
        f"document of {CONFIGURED.provider.name}": "put a right one there: functions/webhook/README.md",
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
    told = {it["what"]: it for it in todo}
    assert "message.id: neither a text nor a list of texts" in told[f"document of {CONFIGURED.provider.name}"]["how"]
    assert told[f"secrets of {plain}"]["how"] == "a String: it can be read without kms:Decrypt"
    assert "503" not in told[f"secrets of {plain}"]["advice"], "of what is accepted it does not say that it is refused"


def test_that_nobody_listens_and_that_a_document_is_missing_is_found(few: Desk) -> None:
    for it in few.aws.sns.list_subscriptions()["Subscriptions"]:
        few.aws.sns.unsubscribe(SubscriptionArn=it["SubscriptionArn"])

    found = few.json("doctor", status=1)
    levels = {it["what"]: it["level"] for it in found}

    advised = {it["what"] for it in found if "gateway backfill" in it.get("advice", "")}
    assert advised == {f"last message of {name}" for name in backfills().keys() & ENTRIES}
    assert levels["subscriptions to messages"] == levels["subscriptions to operations"] == "to do"
    assert levels["subscriptions to delivery"] == "note"
    assert {levels[f"last message of {name}"] for name in ENTRIES} == {"note"}
    missing = [it["how"] for it in found if it["what"] == f"document of {CONFIGURED.provider.name}"]
    assert missing == [f"there is no parameter /inbound-sms/{STAGE}/{CONFIGURED.provider.name}/document"]


def test_what_waits_and_what_can_not_be_seen_is_said(healthy: Desk, clients: Clients) -> None:
    waits = {"SubscriptionArn": "PendingConfirmation", "Protocol": "email"}
    clients["sns"], clients["cloudwatch"] = Mock(), Mock()
    clients["sns"].get_paginator.return_value.paginate.return_value = [{"Subscriptions": [waits]}]
    denied: Any = {"Error": {"Code": "AccessDenied", "Message": "no"}}
    clients["cloudwatch"].get_paginator.side_effect = ClientError(denied, "DescribeAlarms")
    ended = healthy.run("doctor")

    assert ended.exit_code == 1
    for told in ("one by email is not confirmed", "good for two days", "AccessDenied"):
        assert told in ended.stdout


def test_the_quarantine_is_counted_to_its_end(
    office: Desk, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    bodies = [f"acme/{number}/body" for number in range(5)]  # of requests that were never acknowledged
    records = [f"acme/{number}/record.json" for number in range(3)]
    for keys, found in ((bodies, "empty"), (records[:1], "1 kept"), (records[1:], "3 kept")):
        for key in keys:
            office.aws.s3.put_object(Bucket=office.aws.bucket, Key=key, Body=b"{}")
        assert [it.how for it in doctor._quarantine(installation)] == [found]


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


POLLERS = {"UUID": "u", "State": "Enabled", "ProvisionedPollerConfig": {"MinimumPollers": 2}}


@pytest.mark.parametrize(
    ("mappings", "minimum", "found"),
    [
        ([{"UUID": "u", "State": "Enabled"}], "0", "enabled"),
        ([POLLERS], "2", "enabled"),
        ([POLLERS], "0", "has pollers still, $6.75 a month each, without FanoutMinimumPollers"),
        ([{"UUID": "u", "State": "Disabled"}], "0", "Disabled: nothing is published"),
        ([], "0", "there is none: nothing is published"),
    ],
)
def test_what_takes_the_events_is_looked_at(
    office: Desk, installation: Installation, monkeypatch: pytest.MonkeyPatch, mappings: Any, minimum: str, found: str
) -> None:
    office.parameters["FanoutMinimumPollers"] = minimum
    monkeypatch.setattr(doctor, "mappings_of", lambda _: mappings)
    assert [it.how for it in doctor._event_source(installation)] == [found]


MADE = {"CodeSha256": "a", "Environment": {"Variables": {"LOG_LEVEL": "INFO"}}, "MemorySize": 512, "RevisionId": "1"}
CHANGED = MADE | {"Environment": {"Variables": {"LOG_LEVEL": "DEBUG"}}}


@pytest.mark.parametrize(
    ("latest", "weights", "level", "how"),
    [
        (MADE | {"RevisionId": "2"}, {}, Level.OK, "what was deployed last is in force"),
        (CHANGED, {}, Level.TODO, "what was deployed last is not in force"),
        (CHANGED, {"2": 0.1}, Level.NOTE, "a deployment is under way: 10% at version 2"),
    ],
)
def test_what_was_not_published_is_found_and_a_deployment_under_way_is_told(
    latest: Any, weights: dict[str, float], level: Level, how: str
) -> None:
    functions = Mock()
    functions.get_alias.return_value = {"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}
    configurations = {"fn-fanout": latest, "fn-fanout:live": MADE}
    functions.get_function_configuration.side_effect = lambda FunctionName: configurations[FunctionName]  # noqa: N803

    for alias, expected in (({"FunctionAlias": "live"}, [(level, how)]), ({}, [])):
        deployed = Deployed(None, {"FanoutFunctionName": "fn-fanout", **alias})
        found = doctor._versions(Installation("gw", "test", deployed, lambda _: functions))
        assert [(it.level, it.how) for it in found] == expected, "without an alias there is nothing to tell"
