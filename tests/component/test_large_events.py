"""An event too large for a notification: its payload is kept in S3, the event says where, and all else is in it."""

import hashlib
import json
from typing import Any

from tests.support.acme.sender import ACME_ENTRY, TEXT, text
from tests.support.queued import sqs_record
from tests.support.world import World

LIMIT = 262_144 - 8_192  # what the attributes leave of a notification
LARGE = text(more="x" * LIMIT)
PATH_SECRET = ACME_ENTRY.local_secret("path_secret")


def kept(aws: World) -> dict[str, bytes]:
    """Return what is in the payloads' bucket."""
    keys = [item["Key"] for item in aws.s3.list_objects_v2(Bucket=aws.payloads).get("Contents", [])]
    return {key: aws.s3.get_object(Bucket=aws.payloads, Key=key)["Body"].read() for key in keys}


def fetched(aws: World, event: dict[str, Any]) -> Any:
    """Return what a subscriber finds where the event says, after checking that it is what the event means."""
    reference = event["data"]["provider_payload_ref"]
    assert event["data"]["provider_payload"] is None
    assert set(reference) == {"bucket", "key", "bytes", "sha256"}
    assert reference["key"] == f"acme/{reference['sha256']}.json"
    stored = aws.s3.get_object(Bucket=reference["bucket"], Key=reference["key"])
    content: bytes = stored["Body"].read()
    assert (reference["bucket"], stored["ContentType"]) == (aws.payloads, "application/json")
    assert (len(content), hashlib.sha256(content).hexdigest()) == (reference["bytes"], reference["sha256"])
    return json.loads(content)


def test_a_large_event_refers_to_its_payload_and_has_all_else_in_it(aws: World) -> None:
    unknown = text(kind="of a kind that nobody knows", list=["x" * 100] * 2_500)
    aws.receiver(ACME_ENTRY).handle(ACME_ENTRY.event(unknown))
    [event] = map(json.loads, aws.queued())
    assert (event["type"], event["data"]["provider_type"]) == ("inbound-sms.unknown.v1", "of a kind that nobody knows")
    assert fetched(aws, event) == json.loads(unknown)

    for _ in range(2):
        assert aws.receiver(ACME_ENTRY).handle(ACME_ENTRY.event(LARGE))["statusCode"] == 200

    documents = aws.queued()
    first, second = map(json.loads, documents)
    assert first["id"] == second["id"] == "acme/1"
    assert first["data"]["provider_payload_ref"] == second["data"]["provider_payload_ref"]
    assert len(kept(aws)) == 2, "a retry overwrites"
    assert first["data"]["text"] == TEXT["text"]
    assert fetched(aws, first) == json.loads(LARGE)
    assert aws.quarantined() == []

    assert aws.fanout().handle([sqs_record(str(n), document) for n, document in enumerate(documents)]) == set()
    [published] = aws.published()  # of one of the two
    assert published in (first, second)


def test_the_limits_to_the_byte(aws: World) -> None:
    """Just fits; one byte too many; just fits without its payload; one byte too many without it, too."""
    message = text(more="é" * 1_000)  # two bytes each

    def received(limit: int, message: bytes = message) -> list[str]:
        aws.receiver(ACME_ENTRY, max_event_bytes=limit).handle(ACME_ENTRY.event(message))
        return aws.queued()

    [whole] = received(LIMIT)
    size = len(whole.encode())
    [fits] = received(size)
    assert json.loads(fits)["data"].keys() == json.loads(whole)["data"].keys(), "nothing is added to what fits"
    assert kept(aws) == {}

    [lighter] = received(size - 1)
    assert fetched(aws, json.loads(lighter)) == json.loads(message)
    size_without = len(lighter.encode())
    assert len(received(size_without)) == 1
    assert aws.quarantined() == []

    another = text(more="è" * 1_000)
    assert received(size_without - 1, another) == []
    [(_, body, record)] = aws.quarantined()
    assert body == another
    assert record["reason"] == f"an event of {size_without} bytes is too large to publish, even without its payload"
    assert len(kept(aws)) == 1, "of what isn't queued no payload is kept"


def test_no_secret_gets_into_a_payload_that_is_kept_apart(aws: World) -> None:
    """Some providers repeat our URL, and so the secret in it; what subscribers may read is without it."""
    receiver = aws.receiver(ACME_ENTRY, ACME_ENTRY.secrets_of("path_secret"), max_body_bytes=1_000_000)
    body = text(url=f"https://example.com/{PATH_SECRET}/", more="x" * LIMIT)

    assert receiver.handle(ACME_ENTRY.event(body, kind="path_secret"))["statusCode"] == 200
    [event] = map(json.loads, aws.queued())
    assert fetched(aws, event)["url"] == "https://example.com/***/"
