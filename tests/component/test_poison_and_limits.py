"""Nothing loops for ever, and nothing is lost: what no part of the gateway was made for, and what AWS refuses.

Each case goes the whole way, from the webhook or the queue to a subscriber, the quarantine or the dead-letter queue; a
queue message is given out again until it is done with, as Lambda's poller and SQS do it.
"""

import io
import json
from typing import Any
from unittest.mock import Mock
from urllib.parse import quote_from_bytes

import pytest

from gateway.simulator.formats import FORM, JSON
from tests.component.conftest import Counts
from tests.support.faults import failing
from tests.support.parsing import events_of
from tests.support.providers import Registered, registered
from tests.support.queued import Queued, sqs_record
from tests.support.world import NOW, World

MAX_RECEIVES = 4


@pytest.fixture
def dead_letters(aws: World) -> str:
    """Give the events queue a dead-letter queue, as in template.yaml."""
    url: str = aws.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES}
    attributes = {"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": "0"}
    aws.sqs.set_queue_attributes(QueueUrl=aws.queue_url, Attributes=attributes)
    return url


def queue(aws: World, *bodies: str) -> None:
    for body in bodies:
        aws.sqs.send_message(QueueUrl=aws.queue_url, MessageBody=body)


def drain(aws: World, *, mended_after: int = 0, at: float = NOW, **broken: Any) -> int:
    """Let the fan-out take the queue until it is empty, and return how often it was asked.

    With `broken` parts until `mended_after` rounds are over. From one to the next SQS's visibility timeout passes.
    """
    for asked in range(3 * MAX_RECEIVES):
        messages = aws.sqs.receive_message(QueueUrl=aws.queue_url, MaxNumberOfMessages=10).get("Messages", [])
        if not messages:
            return asked
        fanout = aws.fanout(at + 100 * asked, **(broken if asked < mended_after else {}))
        failed = fanout.handle([sqs_record(message["MessageId"], message["Body"]) for message in messages])
        for message in messages:
            if message["MessageId"] not in failed:
                aws.sqs.delete_message(QueueUrl=aws.queue_url, ReceiptHandle=message["ReceiptHandle"])
    raise AssertionError("there is still something in the queue")


# ---- Messages that aren't ours ---------------------------------------------------------------------------------------

WHOLE = Queued("1").document
EVENT = json.loads(WHOLE)
NOT_OURS = {
    "no JSON": "private text",
    "JSON, but no object": '["private text"]',
    "a number of five thousand digits": "1" * 5_000,
    "nested ten thousand deep": "[" * 10_000,
    "cut short": WHOLE[:-1],
    "an envelope of SNS": json.dumps({"Type": "Notification", "TopicArn": "a", "Message": WHOLE}),
    "an id that is no text": json.dumps({**EVENT, "id": 1}),
    "without a delivery": json.dumps({**EVENT, "data": {**EVENT["data"], "delivery_id": None}}),
    "a text that is none": json.dumps({**EVENT, "data": {**EVENT["data"], "text": ["private text"]}}),
}


def test_what_is_not_ours_ends_in_the_dead_letter_queue_alone_and_untold(
    aws: World, dead_letters: str, logs: io.StringIO, counts: Counts
) -> None:
    queue(aws, *NOT_OURS.values(), Queued("2").document)

    assert drain(aws) == MAX_RECEIVES
    assert [event["id"] for event in aws.published()] == list(aws.claim_items()) == ["acme/2"]
    assert sorted(aws.queued(dead_letters)) == sorted(NOT_OURS.values())
    assert logs.getvalue().count("not an event of the gateway") == MAX_RECEIVES * len(NOT_OURS)
    assert counts() == {"NotOurs": MAX_RECEIVES * len(NOT_OURS), "Published": 1}
    assert "private text" not in logs.getvalue()


# ---- Texts that something on the way can't take ----------------------------------------------------------------------

