"""`gateway resend`: a published event once more, to the topic or to one queue, marked, and under the same id."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from gateway.operations.queues import arn_of
from inbound_sms_subscriber import MemoryStore, event_of, once
from resending import Resend, resend
from tests.component.conftest import Clients
from tests.support.installed import Desk, Functions
from tests.support.queued import Queued
from tests.support.world import World

TEXT = Queued("1", text="Hello")
REPORT = Queued("2", type="inbound-sms.delivery.reported.v1")
Run = Callable[..., Result]


@pytest.fixture
def run(office: Desk, clients: Clients) -> Run:
    def resent(event: dict[str, Any]) -> dict[str, Any]:
        asked = Resend.in_event(event)
        assert asked
        return resend(asked, office.aws.fanout().publisher)

    clients["lambda"] = Functions({"fn-fanout": resent})
    return lambda typed, *words: office.run("resend", "-", *words, typed=typed)


def test_the_topic_gets_it_with_its_attributes_though_it_was_published_before(aws: World, run: Run) -> None:
    aws.fanout().handle([TEXT.record, REPORT.record])
    [before] = aws.published()
    aws.published("delivery")

    ended = run(f"{TEXT.document}\n{json.dumps(json.loads(REPORT.document), indent=2)}", "--to", "topic")

    assert (ended.exit_code, ended.stdout) == (0, "acme/1  sent to topic\nacme/2  sent to topic\n")
    [again] = aws.published()
    assert again == before | {"recovery": "resend"}
    assert [event["id"] for event in aws.published("delivery")] == ["acme/2"]


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "in SNS's envelope"])
def test_one_queue_gets_it_as_its_subscription_would_bring_it(aws: World, run: Run, raw: bool) -> None:
    """Whoever has handled it drops it."""
    url = aws.sqs.create_queue(QueueName="sales")["QueueUrl"]
    arn = arn_of(aws.sqs, url)
    attributes = {"RawMessageDelivery": str(raw).lower()}
    aws.sns.subscribe(TopicArn=aws.topics["messages"], Protocol="sqs", Endpoint=arn, Attributes=attributes)
    aws.fanout().handle([TEXT.record])
    [brought] = aws.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    aws.published()

    assert run(brought["Body"], "--to", arn).exit_code == 0

    [sent] = aws.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert sent.get("MessageAttributes") == brought.get("MessageAttributes")
    shapes = [{name: type(value) for name, value in json.loads(it["Body"]).items()} for it in (brought, sent)]
    assert shapes[0].items() >= (shapes[1].items() - {("recovery", str)})
    handled: list[str | None] = []
    handle = once(MemoryStore())(lambda event: handled.append(event.recovery))
    assert [handle(event_of(it)) for it in (brought, sent)] == [True, False]
    assert (handled, event_of(sent).recovery) == ([None], "resend")
    assert aws.published() == [], "nobody else gets it"


NO_QUEUE = "arn:aws:sqs:eu-west-1:123456789012:nobody"


@pytest.mark.parametrize(
    ("typed", "to", "status", "told"),
    [
        (TEXT.document, "sales", 2, "--to is the ARN of a queue, or topic"),
        (TEXT.document, NO_QUEUE, 2, "is no queue of this account that is subscribed to"),
        (TEXT.document + "{", "topic", 2, "Number 2 is no event"),
        ("[1]", "topic", 2, "Number 1 is no event"),
        ('{"id": "acme/1"}', "topic", 1, "acme/1  unreadable: type: Field required"),
    ],
)
def test_what_cannot_be_resent_is_told(aws: World, run: Run, typed: str, to: str, status: int, told: str) -> None:
    ended = run(typed, "--to", to)

    assert (ended.exit_code, told in ended.output) == (status, True), ended.output
    assert aws.published() == []
