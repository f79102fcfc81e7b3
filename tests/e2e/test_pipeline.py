"""The main job on the running stack: what a provider posts comes out of a topic, once, in one shape."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from gateway.simulator import senders
from tests.support.outside import Outside
from tests.support.providers import Registered, registered, sample, those

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

PROVIDERS = pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.provider.name)

DOCUMENTED_AGILE = [
    b"originator=%2B393301234567&destination=%2B393331234333&date_time=20150525154559&text=News+ON",
    b"originator=%2B393301234567&destination=%2B393331234333&date_time=20260408143052&text=News+ON",
    b"originator=%2B393351234567&destination=%2B393331234333&date_time=20260514102301&text=News+ON",
]

SAMPLES = [
    ("8x8", sample("8x8/inbound_sms.json"), JSON, "8x8/9e09ac86-bd74-5465-851d-1eb5a5fdbb9a"),
    (
        "url-networks",
        sample("url-networks/inbound_sample.form"),
        FORM,
        "url-networks/297abf7f-99d9-4b7d-9c46-1d7c13687b11",
    ),
    *(("agile-telecom", body, FORM, None) for body in DOCUMENTED_AGILE),
    ("sinch", sample("sinch/mo_text_docs.json"), JSON, "sinch/01XXXXX21XXXXX119Z8P1XXXXX"),
    ("sinch", sample("sinch/mo_text_2021_guide.json"), JSON, "sinch/{batch_id}"),
]

ANSWERS = {
    "8x8": (200, JSON, b'{"status":"accepted"}'),
    "url-networks": (200, "text/plain", b"OK"),
    "agile-telecom": (200, "text/plain", b"+OK"),
    "sinch": (200, JSON, b'{"status":"accepted"}'),
}


@pytest.fixture(scope="module", autouse=True)
def no_claims(outside: Outside) -> None:
    """The documented samples have documented ids, which other tests may have used."""
    outside.forget_claims()


@pytest.mark.parametrize(("provider", "body", "content_type", "event_id"), SAMPLES)
def test_a_documented_sample_posted_five_times_at_once_is_one_event(
    outside: Outside, provider: str, body: bytes, content_type: str, event_id: str | None
) -> None:
    before = len(outside.inbox())
    answers = outside.post_at_once(5, provider, body, content_type)

    assert [(answer.status_code, answer.headers["content-type"], answer.content) for answer in answers] == [
        ANSWERS[provider]
    ] * 5
    outside.wait_until(lambda: len(outside.inbox()) > before)
    outside.wait_until(lambda: outside.backlog() == 0)
    [event] = outside.inbox()[before:]
    assert event_id in {None, event["id"]}
    assert_valid_cloudevent(event)
    assert event["data"]["provider_payload"] == (
        json.loads(body) if content_type == JSON else dict(parse_qsl(body.decode(), keep_blank_values=True))
    )


def assert_valid_cloudevent(event: dict[str, Any]) -> None:
    """Reads it with the CloudEvents SDK, which refuses what the specification refuses."""
    parsed = JSONFormat().read(CloudEvent, json.dumps(event))
    assert parsed.get_specversion() == "1.0"
    assert parsed.get_id() == event["id"]
    assert parsed.get_data() == event["data"]


@PROVIDERS
def test_a_filter_policy_picks_the_messages_of_one_provider(
    entry: Registered, outside: Outside, boto: Callable[[str], Any]
) -> None:
    sqs = boto("sqs")
    url = sqs.create_queue(QueueName=f"only-{entry.provider.name}")["QueueUrl"]
    boto("sns").subscribe(
        TopicArn=outside.stack.topics.messages,
        Protocol="sqs",
        Endpoint=sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"],
        Attributes={
            "RawMessageDelivery": "true",
            "FilterPolicy": json.dumps({"provider": [entry.provider.name], "opt_out": ["false"]}),
        },
    )
    for name, message in ((name, sender.message) for name, sender in senders().items()):
        assert outside.post(name, message.body(), message.content_type).status_code == 200

    def got() -> list[str]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
        return [json.loads(message["Body"])["data"]["provider"] for message in messages]

    outside.wait_until(lambda: bool(got()))
    outside.wait_until(lambda: outside.backlog() == 0)
    assert got() == [entry.provider.name]


@PROVIDERS
def test_wrong_credentials_get_401_and_leave_nothing(entry: Registered, outside: Outside) -> None:
    webhook = outside.stack.webhooks[entry.provider.name]
    host = {"Host": webhook.headers["Host"]}
    in_path = "Authorization" not in webhook.headers
    wrong_url = webhook.url[:-1] + ("a" if webhook.url[-1] != "a" else "b") if in_path else webhook.url
    bare_url = webhook.url.rpartition("/")[0] if in_path else webhook.url
    before = (len(outside.inbox()), outside.quarantined())

    for url, headers in ((wrong_url, {**host, "Authorization": "Bearer wrong"}), (bare_url, host)):
        for body in (entry.message, b'{"broken"'):
            response = outside.post(entry.provider.name, body, entry.content_type, headers=headers, url=url)
            assert response.status_code == 401
            assert b"+OK" not in response.content

    assert outside.backlog() == 0
    assert (len(outside.inbox()), outside.quarantined()) == before


@PROVIDERS
def test_a_broken_body_is_acknowledged_and_kept_with_its_reason(entry: Registered, outside: Outside) -> None:
    for _ in range(2):
        response = outside.post(entry.provider.name, b'{"broken"', JSON)
        assert (response.status_code, response.text) == (entry.quarantined[0], entry.quarantined[2])

    kept = {key: value for key, value in outside.quarantined().items() if key.startswith(f"{entry.provider.name}/")}
    [body] = [value for key, value in kept.items() if key.endswith("/body") and value == b'{"broken"']
    assert body
    records = [json.loads(value) for key, value in kept.items() if key.endswith("/record.json")]
    assert all(record["reason"] for record in records)
    assert outside.backlog() == 0


@contextmanager
def unreachable_queue(function: str, boto: Callable[[str], Any]) -> Iterator[None]:
    """Points a function to a queue that isn't there, for a while."""
    client = boto("lambda")
    variables = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    client.update_function_configuration(
        FunctionName=function, Environment={"Variables": {**variables, "QUEUE_URL": variables["QUEUE_URL"] + "-gone"}}
    )
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=function, Environment={"Variables": variables})


