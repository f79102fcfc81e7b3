"""Whoever has no secret neither rolls a deployment back nor wakes anybody: what is counted, and what that raises."""

import re
from typing import Any

import pytest

from gateway.operations.gradual import _ALARMS
from tests.component.conftest import Counts
from tests.support.acme.sender import ACME_ENTRY
from tests.support.memory import Memory
from tests.support.template import resolved, resources

LISTED = ACME_ENTRY.secrets | {"source_ips": ["203.0.113.9"]}
LARGE, HUGE = b"x" * 263_168, b"x" * 2_000_000


@pytest.mark.parametrize(
    ("secrets", "body", "credentials", "status", "counted"),
    [
        (ACME_ENTRY.secrets, None, "missing", 401, "Refused"),
        (ACME_ENTRY.secrets, LARGE, "missing", 413, "Refused"),
        (ACME_ENTRY.secrets, LARGE, "wrong", 413, "Refused"),
        (ACME_ENTRY.secrets, LARGE, "right", 413, "TooLarge"),
        (ACME_ENTRY.secrets, HUGE, "right", 413, "Refused"),
        (LISTED, None, "wrong", 401, "UnlistedAddress"),
        (LISTED, None, "right", 401, "Refused"),
        ({"authentication": "none", "source_ips": ["203.0.113.9"]}, None, "missing", 401, "UnlistedAddress"),
        ({}, None, "missing", 503, "NotConfigured"),
        ({"source_ips": ["203.0.113.9"]}, None, "right", 503, "NotConfigured"),
        (None, None, "right", 503, "NotConfigured"),
        ({"basic": "a mistake"}, None, "right", 503, "Failed"),
    ],
)
def test_each_post_is_counted_by_what_its_sender_proved(
    secrets: dict[str, Any] | None, body: bytes | None, credentials: Any, status: int, counted: str,
    *, memory: Memory, counts: Counts,
) -> None:  # fmt: skip
    receiver = memory.receiver(ACME_ENTRY, secrets)
    if secrets is None:
        memory.ssm.delete_parameter(Name=receiver.settings.provider_parameter)

    assert receiver.handle(ACME_ENTRY.event(body, credentials=credentials))["statusCode"] == status
    assert counts() == {counted: 1}


def test_a_parameter_that_is_deleted_while_in_use_is_a_fault(memory: Memory, counts: Counts) -> None:
    receiver = memory.receiver(ACME_ENTRY, secrets_max_age_seconds=0)
    receiver.handle(ACME_ENTRY.event())
    memory.ssm.delete_parameter(Name=receiver.settings.provider_parameter)

    assert receiver.handle(ACME_ENTRY.event())["statusCode"] == 503
    assert counts() == {"Accepted": 1, "Failed": 1}


# ---- What the alarms make of it, in periods that are all alike ---------------------------------------------------

OURS = {"InboundSms", None}  # None: metric math
SILENCE = "LessThanThreshold"  # rings where nothing comes, which no stranger can bring about
NIGHT: dict[str, float] = {}
DAY: dict[str, float] = {"Accepted": 500}


@pytest.mark.parametrize(
    ("periods", "counted", "rings"),
    [
        (3, NIGHT | {"Refused": 5, "Count": 5, "5xx": 0}, set()),
        (3, DAY | {"Refused": 19, "Count": 519, "5xx": 0}, set()),
        (1, NIGHT | {"Refused": 1_000, "Count": 1_000, "5xx": 0}, set()),
        (1, DAY | {"Refused": 1_000, "Count": 1_500, "5xx": 0}, set()),
        (3, NIGHT | {"Refused": 1_000, "Count": 1_000, "5xx": 0}, {"RefusedAlarm"}),
        (3, NIGHT | {"UnlistedAddress": 1_000, "Count": 1_000, "5xx": 0}, set()),
        (3, NIGHT | {"NotConfigured": 50, "Count": 50, "5xx": 50}, set()),
        (3, DAY | {"NotConfigured": 50, "Count": 550, "5xx": 50}, set()),
        (3, NIGHT | {"TokenRequestsInvalid": 1_000, "Count": 1_000, "5xx": 0}, set()),
        (2, DAY | {"Refused": 50, "Count": 550, "5xx": 0}, {"RefusedRateAlarm"}),  # a new version, with one in ten
        (2, DAY | {"Failed": 9, "Count": 509, "5xx": 9}, {"FailedAlarm", "ErrorsAlarm"}),
        (2, NIGHT | {"Count": 9, "5xx": 9}, {"ErrorsAlarm"}),  # no function ran
        (2, NIGHT | {"NotConfigured": 50, "Failed": 9, "Count": 59, "5xx": 59}, {"FailedAlarm", "ErrorsAlarm"}),
        (1, DAY | {"TooLarge": 1, "Count": 501, "5xx": 0}, {"TooLargeAlarm"}),
    ],
)  # fmt: skip
def test_an_alarm_rings_for_what_concerns_providers_only(
    periods: int, counted: dict[str, float], rings: set[str]
) -> None:
    found = set()
    for name, alarm in ((name, it["Properties"]) for name, it in resources("AWS::CloudWatch::Alarm").items()):
        needed = resolved(alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]))
        if alarm.get("Namespace") in OURS and needed <= periods and breached(alarm, counted):
            found.add(name)
    assert found == rings


def breached(alarm: dict[str, Any], counted: dict[str, float]) -> bool:
    """Return whether a period with these counts is over the threshold; what isn't among them has no data point."""
    if "Threshold" not in alarm or alarm["ComparisonOperator"] == SILENCE:
        return False
    if "Metrics" not in alarm:
        value = counted.get(alarm["MetricName"])
    else:
        parts = {
            each["Id"]: counted.get(each["MetricStat"]["Metric"]["MetricName"])
            for each in alarm["Metrics"]
            if "MetricStat" in each
        }
        value = calculated(next(each["Expression"] for each in alarm["Metrics"] if "Expression" in each), parts)
    if value is None:
        return False  # TreatMissingData: notBreaching
    threshold = float(resolved(alarm["Threshold"]))
    return value >= threshold if alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold" else value > threshold


def calculated(expression: str, metrics: dict[str, float | None]) -> float | None:
    """Return what CloudWatch makes of an expression: None as soon as a metric has no data point, but for SUM and FILL.

    A metric without any data point at all stays without, whatever FILL says.
    """
    if "SUM(" not in expression and None in metrics.values():
        return None
    python = re.sub(r"SUM\(\[(.*?)\]\)", lambda it: "(" + present(it[1], metrics) + ")", expression)
    python = python.replace("AND", "and")
    try:
        return float(eval(python, {"IF": lambda test, then, other: then if test else other}, dict(metrics)))
    except TypeError:
        return None


def present(terms: str, metrics: dict[str, float | None]) -> str:
    """Return the sum of those terms whose metric has a data point."""
    filled = [re.sub(r"FILL\((\w+), 0\)", r"\1", term) for term in re.split(r",\s*(?![^(]*\))", terms)]
    return " + ".join(
        term for term in filled if all(metrics[name] is not None for name in re.findall(r"[a-z]\w*", term))
    )


def test_a_deployment_is_rolled_back_by_nothing_that_a_stranger_can_count_up() -> None:
    named = {it.get("Ref") or it["Fn::Sub"].rpartition("-")[2] for it in _ALARMS}
    assert "RefusedAlarm" not in named
    assert {"RefusedRateAlarm", "FailedAlarm", "ErrorsAlarm"} <= named
