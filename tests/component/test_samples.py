"""Every sample of a provider's documentation becomes the event that its table in tests/expected says, in full."""

import copy
import importlib
import json
import re
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.expected import Row
from tests.support.providers import Registered, registered, sample
from tests.support.world import World

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def rows() -> list[Any]:
    """Every row of every provider; a provider without a table is an error."""
    return [
        pytest.param(entry, row, id=row.sample)
        for entry in registered()
        for row in importlib.import_module(f"tests.expected.{entry.module}").ROWS
    ]


@pytest.mark.parametrize(("entry", "row"), rows())
def test_the_sample_becomes_this_event(entry: Registered, row: Row, aws: World) -> None:
    response = aws.receiver(entry).receive(entry.event(row.posted, content_type=row.content_type))
    [document] = aws.queued()

    assert (response["statusCode"], response["headers"]["content-type"], response["body"]) == entry.case.accepted
    assert aws.quarantined() == []

    event = json.loads(document)
    expected = copy.deepcopy(row.event)
    received_at, delivery_id = event["data"]["received_at"], event["data"]["delivery_id"]
    assert RFC_3339.fullmatch(received_at)
    assert UUID.fullmatch(delivery_id)
    expected["data"] |= {"received_at": received_at, "delivery_id": delivery_id}
    if expected["time"] is None:
        expected["time"] = received_at
    assert event == expected

    assert JSONFormat().read(CloudEvent, document).get_id() == expected["id"]


@pytest.mark.parametrize(
    ("provider", "path", "time"),
    [
        ("8x8", "8x8/inbound_sms.json", b"2016-01-01T14:34:56.017Z"),
        ("sinch", "sinch/mo_text_docs.json", b"2022-08-24T14:15:22Z"),
        ("url-networks", "url-networks/inbound_sample.form", b"1576391654"),
        ("agile-telecom", "agile-telecom/synthetic/inbound_encoded.form", b"20260514102301"),
    ],
)
@pytest.mark.parametrize("unreadable", [b"soon", b"", b"99999999999999999999"])
def test_a_time_that_cannot_be_read_never_rejects_a_message(
    provider: str, path: str, time: bytes, unreadable: bytes, aws: World
) -> None:
    [entry] = [entry for entry in registered() if entry.provider.name == provider]
    aws.receiver(entry).receive(entry.event(sample(path).replace(time, unreadable)))
    [event] = map(json.loads, aws.queued())

    assert event["data"]["provider_received_at"] is None
    assert event["time"] == event["data"]["received_at"]
    assert event["data"]["text"]