@PROVIDERS
def test_with_the_queue_unreachable_the_provider_is_told_to_retry(
    entry: Registered, outside: Outside, boto: Callable[[str], Any]
) -> None:
    with unreachable_queue(outside.stack.functions[entry.provider.name], boto):
        response = outside.post(entry.provider.name, entry.message, entry.content_type)
        assert response.status_code == 503
        assert b"+OK" not in response.content

    response = outside.post(entry.provider.name, entry.message, entry.content_type)
    assert response.status_code == 200


@PROVIDERS
def test_a_body_over_the_limit_gets_413(entry: Registered, outside: Outside) -> None:
    response = outside.post(entry.provider.name, b"x" * 262_145, entry.content_type)

    assert response.status_code == 413
    assert b"+OK" not in response.content


@pytest.mark.parametrize(
    "entry", those(lambda entry: entry.case.unknown is not None), ids=lambda entry: entry.provider.name
)
def test_an_unknown_kind_of_callback_is_published_as_unknown(entry: Registered, outside: Outside) -> None:
    content_type = entry.sender.callbacks["unknown"].content_type
    assert outside.post(entry.provider.name, entry.case.unknown, content_type).status_code == 200

    def is_it(event: dict[str, Any]) -> bool:
        data = event["data"]
        ours = event["type"] == "inbound-sms.unknown.v1" and data["provider"] == entry.provider.name
        return ours and data["provider_payload"] == json.loads(entry.case.unknown or b"")

    outside.wait_until(lambda: any(map(is_it, outside.inbox())))
