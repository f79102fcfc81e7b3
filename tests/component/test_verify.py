"""`gateway verify` on what doesn't hold; that it all holds of a good stack is seen end to end."""

import time
from collections import defaultdict
from typing import Any

import boto3
import pytest

from gateway.operations.installation import Installation
from gateway.operations.verifying import Arrivals, Check, _judged, _metrics, _Tried
from tests.support.boto import REGION
from tests.support.installed import NAME

GOOD = {
    "message": (200, True), "duplicate": (200, True), "wrong credentials": (401, False), "broken body": (200, True),
}  # fmt: skip
EVENT = {"id": "acme/1"}
SILENCE = {"message": (None, False), "duplicate": (None, False)}
CASES: dict[str, tuple[dict[str, tuple[int | None, bool]], int, int, set[str]]] = {
    "nothing arrives": ({}, 0, 0, {"message", "duplicate"}),
    "no answer": (SILENCE, 0, 0, {"message", "duplicate"}),
    "a duplicate gets through": ({}, 2, 0, {"claim", "duplicate"}),
    "everybody gets in": ({"wrong credentials": (200, True)}, 1, 0, {"claim", "wrong credentials"}),
    "what was refused is published": ({}, 1, 1, {"claim", "wrong credentials"}),
    "it fails with 503": ({"wrong credentials": (503, False)}, 1, 0, {"claim", "wrong credentials"}),
}


@pytest.mark.parametrize(("answers", "published", "wrong", "fail"), CASES.values(), ids=CASES)
def test_what_does_not_hold_is_told(
    installation: Installation, answers: Any, published: int, wrong: int, fail: set[str]
) -> None:
    """Nothing is claimed here, and nothing quarantined."""
    tried, arrived = _Tried("acme", answers=GOOD | answers), defaultdict(list)
    came: Arrivals = arrived
    came[tried.token], came["wrong"] = [(time.monotonic(), EVENT)] * published, [(0.0, EVENT)] * wrong
    checks = list(_judged(installation, tried, came))
    assert {check.what for check in checks if not check.holds} == fail | {"broken body"}


def test_a_provider_without_secrets_is_not_tried(installation: Installation) -> None:
    [check] = _judged(installation, _Tried("acme", fault="no secret"), defaultdict(list))
    assert check == Check("acme", "message", None, "not tried: no secret")


def test_metrics_are_waited_for(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        monkeypatch.setattr("gateway.operations.verifying._METRICS_SECONDS", 0.0)
        dimensions: Any = [{"Name": "provider", "Value": "acme"}, {"Name": "service", "Value": NAME}]
        data: Any = [{"MetricName": "Accepted", "Dimensions": dimensions, "Value": 1}]
        boto3.client("cloudwatch", region_name=REGION).put_metric_data(Namespace="InboundSms", MetricData=data)

    checks = list(_metrics(installation, [_Tried("acme")], pause))
    assert (checks, pauses) == ([Check("acme", "metrics", True, "Accepted is counted")], [10.0])
