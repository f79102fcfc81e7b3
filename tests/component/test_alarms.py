"""Alarms and dashboard watch what is really emitted: the functions are run, and what they write is compared."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import fanout
from gateway.template import rows
from inbound_sms import observability
from inbound_sms.observability import metrics
from tests.support.faults import failing
from tests.support.providers import ROOT, Registered, registered
from tests.support.queued import Queued
from tests.support.template import decided, functions, resolved, resources, written
from tests.support.token_endpoint import make_endpoint, token_event
from tests.support.world import World

Metric = tuple[str, frozenset[tuple[str, str]]]  # its name and its dimensions
OURS = "InboundSms"
STACK = "a-stack"

# What AWS's services emit, by namespace: the metrics that the alarms read, with the dimensions they come with.
# Sources, AWS's pages: "HTTP API metrics", "Available CloudWatch metrics for Amazon SQS", "... for Amazon SNS",
# "DynamoDB metrics and dimensions", "Types of metrics for Lambda functions" (account-wide without a dimension).
THEIRS = {
    "AWS/ApiGateway": ({"Latency", "5xx", "4xx", "Count"}, {"ApiId"}),
    "AWS/SQS": ({"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}, {"QueueName"}),
    "AWS/SNS": ({"NumberOfNotificationsFailed"}, {"TopicName"}),
    "AWS/DynamoDB": ({"WriteThrottleEvents"}, {"TableName"}),
    "AWS/Lambda": ({"Throttles"}, set()),
}


def alarms() -> dict[str, dict[str, Any]]:
    return {name: alarm["Properties"] for name, alarm in resources("AWS::CloudWatch::Alarm").items()}


def watched() -> Iterator[tuple[str, str, str, Any]]:
    """Return alarm, namespace, metric and dimensions, metric math included."""
    for name, alarm in alarms().items():
        parts = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
        for part in parts:
            yield name, part["Namespace"], part["MetricName"], part.get("Dimensions", [])


def as_metric(name: str, dimensions: list[dict[str, Any]]) -> Metric:
    """Return the metric that an alarm reads; the stack's name is what !Ref AWS::StackName gives."""
    assert all(each["Value"] == {"Ref": "AWS::StackName"} for each in dimensions if each["Name"] == "service")
    return name, frozenset((each["Name"], STACK if each["Name"] == "service" else each["Value"]) for each in dimensions)


@pytest.fixture
def emitted(aws: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> set[Metric]:
    """Run every function down every path that counts something; return what CloudWatch makes of it."""
    monkeypatch.setattr(metrics.provider, "service", STACK)

    def run(function: Callable[[], Any], **own: str) -> None:
        monkeypatch.setattr(observability, "_dimensions", own)
        function()
        observability.flush()

    for entry in registered():
        run(lambda entry=entry: every_answer(aws, entry, monkeypatch), provider=entry.provider.name)
    run(lambda: fan_out(aws, monkeypatch))
    run(lambda: start_of_a_fan_out(aws, monkeypatch, routes="{"))
    run(lambda: tokens(aws))
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return {metric for document in documents for metric in metrics_in(document)}


def every_answer(aws: World, entry: Registered, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count what was accepted, unknown, refused, too large, quarantined, failed, and secrets that can no longer
    be read.
    """
    receiver = aws.receiver(entry, secrets_max_age_seconds=0)
    unknown = "unknown" if "unknown" in entry.sender.callbacks else "message"
    answers = [
        receiver.handle(entry.event())["statusCode"],
        receiver.handle(entry.event(callback=unknown))["statusCode"],
        receiver.handle(entry.event(credentials="wrong"))["statusCode"],
        receiver.handle(entry.event(b"x" * 300_000))["statusCode"],
        receiver.handle(entry.event(entry.sender.broken[0]))["statusCode"],
    ]
    assert answers == [200, 200, 401, 413, 200]
    monkeypatch.setattr(receiver.secrets, "_ssm", failing("ssm", "GetParameter"))
    assert receiver.handle(entry.event())["statusCode"] == 200
    aws.ssm.delete_parameter(Name=receiver.settings.provider_parameter)
    assert aws.receiver(entry, {"hmac": "a mistake"}).handle(entry.event())["statusCode"] == 503
    limited = aws.receiver(entry, entry.secrets | {"source_ips": ["203.0.113.9"]})
    assert limited.handle(entry.event(credentials="wrong"))["statusCode"] == 401
    assert aws.receiver(entry, {"hmac": []}).handle(entry.event())["statusCode"] == 503


def fan_out(aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count what was published, duplicate, conflict, not ours, retried, published and not recorded."""
    first, again, other = Queued("1"), Queued("1", delivery="2"), Queued("1", delivery="3", text="another")
    monkeypatch.setattr(fanout, "_ready", lambda: aws.fanout(dynamodb=failing("dynamodb", "UpdateItem")))
    assert fanout.handler({"Records": [first.record]}, None) == {"batchItemFailures": []}
    records = [again.record, other.record, {"messageId": "4", "body": "{"}]
    assert fanout.handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "4"}]}