TEXTS = {
    "NUL": ("a\0b", "a\0b"),
    "control characters": ("\x01\x0b\x1f\x7f\x85", "\x01\x0b\x1f\x7f\x85"),
    "half a surrogate pair": ("a\ud83db", "a\ufffdb"),
    "surrogates in the wrong order": ("\udc4d\ud83d", "\ufffd\ufffd"),
    "noncharacters": ("\ufffe\uffff", "\ufffe\uffff"),
    "a byte order mark": ("\ufeffa", "\ufeffa"),
    "direction canaries": ("\u202e\u2066a", "\u202e\u2066a"),
    "what JSON escapes": ('"\\/\b\f\n\r\t</script>', '"\\/\b\f\n\r\t</script>'),
    "nothing": ("", ""),
}
WRITTEN = {
    JSON: lambda text: json.dumps(text)[1:-1],
    FORM: lambda text: quote_from_bytes(text.encode("utf-8", "surrogatepass")),
}
IN_TEXTS = [entry for entry in registered() if entry.content_type in WRITTEN]


def posted(entry: Registered) -> list[dict[str, Any]]:
    """Return a message with each of the texts."""
    message, write = entry.sender.message, WRITTEN[entry.content_type]
    return [
        entry.event(message.body(text="Placeholder").replace(b"Placeholder", write(sent).encode()))
        for sent, _ in TEXTS.values()
    ]


@pytest.mark.parametrize("entry", IN_TEXTS, ids=str)
def test_a_text_that_something_on_the_way_cannot_take_is_read(entry: Registered) -> None:
    read = [events_of(entry, event) for event in posted(entry)]
    assert [event["data"]["text"] for [event] in read] == [published for _, published in TEXTS.values()]


@pytest.mark.parametrize("entry", {each.content_type: each for each in IN_TEXTS}.values(), ids=str)
def test_a_text_that_something_on_the_way_cannot_take_arrives(entry: Registered, aws: World, dead_letters: str) -> None:
    """From one provider of each form: behind the webhook the way is the same for all."""
    receiver = aws.receiver(entry)
    assert {receiver.handle(event)["statusCode"] for event in posted(entry)} == {200}
    drain(aws)
    arrived = sorted(event["data"]["text"] for event in aws.published())
    assert arrived == sorted(published for _, published in TEXTS.values())
    assert (aws.queued(dead_letters), aws.quarantined()) == ([], [])


# ---- What the fan-out works on is gone, or takes a part only ---------------------------------------------------------

EVENTS = [Queued("1").document, Queued("2").document, Queued("3", type="inbound-sms.delivery.reported.v1").document]


def published(aws: World) -> list[str]:
    return sorted(event["id"] for topic in aws.topics for event in aws.published(topic))


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [("dynamodb", "PutItem", "ResourceNotFoundException"), ("sns", "PublishBatch", "NotFound")],
)
def test_what_is_gone_for_long_loses_nothing(
    aws: World, dead_letters: str, logs: io.StringIO, service: str, operation: str, code: str
) -> None:
    """All is in the dead-letter queue in the end, and a redrive brings it back. Any other fault: crash_points."""
    queue(aws, *EVENTS)
    drain(aws, mended_after=MAX_RECEIVES, **{service: failing(service, operation, code)})
    assert published(aws) == []
    assert code in logs.getvalue()
    assert "must not be told" not in logs.getvalue()

    queue(aws, *aws.queued(dead_letters))
    drain(aws, at=NOW + 86_400)
    assert published(aws) == ["acme/1", "acme/2", "acme/3"]


@pytest.mark.usefixtures("dead_letters")
def test_of_a_batch_that_sns_took_in_part_the_rest_comes_back_alone(aws: World) -> None:
    def first_of_them(PublishBatchRequestEntries: list[Any], **topic: Any) -> dict[str, Any]:  # noqa: N803 - boto3's
        first, *rest = PublishBatchRequestEntries
        failed = [{"Id": each["Id"], "Code": "InternalError", "SenderFault": False} for each in rest]
        return {**aws.sns.publish_batch(PublishBatchRequestEntries=[first], **topic), "Failed": failed}

    queue(aws, *EVENTS)
    assert drain(aws, mended_after=1, sns=Mock(publish_batch=first_of_them)) == 2
    assert published(aws) == ["acme/1", "acme/2", "acme/3"]
