"""Every sample of a provider's documentation becomes the event that its table in tests/expected says, in full."""

import json
import re

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.expected import Row, rows
from tests.support.providers import SAMPLES, Registered, registered, sample
from tests.support.world import World

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


# Samples that no webhook of ours receives.
NOT_POSTED = {
    "agile-telecom/webhook_registration.json": "a call to Agile Telecom's API and its answer",
    "sinch/oauth_client_credentials_conversation_api.json": "a setting of Sinch's, not a callback",
    "sinch/signature_vectors.json": "vectors for the tests of authentication; the body of the official one has a row",
    "sinch/smpp_status_report_error_codes_2021.json": "a table of codes: test_codes compares ours with it",
    "sinch/synthetic/sns_notification_envelope.json": "comes to the topic, not to the webhook: test_sinch_topic",
    "sinch/synthetic/sns_subscription_confirmation_envelope.json": "no webhook of ours subscribes to a topic",
}


@pytest.mark.parametrize(("entry", "row"), [pytest.param(*each, id=each[1].sample) for each in rows()])
def test_the_sample_becomes_this_event(entry: Registered, row: Row, aws: World) -> None:
    response = aws.receiver(entry).handle(entry.event(row.posted, content_type=row.content_type))
    [document] = aws.queued()

    assert (response["statusCode"], response["headers"]["content-type"], response["body"]) == entry.case.accepted
    assert aws.quarantined() == []

    event = json.loads(document)
    assert RFC_3339.fullmatch(event["data"]["received_at"])
    assert UUID.fullmatch(event["data"]["delivery_id"])
    assert event == row.expected(event)

    assert JSONFormat().read(CloudEvent, document).get_id() == row.event["id"]


def test_every_sample_has_a_row_or_a_reason_why_not() -> None:
    files = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*") if path.is_file()}
    posted = {row.path for _, row in rows()}

    assert files - {f"{folder.name}/SOURCES.md" for folder in SAMPLES.iterdir()} == posted | NOT_POSTED.keys()
    assert posted.isdisjoint(NOT_POSTED)


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
    aws.receiver(entry).handle(entry.event(sample(path).replace(time, unreadable)))
    [event] = map(json.loads, aws.queued())

    assert event["data"]["provider_received_at"] is None
    assert event["time"] == event["data"]["received_at"]
    assert event["data"]["text"]
