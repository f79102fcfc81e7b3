"""Nothing loops for ever, and nothing is lost: what no part of the gateway was made for, and what AWS refuses.

Each case goes the whole way, from the webhook or the queue to a subscriber, the quarantine or the dead-letter queue; a
queue message is given out again until it is done with, as Lambda's poller and SQS do it.
"""

import io
import json
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from botocore.stub import Stubber

from tests.support.batch_reports import batch_report
from tests.support.canary_values import Marks
from tests.support.faults import failing, new_client
from tests.support.parsing import parse
from tests.support.providers import Registered, compact, registered
from tests.support.queued import Queued, sqs_record
from tests.support.world import NOW, World

MAX_RECEIVES = 4


@pytest.fixture
def dead_letters(aws: World) -> str:
    """Gives the events queue a dead-letter queue, as in template.yaml."""
    url: str = aws.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES}
    attributes = {"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": "0"}
    aws.sqs.set_queue_attributes(QueueUrl=aws.queue_url, Attributes=attributes)
    return url


def drain(aws: World, *, rounds: int = 3 * MAX_RECEIVES, mended_after: int = 0, at: float = NOW, **broken: Any) -> int:
    """Lets the fan-out take the queue until it is empty; gives how often it was asked.

    With `broken` parts until `mended_after` rounds are over. From one to the next SQS's visibility timeout passes.
    """
    for asked in range(rounds):
        messages = aws.sqs.receive_message(QueueUrl=aws.queue_url, MaxNumberOfMessages=10).get("Messages", [])
        if not messages:
            return asked
        fanout = aws.fanout(at + 100 * asked, **(broken if asked < mended_after else {}))
        failed = fanout.handle([sqs_record(message["MessageId"], message["Body"]) for message in messages])
        for message in messages:
            if message["MessageId"] not in failed:
                aws.sqs.delete_message(QueueUrl=aws.queue_url, ReceiptHandle=message["ReceiptHandle"])
    raise AssertionError(f"after {rounds} rounds there is still something in the queue")


# ---- Messages that aren't ours -------------------------------------------------------------------------------

EVENT = json.loads(Queued("1").document)
NOT_OURS = {
    "no JSON": "private text",
    "JSON, but no object": '["private text"]',
    "a number of five thousand digits": "1" * 5_000,
    "nested ten thousand deep": "[" * 10_000,
    "cut short": Queued("1").document[:-1],
    "of another system": json.dumps({"Records": [{"s3": {"bucket": {"name": "b"}}}]}),
    "an envelope of SNS": json.dumps({"Type": "Notification", "TopicArn": "a", "Message": Queued("1").document}),
    "without an id": json.dumps({name: value for name, value in EVENT.items() if name != "id"}),
    "without data": json.dumps({**EVENT, "data": None}),
    "without a delivery": json.dumps({**EVENT, "data": {**EVENT["data"], "delivery_id": None}}),
}


@pytest.mark.parametrize("body", NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_not_ours_ends_in_the_dead_letter_queue(
    aws: World, dead_letters: str, logs: io.StringIO, body: str
) -> None:
    aws.sqs.send_message(QueueUrl=aws.queue_url, MessageBody=body)
    aws.sqs.send_message(QueueUrl=aws.queue_url, MessageBody=Queued("2").document)

    assert drain(aws) == MAX_RECEIVES
    assert [event["id"] for event in aws.published()] == ["sinch/2"]
    assert aws.queued(dead_letters) == [body]
    assert logs.getvalue().count("a queue message isn't ours") == MAX_RECEIVES


# ---- Texts and sizes that something on the way can't take ------------------------------------------------------

TEXTS = {
    "NUL": ("a\0b", "a\0b"),
    "control characters": ("\x01\x0b\x1f\x7f\x85", "\x01\x0b\x1f\x7f\x85"),
    "half a surrogate pair": ("a\ud83db", "a\ufffdb"),
    "surrogates in the wrong order": ("\udc4d\ud83d", "\ufffd\ufffd"),
    "noncharacters": ("\ufffe\uffff", "\ufffe\uffff"),
    "a byte order mark": ("\ufeffa", "\ufeffa"),
    "direction marks": ("\u202e\u2066a", "\u202e\u2066a"),
    "what JSON escapes": ('"\\/\b\f\n\r\t</script>', '"\\/\b\f\n\r\t</script>'),
    "nothing": ("", ""),
}
PROVIDERS = pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.provider.name)


def saying(entry: Registered, text: str) -> bytes:
    """Gives the provider's ordinary message with another text."""
    name, usual, content_type = entry.provider.name, entry.case.message, entry.case.content_type
    marked = Marks().put_into(usual, parse(name, usual, content_type))
    mark: str = parse(name, marked, content_type)["data"]["text"]
    in_json = json.dumps(text)[1:-1]
    in_form = quote_from_bytes(text.encode("utf-8", "surrogatepass"))
    return marked.replace(mark.encode(), (in_json if is_json(entry) else in_form).encode())


def is_json(entry: Registered) -> bool:
    return entry.case.message.lstrip().startswith(b"{")


