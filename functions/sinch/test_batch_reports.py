"""Reports about whole batches: however many recipients they list, none is lost. What came by the topic gets back."""

from inbound_sms.errors import InvalidPayload

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from sinch_topic import TopicHandler, TopicSettings
from tests.support.providers import ROOT, compact, those
from tests.support.queued import sqs_record
from tests.support.world import World

[SINCH] = those(lambda entry: entry.path.name == "sinch")


@pytest.mark.parametrize("recipients", [0, 1, 1_000, 10_000])
def test_a_report_about_so_many_recipients_is_published_whole(aws: World, recipients: int) -> None:
    numbers = [f"4470{number:08}" for number in range(recipients)]
    status = {"code": 0, "status": "Delivered", "count": recipients, "recipients": numbers}
    report = {"type": "delivery_report_sms", "batch_id": "01FC66621XXXXX119Z8PMV1QPQ", "statuses": [status]}
    body = compact(report | {"total_message_count": recipients})
    assert len(body) < 262_144, "so much a provider may post"
    assert aws.receiver(SINCH).handle(SINCH.event(body))["statusCode"] == 200

    assert aws.fanout().handle([sqs_record("1", document) for document in aws.queued()]) == set()
    [event] = aws.published("delivery")
    [counted] = event["data"]["counts"]
    assert counted["recipients"] == numbers
    assert (event["data"]["total"], counted["count"]) == (recipients, recipients)
    assert aws.quarantined() == []


def test_a_cold_start_for_a_text_loads_nothing_of_reports() -> None:
    path = os.pathsep.join(map(str, (ROOT / "shared", ROOT / "functions/sinch/src")))
    program = "import sys, sinch_webhook, sinch_topic; sys.exit('sinch_reports' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": path}, check=False).returncode == 0


def test_what_was_published_to_the_topic_is_replayed_by_the_webhooks_function(aws: World) -> None:
    def parse(_request: object) -> Any:
        raise InvalidPayload("a fault that was mended since")

    topic = "arn:aws:sns:us-west-2:123456789012:MyTopic"
    receiver = aws.receiver(SINCH)
    values = {"queue_url": aws.queue_url, "quarantine_bucket": aws.bucket, "payloads_bucket": aws.payloads}
    settings = TopicSettings.model_validate({**values, "sinch_topic": topic})
    older = TopicHandler(settings, replace(receiver.ingestor, parse=parse))
    assert older.handle({"messageId": "1", "body": SINCH.message.decode()})
    [(key, _, record)] = aws.quarantined()
    aws.ssm.delete_parameter(Name=receiver.settings.provider_parameter)  # who only uses the topic has none

    assert aws.receiver(SINCH, secrets={}).recover(key)["outcome"] == "accepted"

    [event] = map(json.loads, aws.queued())
    assert event["id"] == f"sinch/{json.loads(SINCH.message)['id']}"
    assert event["data"]["authenticated_by"] == record["authenticated_by"] == f"sns:{topic}"
