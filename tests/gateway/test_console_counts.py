"""Counts from logs and from metrics are those that the functions wrote."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from gateway.console.counts import LoggedCounts, MetricCounts, Totals
from gateway.console.logbook import Logbook
from tests.support.boto import REGION

STACK = "inbound-sms"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


def line(at: int = 0, provider: str = "acme", **counts: Any) -> str:
    """As the functions write it; a webhook's line names its provider."""
    metrics = [{"Name": name, "Unit": "Count"} for name in counts]
    told = {"Timestamp": at, "CloudWatchMetrics": [{"Namespace": "InboundSms", "Metrics": metrics}]}
    return json.dumps({"_aws": told, "service": STACK} | ({"provider": provider} if provider else {}) | counts)


class Logs:
    """Two log groups; `write` adds lines to a stream, `totals` reads what is new and counts it."""

    def __init__(self) -> None:
        self.client = boto3.client("logs", region_name=REGION)
        self.groups = {"webhooks": "/webhooks", "fanout": "/fanout"}
        self.now = int(datetime.now(UTC).timestamp() * 1_000)
        for group in self.groups.values():
            self.client.create_log_group(logGroupName=group)
            for stream in "ab":
                self.client.create_log_stream(logGroupName=group, logStreamName=stream)
        self.book, self.counts = Logbook(self.client, self.groups.values), LoggedCounts()

    def totals(self) -> Totals:
        self.counts.logged(self.book.new())
        return self.counts.totals()

    def write(self, function: str, *lines: str, stream: str = "a", at: int = 0) -> None:
        events = [{"timestamp": self.now + at, "message": each} for each in lines]
        self.client.put_log_events(logGroupName=self.groups[function], logStreamName=stream, logEvents=events)


def test_each_line_counts_once_however_often_one_looks() -> None:
    logs = Logs()
    assert logs.totals() == {}
    logs.write("webhooks", line(Accepted=[1.0]), line(1, Refused=[1.0]), line(1, "other", Accepted=[1.0]))
    logs.write("fanout", line(provider="", Published=[3.0, 2.0], Duplicates=[1.0]))
    expected = {("acme", "Accepted"): 1, ("acme", "Refused"): 1, ("other", "Accepted"): 1}
    expected |= {("fanout", "Published"): 5, ("fanout", "Duplicates"): 1}
    assert logs.totals() == expected
    assert logs.totals() == expected

    logs.write("webhooks", line(2, Accepted=[1.0]), at=500)
    assert logs.totals() == expected | {("acme", "Accepted"): 2}
    logs.write("webhooks", line(3, Accepted=[1.0]), at=60_000)
    logs.write("webhooks", line(4, Accepted=[1.0]), stream="b", at=55_000)
    for _ in range(2):
        assert logs.totals() == expected | {("acme", "Accepted"): 4}


def test_the_same_line_again_is_another_and_late_lines_count() -> None:
    logs = Logs()
    for total, lines, stream, at in ((1, 1, "a", 9_000), (3, 2, "a", 9_000), (4, 1, "b", 0)):
        logs.write("webhooks", *[line(Accepted=[1.0])] * lines, stream=stream, at=at)
        assert logs.totals() == {("acme", "Accepted"): total}


def test_a_look_ends_somewhere_and_the_next_goes_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.console.logbook._MOST_LINES", 3)
    logs = Logs()
    for number in range(7):
        logs.write("webhooks", line(number, Accepted=[1.0]), at=number)
    assert [logs.totals()["acme", "Accepted"] for _ in range(4)] == [3, 5, 7, 7]


def test_lines_that_count_nothing_do_no_harm() -> None:
    logs = Logs()
    logs.write(
        "webhooks",
        "InboundSms but no JSON",
        '"InboundSms"',
        '{"InboundSms": 1, "service": 1}',
        '{"_aws": "InboundSms", "service": 1}',
        '{"_aws": {"CloudWatchMetrics": [{"Namespace": "InboundSms", "Metrics": [{"Name": "a"}]}]}, "service": 1}',
        '{"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "x"}]}]}, "x": "InboundSms", "service": 1}',
        '{"_aws": {"CloudWatchMetrics": [{"Namespace": "x", "Metrics": [{"Name": "x"}]}]}, "x": 9, "service": 1}',
        line(Accepted=2),
    )
    assert logs.totals() == {("acme", "Accepted"): 2}


def test_metrics_are_summed_up_by_provider_and_the_fan_outs_by_stack() -> None:
    cloudwatch, now = boto3.client("cloudwatch", region_name=REGION), datetime.now(UTC)
    assert MetricCounts(cloudwatch, STACK, now - timedelta(hours=1)).totals() == {}

    def put(name: str, value: float, minutes: int = 5, **dimensions: str) -> None:
        own = [{"Name": key, "Value": each} for key, each in ({"service": STACK} | dimensions).items()]
        at = now - timedelta(minutes=minutes)
        data = {"MetricName": name, "Dimensions": own, "Value": value, "Timestamp": at}
        cloudwatch.put_metric_data(Namespace="InboundSms", MetricData=[data])

    for provider, value in (("acme", 2), ("other", 3)):
        put("Accepted", value, provider=provider)
        put("Accepted", value)  # each is there for the whole stack, too
    put("Accepted", 4, minutes=20, provider="acme")
    put("Accepted", 100, minutes=90, provider="acme")  # before
    put("Accepted", 100, service="another-stack", provider="acme")
    put("Published", 7)
    put("Quarantined", 1)

    totals = MetricCounts(cloudwatch, STACK, now - timedelta(hours=1)).totals()
    assert totals == {("acme", "Accepted"): 6, ("other", "Accepted"): 3, ("fanout", "Published"): 7}
