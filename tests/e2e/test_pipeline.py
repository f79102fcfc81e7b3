"""The main job on the running stack: what a provider posts comes out of a topic, once, in one shape."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from gateway.simulator import with_wrong_secrets
from tests.support.outside import Outside
from tests.support.providers import Registered, registered, those

PROVIDERS = pytest.mark.parametrize("entry", registered(), ids=repr)


@pytest.fixture(scope="module", autouse=True)
def no_claims(outside: Outside) -> None:
    """Forget what was published: the documented samples have documented ids, which other tests may have used."""
    outside.forget_claims()


def answer(response: httpx.Response) -> tuple[int, str, str]:
    return response.status_code, response.headers["content-type"], response.text


@PROVIDERS
def test_a_documented_sample_posted_five_times_at_once_is_one_event(entry: Registered, outside: Outside) -> None:
    before = len(outside.inbox())
    responses = outside.post_at_once(entry.provider.name, [entry.message] * 5)

    assert [answer(response) for response in responses] == [entry.accepted] * 5
    outside.wait_until(lambda: len(outside.inbox()) > before)
    outside.wait_until(lambda: outside.backlog() == 0)
    [event] = outside.inbox()[before:]
    assert event["data"]["provider"] == entry.provider.name
    parsed = JSONFormat().read(CloudEvent, json.dumps(event))  # which refuses what the specification refuses
    assert (parsed.get_id(), parsed.get_data()) == (event["id"], event["data"])


def test_a_filter_policy_picks_the_messages_of_one_provider(outside: Outside, boto: Callable[[str], Any]) -> None:
    sqs, chosen = boto("sqs"), registered()[0].provider.name
    url = sqs.create_queue(QueueName="only-one")["QueueUrl"]
    boto("sns").subscribe(
        TopicArn=outside.stack.topics.messages,
        Protocol="sqs",
        Endpoint=sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"],
        Attributes={
            "RawMessageDelivery": "true",
            "FilterPolicy": json.dumps({"provider": [chosen], "opt_out": ["false"]}),
        },
    )
    for entry in registered():
        assert outside.post(entry.provider.name, entry.sender.message.body()).status_code == 200

    def got() -> list[str]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
        return [json.loads(message["Body"])["data"]["provider"] for message in messages]

    outside.wait_until(lambda: bool(got()))
    outside.wait_until(lambda: outside.backlog() == 0)
    assert got() == [chosen]


@PROVIDERS
def test_wrong_or_missing_credentials_are_refused_and_leave_nothing(entry: Registered, outside: Outside) -> None:
    name = entry.provider.name
    before = (len(outside.inbox()), outside.quarantined())

    wrong = with_wrong_secrets(outside.stack.webhooks[name].secrets)
    for secrets, status in ((wrong, 401), ({}, entry.expected.unsigned)):
        for body in (entry.message, b'{"broken"'):
            response = outside.post(name, body, secrets=secrets)
            assert response.status_code == status
            assert response.text != entry.accepted[2]

    assert outside.backlog() == 0
    assert (len(outside.inbox()), outside.quarantined()) == before


@PROVIDERS
def test_a_broken_body_is_acknowledged_and_kept_with_its_reason(entry: Registered, outside: Outside) -> None:
    body, field = entry.sender.broken
    for _ in range(2):
        assert answer(outside.post(entry.provider.name, body)) == entry.quarantined

    kept = {key: value for key, value in outside.quarantined().items() if key.startswith(f"{entry.provider.name}/")}
    [key] = [key.removesuffix("/body") for key, value in kept.items() if key.endswith("/body") and value == body]
    record = json.loads(kept[f"{key}/record.json"])
    assert record["reason"]
    assert record["field"] == field
    assert outside.backlog() == 0


@PROVIDERS
def test_what_fails_or_is_too_large_is_not_acknowledged(entry: Registered, outside: Outside) -> None:
    name = entry.provider.name
    with outside.configured(name, QUEUE_URL=f"{outside.variables(name)['QUEUE_URL']}-gone"):
        response = outside.post(name, entry.message)
        assert response.status_code == 503
        assert response.text != entry.accepted[2]
    assert outside.post(name, b"x" * 262_145).status_code == 413
    assert outside.post(name, entry.message).status_code == 200


@pytest.mark.parametrize("entry", those(lambda entry: "unknown" in entry.sender.callbacks), ids=repr)
def test_an_unknown_kind_of_callback_is_published_as_unknown(entry: Registered, outside: Outside) -> None:
    callback = entry.sender.callbacks["unknown"]
    payload = callback.new()
    body = callback.written(payload)
    assert outside.send(entry.provider.name, lambda url: callback.post(url, body)).status_code == 200

    def is_it(event: dict[str, Any]) -> bool:
        return event["type"] == "inbound-sms.unknown.v1" and event["data"]["provider_payload"] == payload

    outside.wait_until(lambda: any(map(is_it, outside.inbox())))