def start_of_a_fan_out(aws: World, monkeypatch: pytest.MonkeyPatch, routes: str) -> None:
    """As Lambda starts it, with that in the parameter Routes."""
    physical = {
        "ClaimsTable": aws.table,
        "MessagesTopic": aws.topics["messages"],
        "DeliveryTopic": aws.topics["delivery"],
        "QuarantineBucket": aws.bucket,
    }
    for name, value in functions()["FanoutFunction"]["Environment"].items():
        monkeypatch.setenv(name, str(resolved(value, physical)))
    monkeypatch.setenv("ROUTES", routes)
    aws.stands_in(monkeypatch)
    fanout.fanout_from_environment()


def tokens(aws: World) -> None:
    """Refused, failed, and for a provider that has no clients."""
    event = token_event({"grant_type": "client_credentials"}, "Basic d3Jvbmc6d3Jvbmc=")
    assert make_endpoint(aws).handle(event)["statusCode"] == 401
    for parameter in ({"oauth2": {}}, {}):
        unusable = make_endpoint(aws)
        aws.put_secrets("/test/acme", parameter)
        assert unusable.handle(event)["statusCode"] == 503


def metrics_in(document: dict[str, Any]) -> Iterator[Metric]:
    for directive in document["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == OURS
        for names in directive["Dimensions"]:
            for metric in directive["Metrics"]:
                yield metric["Name"], frozenset((name, document[name]) for name in names)


def test_every_alarm_watches_a_metric_that_exists(emitted: set[Metric]) -> None:
    for alarm, namespace, name, dimensions in watched():
        if namespace == OURS:
            assert as_metric(name, dimensions) in emitted, alarm
        else:
            names, its_dimensions = THEIRS[namespace]
            assert name in names, alarm
            assert {each["Name"] for each in dimensions} == its_dimensions, alarm


def test_every_metric_of_the_dashboard_exists(emitted: set[Metric]) -> None:
    body = resources("AWS::CloudWatch::Dashboard")["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    text = body.replace("${AWS::StackName}", STACK).replace("${!", "${")
    read = list(metrics_of_dashboard(json.loads(text)))
    assert len(read) > 10
    for name, dimensions in read:
        if ("service", STACK) in dimensions:
            assert (name, dimensions) in emitted
        else:  # a search: for each value of the other dimension
            assert any(
                name == its and {key for key, _ in dims} == {key for key, _ in dimensions} for its, dims in emitted
            )


def metrics_of_dashboard(document: dict[str, Any]) -> Iterator[Metric]:
    """Return the metrics of ours in the widgets: written out (with CloudWatch's `.` for `as above`), or in a search."""
    for widget in document["widgets"]:
        above: list[Any] = []
        for row in widget["properties"]["metrics"]:
            if isinstance(row[0], dict):
                [(keys, names)] = re.findall(r"\{InboundSms,([\w,]+)\} MetricName=(\(.*?\)|\S+)", row[0]["expression"])
                for name in re.findall(r'"(\w+)"', names):
                    yield name, frozenset((key, "*") for key in keys.split(","))
                continue
            above = [
                above[at] if value == "." else value for at, value in enumerate(row) if not isinstance(value, dict)
            ]
            if above[0] == OURS:
                yield above[1], frozenset(zip(above[2::2], above[3::2], strict=True))


def test_what_must_not_go_unnoticed_has_an_alarm() -> None:
    ours = {name for _, namespace, name, _ in watched() if namespace == OURS}
    assert ours >= {
        "Accepted", "Failed", "Refused", "TokensRefused", "Quarantined", "SecretsStale", "Duplicates", "RoutesWrong",
    }  # fmt: skip
    dead = {str(dims) for _, _, name, dims in watched() if name == "ApproximateNumberOfMessagesVisible"}
    queues = {name for name in resources("AWS::SQS::Queue") if "DeadLetters" in name}
    assert dead == {str([{"Name": "QueueName", "Value": {"Fn::GetAtt": f"{name}.QueueName"}}]) for name in queues}


def test_every_alarm_reaches_the_operators_and_says_what_to_do() -> None:
    headings = {
        "#" + line.lstrip("# ").strip().lower().replace(" ", "-")
        for line in (ROOT / "docs" / "operating.md").read_text().splitlines()
        if line.startswith("#")
    }
    for name, alarm in alarms().items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "OperationsTopic"}], name
        text = resolved(alarm["AlarmDescription"])
        assert len(text) <= 1_024, "CloudWatch: AlarmDescription"
        assert text.rpartition("docs/operating.md")[2] in headings, name


def test_silence_is_watched_of_every_provider_where_somebody_asked_for_it() -> None:
    for prefix, row in rows(written()).items():
        silent, anomaly = (
            resources("AWS::CloudWatch::Alarm")[f"{prefix}{kind}Alarm"] for kind in ("Silent", "Anomaly")
        )
        assert (silent["Condition"], anomaly["Condition"]) == ("SilenceWatched", "AnomaliesWatched")
        assert silent["Properties"]["EvaluationPeriods"] == {"Ref": "SilenceHours"}
        assert silent["Properties"]["TreatMissingData"] == "breaching", "no count at all is what silence looks like"
        assert {"Name": "provider", "Value": row["Name"]} in silent["Properties"]["Dimensions"]
    conditions = {name: decided({"Fn::If": [name, True, False]}) for name in ("SilenceWatched", "AnomaliesWatched")}
    assert not any(conditions.values())
