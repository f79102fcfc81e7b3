"""Whoever has no secret neither rolls a deployment back nor wakes anybody: what is counted, and what that raises."""

import io
from math import isnan, nan
from typing import Any

import pytest

from gateway.operations.gradual import _ALARMS
from tests.component.conftest import Counts
from tests.support.acme.sender import ACME_ENTRY
from tests.support.memory import Memory
from tests.support.template import resolved, resources

OTHER = {"source_ips": ["203.0.113.9"]}  # than the one that posts
OURS_BESIDE = ACME_ENTRY.secrets | {"source_ips": ["203.0.113.0/24", "192.0.2.1"]}
NOT_OFFERED = {"sns_topic": ["arn:aws:sns:eu-west-1:123456789012:a-topic"], "require": ["sns_topic"]}


@pytest.mark.parametrize(
    ("secrets", "size", "credentials", "status", "counted"),
    [
        (ACME_ENTRY.secrets, None, "missing", 401, "Refused"),
        (ACME_ENTRY.secrets, 262_145, "missing", 413, "Refused"),
        (ACME_ENTRY.secrets, 262_145, "wrong", 413, "Refused"),
        (ACME_ENTRY.secrets, 262_145, "right", 413, "TooLarge"),
        (ACME_ENTRY.secrets, 2_000_000, "right", 413, "Refused"),
        (ACME_ENTRY.secrets, 262_144, "right", 200, "Quarantined"),
        (OURS_BESIDE, None, "right", 200, "Accepted"),
        (OURS_BESIDE, None, "wrong", 401, "Refused"),
        (ACME_ENTRY.secrets | OTHER, None, "wrong", 401, "UnlistedAddress"),
        (ACME_ENTRY.secrets | OTHER, None, "right", 401, "Refused"),
        (OTHER | {"authentication": "none"}, None, "missing", 401, "UnlistedAddress"),
        ({}, None, "missing", 503, "NotConfigured"),
        (OTHER, None, "right", 503, "NotConfigured"),
        (None, None, "right", 503, "NotConfigured"),
        ({"basic": "a mistake"}, None, "right", 503, "Failed"),
        (ACME_ENTRY.secrets | NOT_OFFERED, None, "right", 503, "Failed"),
    ],
)
def test_each_post_is_counted_by_what_its_sender_proved(
    secrets: dict[str, Any] | None, size: int | None, credentials: Any, status: int, counted: str,
    *, memory: Memory, counts: Counts, logs: io.StringIO,
) -> None:  # fmt: skip
    """And the log names the address of whom it refuses: API Gateway's word for it, not the header's."""
    event = ACME_ENTRY.event(b"x" * size if size else None, credentials=credentials)
    event["headers"]["x-forwarded-for"] = "203.0.113.9"
    receiver = memory.receiver(ACME_ENTRY, secrets)
    if secrets is None:
        memory.ssm.delete_parameter(Name=receiver.settings.provider_parameter)

    assert receiver.handle(event)["statusCode"] == status
    assert counts() == {counted: 1}
    assert ('"source_ip":"192.0.2.1"' in logs.getvalue()) == (status == 401)


ON_THE_LIST = [
    "52.220.117.120", "198.51.100.0", "198.51.100.255", "::ffff:52.220.117.120", "2001:db8:1::", "2001:DB8:1:ffff::9",
    "2001:0db8:0002:0000:0000:0000:0000:0001",
]  # fmt: skip
NOT_ON_IT = [
    "52.220.117.121", "198.51.101.0", "2001:db8:2::2", "2001:db8:3::1", "::ffff:52.220.117.121", "::52.220.117.120",
    "", None, "52.220.117.120 ", "52.220.117.120, 10.0.0.1", "52.220.117.0120", "886863224", "unknown", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize(("addresses", "with_secret"), [(ON_THE_LIST, 200), (NOT_ON_IT, 401)], ids=["on it", "not"])
def test_an_address_has_to_be_on_the_list_and_does_not_stand_in_for_the_secret(
    addresses: list[Any], with_secret: int, memory: Memory
) -> None:
    sources = ["52.220.117.120", "198.51.100.0/24", "2001:db8:1::/48", "2001:db8:2::1"]
    receiver = memory.receiver(ACME_ENTRY, ACME_ENTRY.secrets | {"source_ips": sources})
    for credentials, status in (("right", with_secret), ("missing", 401)):
        event = ACME_ENTRY.event(credentials=credentials)  # type: ignore[arg-type]
        for address in addresses:
            event["requestContext"]["http"]["sourceIp"] = address
            assert receiver.handle(event)["statusCode"] == status, address


def test_a_parameter_that_is_deleted_while_in_use_is_a_fault(memory: Memory, counts: Counts) -> None:
    receiver = memory.receiver(ACME_ENTRY, secrets_max_age_seconds=0)
    receiver.handle(ACME_ENTRY.event())
    memory.ssm.delete_parameter(Name=receiver.settings.provider_parameter)

    assert receiver.handle(ACME_ENTRY.event())["statusCode"] == 503
    assert counts() == {"Accepted": 1, "Failed": 1}


# ---- What the alarms make of it, in periods that are all alike ---------------------------------------------------

OURS = {"InboundSms", None}  # None: metric math
SILENCE = "LessThanThreshold"  # rings where nothing comes, which no stranger can bring about
METRIC_MATH: dict[str, Any] = {
    "FILL": lambda metric, _: metric,  # one without any data point at all stays without
    "SUM": lambda terms: sum(term for term in terms if not isnan(term)),
    "IF": lambda test, then, otherwise: then if test else otherwise,
}
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
    """Return whether a period with these counts is over the threshold. What has no data point is NaN: over nothing."""
    if "Threshold" not in alarm or alarm["ComparisonOperator"] == SILENCE:
        return False
    if "Metrics" in alarm:
        parts = {
            each["Id"]: counted.get(each["MetricStat"]["Metric"]["MetricName"], nan)
            for each in alarm["Metrics"]
            if "MetricStat" in each
        }
        [expression] = [each["Expression"] for each in alarm["Metrics"] if "Expression" in each]
        value = eval(expression.replace("AND", "and"), METRIC_MATH | parts)
    else:
        value = counted.get(alarm["MetricName"], nan)
    threshold = float(resolved(alarm["Threshold"]))
    return value >= threshold if alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold" else value > threshold


def test_a_deployment_is_rolled_back_by_nothing_that_a_stranger_can_count_up() -> None:
    named = {it.get("Ref") or it["Fn::Sub"].rpartition("-")[2] for it in _ALARMS}
    assert "RefusedAlarm" not in named
    assert {"RefusedRateAlarm", "FailedAlarm", "ErrorsAlarm"} <= named