@PROVIDERS
@pytest.mark.parametrize(("sent", "published"), TEXTS.values(), ids=TEXTS)
def test_a_text_that_something_on_the_way_cannot_take_arrives(
    entry: Registered, aws: World, dead_letters: str, sent: str, published: str
) -> None:
    if not is_json(entry) and "\ufffd" in published:  # no UTF-8, so its bytes are read as another charset's
        published = sent.encode("utf-8", "surrogatepass").decode("latin-1")

    assert aws.receiver(entry).handle(entry.event(saying(entry, sent)))["statusCode"] == 200

    drain(aws)
    [event] = aws.published()
    assert event["data"]["text"] == published
    assert (aws.queued(dead_letters), aws.quarantined()) == ([], [])


@pytest.mark.parametrize("recipients", [0, 1, 1_000, 10_000])
def test_a_report_about_so_many_recipients_is_published_whole(aws: World, dead_letters: str, recipients: int) -> None:
    [entry] = [each for each in registered() if each.provider.name == "sinch"]
    report = batch_report(recipients)

    assert aws.receiver(entry).handle(entry.event(compact(report)))["statusCode"] == 200

    drain(aws)
    [event] = aws.published("delivery")
    [counted] = event["data"]["counts"]
    assert counted["recipients"] == report["statuses"][0]["recipients"]
    assert (event["data"]["total"], counted["count"]) == (recipients, recipients)
    assert (aws.queued(dead_letters), aws.quarantined()) == ([], [])


# ---- What the fan-out works on is gone, or takes a part only --------------------------------------------------

EVENTS = [Queued("1"), Queued("2"), Queued("3", type="inbound-sms.delivery.reported.v1")]
CONFLICT = Queued("1", delivery="delivery-2", text="another text")
GONE = {
    "the table": (lambda: {"dynamodb": failing("dynamodb", "PutItem", "ResourceNotFoundException")}, 3),
    "the topics": (lambda: {"sns": failing("sns", "PublishBatch", "NotFound")}, 3),
    "the bucket": (lambda: {"bucket": "no-such-bucket"}, 1),
}


def queue(aws: World, *events: Queued) -> None:
    for event in events:
        aws.sqs.send_message(QueueUrl=aws.queue_url, MessageBody=event.document)


def everywhere(aws: World, dead_letters: str) -> tuple[list[str], int, int]:
    """Gives what was published, how much is in the quarantine, and how much in the dead-letter queue."""
    published = [event["id"] for topic in aws.topics for event in aws.published(topic)]
    return sorted(published), len(aws.quarantined()), len(aws.queued(dead_letters))


@pytest.mark.parametrize(("broken", "dead"), GONE.values(), ids=GONE)
def test_what_is_back_before_the_last_try_loses_nothing(
    aws: World, dead_letters: str, logs: io.StringIO, broken: Any, dead: int
) -> None:
    queue(aws, *EVENTS)
    if dead == 1:  # the bucket is for conflicts only
        drain(aws)
        queue(aws, CONFLICT)

    drain(aws, mended_after=MAX_RECEIVES - 1, **broken())

    assert everywhere(aws, dead_letters) == (["sinch/1", "sinch/2", "sinch/3"], int(dead == 1), 0)
    assert logs.getvalue().count('"level":"ERROR"') >= MAX_RECEIVES - 1
    assert "must not be told" not in logs.getvalue()


@pytest.mark.parametrize(("broken", "dead"), GONE.values(), ids=GONE)
def test_what_never_comes_back_fills_the_dead_letter_queue_and_a_redrive_empties_it(
    aws: World, dead_letters: str, broken: Any, dead: int
) -> None:
    queue(aws, *EVENTS)
    if dead == 1:
        drain(aws)
        queue(aws, CONFLICT)

    assert drain(aws, mended_after=1_000, **broken()) == MAX_RECEIVES

    bodies = aws.queued(dead_letters)
    assert len(bodies) == dead
    for body in bodies:
        aws.sqs.send_message(QueueUrl=aws.queue_url, MessageBody=body)
    drain(aws, at=NOW + 86_400)
    assert everywhere(aws, dead_letters) == (["sinch/1", "sinch/2", "sinch/3"], int(dead == 1), 0)


@pytest.mark.parametrize("taken", [[], [0], [3, 7], [*range(9)]], ids=str)
def test_of_a_batch_that_sns_took_in_part_the_rest_comes_back_alone(
    aws: World, dead_letters: str, taken: list[int]
) -> None:
    sns = new_client("sns")
    events = [Queued(f"{number}") for number in range(10)]
    answer = {
        "Successful": [{"Id": str(number), "MessageId": f"sns-{number}"} for number in taken],
        "Failed": [
            {"Id": str(number), "Code": "InternalError", "Message": "private text", "SenderFault": False}
            for number in range(10)
            if number not in taken
        ],
    }
    with Stubber(sns) as stubber:
        stubber.add_response("publish_batch", answer)
        failed = aws.fanout(sns=sns).handle([event.record for event in events])

    assert failed == {event.sqs_id for number, event in enumerate(events) if number not in taken}
    queue(aws, *(event for event in events if event.sqs_id in failed))
    drain(aws)
    assert everywhere(aws, dead_letters)[0] == [f"sinch/{number}" for number in range(10) if number not in taken]
