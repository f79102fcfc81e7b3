"""Alarms and dashboard watch what is really emitted: the functions are run, and what they write is compared."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.template import rows
from tests.support.paths import all_paths, scenario_run
from tests.support.providers import ROOT
from tests.support.template import decided, resolved, resources, written

pytestmark = pytest.mark.xdist_group("paths")  # they share the runs of the paths

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


@pytest.fixture(scope="module")
def emitted() -> set[Metric]:
    """Return what CloudWatch makes of what every function emits on its paths."""
    runs = [scenario_run(path).heard.written.getvalue() for path in all_paths()]
    lines = [line for written in runs for line in written.splitlines() if '"_aws"' in line]
    return {metric for line in lines for metric in metrics_in(json.loads(line))}


def metrics_in(document: dict[str, Any]) -> Iterator[Metric]:
    values = document | {"service": STACK}
    for directive in document["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == OURS
        for names in directive["Dimensions"]:
            for metric in directive["Metrics"]:
                yield metric["Name"], frozenset((name, values[name]) for name in names)


def test_every_metric_that_an_alarm_reads_exists(emitted: set[Metric]) -> None:
    for alarm, namespace, name, dimensions in watched():
        if namespace == OURS:
            assert as_metric(name, dimensions) in emitted, alarm
        else:
            names, its_dimensions = THEIRS[namespace]
            assert name in names, alarm
            assert {each["Name"] for each in dimensions} == its_dimensions, alarm


def test_every_metric_that_the_dashboard_reads_exists(emitted: set[Metric]) -> None:
    body = resources("AWS::CloudWatch::Dashboard")["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    read = list(metrics_of_dashboard(json.loads(body.replace("${AWS::StackName}", STACK).replace("${!", "${"))))
    assert len(read) > 10
    with_keys = {(name, frozenset(key for key, _ in dims)) for name, dims in emitted}
    for name, dims in read:
        if ("service", STACK) in dims:
            assert (name, dims) in emitted
        else:  # a search: for each value of the other dimension
            assert (name, frozenset(key for key, _ in dims)) in with_keys


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
            named = [value for value in row if not isinstance(value, dict)]
            above = [above[at] if value == "." else value for at, value in enumerate(named)]
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
    every = resources("AWS::CloudWatch::Alarm")
    for prefix, row in rows(written()).items():
        silent, anomaly = every[f"{prefix}SilentAlarm"], every[f"{prefix}AnomalyAlarm"]
        assert (silent["Condition"], anomaly["Condition"]) == ("SilenceWatched", "AnomaliesWatched")
        assert silent["Properties"]["EvaluationPeriods"] == {"Ref": "SilenceHours"}
        assert silent["Properties"]["TreatMissingData"] == "breaching", "no count at all is what silence looks like"
        assert {"Name": "provider", "Value": row["Name"]} in silent["Properties"]["Dimensions"]
    for condition in ("SilenceWatched", "AnomaliesWatched"):
        assert not decided({"Fn::If": [condition, True, False]})
