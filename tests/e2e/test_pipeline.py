"""The main job on the running stack: what a provider posts comes out of a topic, once, in one shape."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from gateway.simulator import Post
from tests.support.outside import Outside
from tests.support.providers import Credentials, Registered, registered, those

JSON = "application/json"
PROVIDERS = pytest.mark.parametrize("entry", registered(), ids=repr)


@pytest.fixture(scope="module", autouse=True)
def no_claims(outside: Outside) -> None:
    """Return the documented samples have documented ids, which other tests may have used."""
    outside.forget_claims()


def answer(response: httpx.Response) -> tuple[int, str, str]:
    return response.status_code, response.headers["content-type"], response.text


@PROVIDERS
def test_a_documented_sample_posted_five_times_at_once_is_one_event(entry: Registered, outside: Outside) -> None:
    before = len(outside.inbox())
    responses = outside.post_at_once(5, entry.provider.name, entry.message, entry.content_type)

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
        message = entry.sender.message
        assert outside.post(entry.provider.name, message.body(), message.content_type).status_code == 200

    def got() -> list[str]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
        return [json.loads(message["Body"])["data"]["provider"] for message in messages]

    outside.wait_until(lambda: bool(got()))
    outside.wait_until(lambda: outside.backlog() == 0)
    assert got() == [chosen]


@PROVIDERS
@pytest.mark.parametrize("credentials", ["wrong", "missing"])
def test_wrong_credentials_get_401_and_leave_nothing(
    entry: Registered, credentials: Credentials, outside: Outside
) -> None:
    webhook = outside.stack.webhooks[entry.provider.name]
    before = (len(outside.inbox()), outside.quarantined())

    for body in (entry.message, b'{"broken"'):
        post = entry.signed(Post(webhook.address, {"Content-Type": entry.content_type}, body), credentials)
        headers = {**post.headers, "Host": webhook.headers["Host"]}
        response = httpx.post(post.url, content=body, headers=headers, timeout=60, trust_env=False)
        assert response.status_code == 401
        assert response.text != entry.accepted[2]

    assert outside.backlog() == 0
    assert (len(outside.inbox()), outside.quarantined()) == before


@PROVIDERS
def test_a_broken_body_is_acknowledged_and_kept_with_its_reason(entry: Registered, outside: Outside) -> None:
    body, field = entry.sender.broken
    for _ in range(2):
        assert answer(outside.post(entry.provider.name, body, entry.content_type)) == entry.quarantined

    kept = {key: value for key, value in outside.quarantined().items() if key.startswith(f"{entry.provider.name}/")}
    [key] = [key.removesuffix("/body") for key, value in kept.items() if key.endswith("/body") and value == body]
    record = json.loads(kept[f"{key}/record.json"])
    assert record["reason"]
    assert record["field"] == field
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
def test_what_fails_or_is_too_large_is_not_acknowledged(
    entry: Registered, outside: Outside, boto: Callable[[str], Any]
) -> None:
    def posted(body: bytes = entry.message) -> httpx.Response:
        return outside.post(entry.provider.name, body, entry.content_type)

    with unreachable_queue(outside.stack.functions[entry.provider.name], boto):
        response = posted()
        assert response.status_code == 503
        assert response.text != entry.accepted[2]
    assert posted(b"x" * 262_145).status_code == 413
    assert posted().status_code == 200


@pytest.mark.parametrize("entry", those(lambda entry: "unknown" in entry.sender.callbacks), ids=repr)
def test_an_unknown_kind_of_callback_is_published_as_unknown(entry: Registered, outside: Outside) -> None:
    callback = entry.sender.callbacks["unknown"]
    payload = callback.new()
    assert outside.post(entry.provider.name, callback.written(payload), callback.content_type).status_code == 200

    def is_it(event: dict[str, Any]) -> bool:
        return event["type"] == "inbound-sms.unknown.v1" and event["data"]["provider_payload"] == payload

    outside.wait_until(lambda: any(map(is_it, outside.inbox())))
