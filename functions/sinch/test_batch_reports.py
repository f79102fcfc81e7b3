"""Delivery reports of whole batches, which list each recipient: up to as many as a body may hold."""

import hashlib
import json
from typing import Any

import pytest

from tests.support.providers import compact, those
from tests.support.queued import sqs_record
from tests.support.world import World

[SINCH] = those(lambda entry: entry.folder == "sinch")


def batch_report(recipients: int) -> dict[str, Any]:
    numbers = [f"4470{number:08}" for number in range(recipients)]
    return {
        "type": "delivery_report_sms",
        "batch_id": "01FC66621XXXXX119Z8PMV1QPQ",
        "statuses": [{"code": 0, "status": "Delivered", "count": recipients, "recipients": numbers}],
        "total_message_count": recipients,
    }


@pytest.mark.parametrize("recipients", [0, 1, 1_000, 10_000])
def test_a_report_about_so_many_recipients_is_published_whole_and_once(aws: World, recipients: int) -> None:
    report = batch_report(recipients)
    body = compact(report)
    assert len(body) < 262_144, "so much a provider may post"
    for _ in range(2):
        assert aws.receiver(SINCH).handle(SINCH.event(body))["statusCode"] == 200

    records = [sqs_record(str(n), document) for n, document in enumerate(aws.queued())]
    assert aws.fanout().handle(records) == set()

    [event] = aws.published("delivery")
    [counted] = event["data"]["counts"]
    assert counted["recipients"] == report["statuses"][0]["recipients"]
    assert (event["data"]["total"], counted["count"]) == (recipients, recipients)
    assert aws.quarantined() == []
    if reference := event["data"].get("provider_payload_ref"):
        content = aws.s3.get_object(Bucket=reference["bucket"], Key=reference["key"])["Body"].read()
        assert hashlib.sha256(content).hexdigest() == reference["sha256"]
        assert json.loads(content) == report
    else:
        assert event["data"]["provider_payload"] == report
