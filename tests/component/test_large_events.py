"""An event too large for a notification: its payload is kept in S3, the event says where, and all else is in it."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.webhook.handler import WebhookHandler
from tests.support.faults import failing
from tests.support.acme.sender import ACME_ENTRY
from tests.support.providers import Registered, compact, registered, those
from tests.support.queued import sqs_record
from tests.support.world import World

LIMIT = 262_144 - 8_192  # what the attributes leave of a notification
HUGE = {"kind": "of a kind that nobody knows", "list": ["x" * 100] * 2_500}
MESSAGE = compact(json.loads(ACME_ENTRY.message) | {"more": "é" * 1_000})  # two bytes each
PROVIDERS = pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.provider.name)


def kept(aws: World) -> dict[str, bytes]:
    """What is in the payloads' bucket."""
    keys = [item["Key"] for item in aws.s3.list_objects_v2(Bucket=aws.payloads).get("Contents", [])]
    return {key: aws.s3.get_object(Bucket=aws.payloads, Key=key)["Body"].read() for key in keys}


def fetched(aws: World, event: dict[str, Any]) -> Any:
    """What a subscriber finds where the event says, after checking that it is what the event means."""
    reference = event["data"]["provider_payload_ref"]
    assert set(reference) == {"bucket", "key", "bytes", "sha256"}
    assert reference["bucket"] == aws.payloads
    assert reference["key"] == f"{event['data']['provider']}/{reference['sha256']}.json"
    stored = aws.s3.get_object(Bucket=reference["bucket"], Key=reference["key"])
    content: bytes = stored["Body"].read()
    assert stored["ContentType"] == "application/json"
    assert (len(content), hashlib.sha256(content).hexdigest()) == (reference["bytes"], reference["sha256"])
    return json.loads(content)


def test_a_huge_unknown_callback_is_published_with_its_payload_apart(aws: World) -> None:
    aws.receiver(ACME_ENTRY).handle(ACME_ENTRY.event(compact(HUGE)))

    [event] = map(json.loads, aws.queued())
    assert event["type"] == "inbound-sms.unknown.v1"
    assert event["data"]["provider_type"] == HUGE["kind"]
    assert fetched(aws, event) == HUGE


def received(aws: World, max_event_bytes: int) -> list[dict[str, Any]]:
    aws.receiver(ACME_ENTRY, max_event_bytes=max_event_bytes).handle(ACME_ENTRY.event(MESSAGE))
    return [json.loads(document) for document in aws.queued()]


def test_the_limits_to_the_byte(aws: World) -> None:
    """Just fits; one byte too many; just fits without its payload; one byte too many without it, too."""
    receiver = aws.receiver(ACME_ENTRY)
    receiver.handle(ACME_ENTRY.event(MESSAGE))
    [whole] = aws.queued()
    size = len(whole.encode())

    assert received(aws, size)[0]["data"].keys() == json.loads(whole)["data"].keys(), "nothing is added to what fits"
    assert kept(aws) == {}

    [lighter] = received(aws, size - 1)
    assert fetched(aws, lighter) == json.loads(MESSAGE)
    size_without = len(json.dumps(lighter, ensure_ascii=False, separators=(",", ":")).encode())
    assert received(aws, size_without) != []
    assert aws.quarantined() == []

    assert received(aws, size_without - 1) == []
    [(_, body, record)] = aws.quarantined()
    assert body == MESSAGE
    assert record["reason"] == f"an event of {size_without} bytes is too large to publish, even without its payload"


def test_a_text_that_is_too_large_by_itself_is_quarantined_and_leaves_no_payload(aws: World) -> None:
    message = json.loads(ACME_ENTRY.message) | {"text": "x" * 300_000}
    receiver = aws.receiver(ACME_ENTRY, max_body_bytes=1_000_000)

    assert json.loads(receiver.handle(ACME_ENTRY.event(compact(message)))["body"]) == {"status": "quarantined"}
    [(_, body, record)] = aws.quarantined()
    assert body == compact(message)
    assert "too large" in record["reason"]
    assert kept(aws) == {}
    assert aws.queued() == []


def with_bucket(receiver: WebhookHandler, s3: Any, bucket: str) -> WebhookHandler:
    payloads = PayloadStore(s3, bucket, receiver.provider.name)
    return replace(receiver, ingestor=replace(receiver.ingestor, payloads=payloads))


@pytest.mark.parametrize(
    "broken",
    [
        lambda aws: (failing("s3", "PutObject", "InternalError"), aws.payloads),
        lambda aws: (failing("s3", "PutObject", "AccessDenied"), aws.payloads),
        lambda aws: (aws.s3, "no-such-bucket"),
    ],
    ids=["down", "denied", "gone"],
)
def test_with_the_bucket_down_the_provider_hears_503_and_nothing_is_queued(
    aws: World, broken: Callable[[World], tuple[Any, str]], logs: io.StringIO
) -> None:
    receiver = aws.receiver(ACME_ENTRY)
    event = ACME_ENTRY.event(compact(HUGE))

    assert with_bucket(receiver, *broken(aws)).handle(event)["statusCode"] == 503
    assert "payloads bucket unavailable (AwsRefused " in logs.getvalue(), "the operator hears what is wrong"
    assert aws.queued() == []
    assert aws.quarantined() == []
    assert receiver.handle(event)["statusCode"] == 200, "the provider's retry"
    assert len(aws.queued()) == 1


def test_a_payload_of_several_events_is_stored_once_and_before_them(aws: World) -> None:
    receiver = aws.receiver(ACME_ENTRY, max_event_bytes=1_200)
    parse = receiver.ingestor.parse
    ingestor = replace(
        receiver.ingestor,
        parse=lambda it: [e.model_copy(update={"id": f"{e.id}-{n}"}) for n in (1, 2) for e in parse(it)],
    )
    body = compact(json.loads(ACME_ENTRY.message) | {"more": "x" * 1_000})

    assert replace(receiver, ingestor=ingestor).handle(ACME_ENTRY.event(body))["statusCode"] == 200
    first, second = map(json.loads, aws.queued())
    assert first["data"]["provider_payload_ref"] == second["data"]["provider_payload_ref"]
    assert list(kept(aws).values()) == [body]


@pytest.mark.parametrize("entry", those(lambda entry: entry.kind == "path_secret"), ids=str)
def test_no_secret_gets_into_a_payload_that_is_kept_apart(entry: Registered, aws: World) -> None:
    """Some repeat our URL, and so the secret in it; what subscribers may read is without it."""
    secret = entry.local_secret()
    is_json = entry.message.startswith(b"{")
    url, more = f"https://example.com/{secret}/", "x" * LIMIT
    fields = f'{{"url": "{url}", "more": "{more}", ' if is_json else f"url={url}&more={more}&"
    body = fields.encode() + entry.message.removeprefix(b"{")

    assert aws.receiver(entry, max_body_bytes=1_000_000).handle(entry.event(body))["statusCode"] == 200
    [event] = map(json.loads, aws.queued())
    assert fetched(aws, event)["url"] == "https://example.com/***/"
    [(key, content)] = kept(aws).items()
    assert key.startswith(f"{entry.provider.name}/")
    assert secret.encode() not in content
