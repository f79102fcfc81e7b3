"""The benchmark's arithmetic: round trips and prices."""

import re
from pathlib import Path

import pytest

from bench.__main__ import _LOGGED
from bench.function import Artifact
from bench.measure import Measured
from bench.prices import bill
from bench.rounds import Call, sequential
from tests.support.template import resources


@pytest.mark.parametrize(
    ("times", "rounds"),
    [
        ([], 0),
        ([(0, 5), (5, 10), (10, 15)], 3),  # one after the other
        ([(0, 5), (1, 6), (2, 7)], 1),  # side by side
        ([(0, 5), (0, 5), (6, 11), (6, 11), (12, 17)], 3),  # claims, a publication, completions
        ([(0, 5), (4, 9), (8, 13)], 2),  # the second overlaps both, but the third waits for the first
        ([(0, 100), (1, 5), (6, 10), (11, 15)], 3),  # a slow call beside three quick ones
    ],
)
def test_calls_that_overlap_are_one_round_trip(times: list[tuple[float, float]], rounds: int) -> None:
    calls = [Call("PutItem", *each) for each in times]

    assert sequential(calls) == rounds
    assert sequential(reversed(calls)) == rounds


def function(**logging: str) -> Artifact:
    return Artifact(Path(), (), "a.handler", 512, logging, {})


# What is paid for logs: 735 bytes of the function's own, and START, END and REPORT where Lambda writes them.
@pytest.mark.parametrize(
    ("logging", "paid"),
    [
        ({}, 1_000),
        ({"LogFormat": "JSON", "SystemLogLevel": "INFO"}, 1_000),
        ({"LogFormat": "JSON", "SystemLogLevel": "WARN"}, 735),
    ],
)
def test_the_bill_of_a_million_messages(logging: dict[str, str], paid: int) -> None:
    measured = Measured(queued=["x" * 1000] * 20)
    measured.webhook.wall_seconds, measured.webhook.cpu_seconds = [9.0] * 20, [0.001 * 512 / 1769] * 20
    measured.webhook.rounds = [1.0, 1.0]
    measured.webhook.units["SendMessage"] = 20
    measured.webhook.log_bytes = 20 * 735
    measured.consumer.wall_seconds, measured.consumer.cpu_seconds = [9.0, 9.0], [0.0, 0.0]
    measured.consumer.rounds = [4, 4]
    measured.consumer.units.update({"PutItem": 20, "UpdateItem": 20, "PublishBatch": 2})
    measured.consumer.log_bytes = 2 * 735

    either = function(**logging)
    lines = bill(measured, either, either, access_log_bytes=200, delay_seconds=0.005)
    dollars = {(line.price, line.what): line.dollars for line in lines}

    assert {key: pytest.approx(value) for key, value in dollars.items()} == {
        ("API Gateway", "webhook"): 1.00,
        ("Lambda requests", "webhook"): 0.20,
        ("Lambda requests", "consumer, a batch of 10"): 0.02,
        ("Lambda time", "webhook"): 0.5 * 0.006 * 13.3334,
        ("Lambda time", "consumer"): 0.5 * 0.002 * 13.3334,
        ("SQS", "send"): 0.40,
        ("SQS", "receive (Lambda's poller)"): 0.04,
        ("SQS", "delete (Lambda's poller)"): 0.04,
        ("DynamoDB", "writes"): 1.25,
        ("SNS", "publish"): 0.05,
        ("CloudWatch Logs", "webhook"): paid * 0.0005,
        ("CloudWatch Logs", "consumer"): paid * 0.00005,
        ("CloudWatch Logs", "access log of the API"): 0.10,
    }


def test_the_bill_knows_how_long_each_variable_of_the_access_log_is() -> None:
    [api] = resources("AWS::Serverless::HttpApi").values()
    format_ = api["Properties"]["AccessLogSettings"]["Format"]

    assert set(re.findall(r"\$context\.([\w.]+)", format_)) == set(_LOGGED)
