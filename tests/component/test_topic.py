"""What reaches which topic, with which attributes, and what becomes of what SNS doesn't take."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from typing import Any
from unittest.mock import Mock

import pytest

from aws_client.errors import AwsError, AwsServiceError, RequestNotSent, ResponseLost
from inbound_sms.publishing.email_text import text_of
from inbound_sms.publishing.message_attributes import message_attributes
from inbound_sms.publishing.publisher import Notification, Publisher
from inbound_sms.publishing.queued import read_event
from tests.support.faults import calls_of, new_client
from tests.support.queued import Queued
from tests.support.world import World

SNS_LIMIT = 262_144
MESSAGE, CLICK = "inbound-sms.message.received.v1", "inbound-sms.link.clicked.v1"


def notification(queued: Queued) -> Notification:
    return Notification(read_event(queued.document), queued.document)


def several(count: int) -> list[Notification]:
    return [notification(Queued(str(number))) for number in range(count)]


def publish(topics: Publisher, notifications: list[Notification], *in_time: Callable[[], bool]) -> list[str | None]:
    """Publish to the end, and return SNS's message ids in the order of the notifications."""
    by_index = dict(chain.from_iterable(topics.publish(notifications, *in_time)))
    return [by_index[index] for index in range(len(notifications))]


def of_size(size: int, number: int = 1, filler: str = "x") -> Notification:
    """Return a notification that SNS counts as exactly so many bytes."""
    read = read_event(Queued(str(number)).document)
    attributes = sum(len(f"{name}String{value}".encode()) for name, value in message_attributes(read).items())
    count, rest = divmod(size - attributes, len(filler.encode()))
    return Notification(read, filler * count + "." * rest)


def counted(call: dict[str, Any]) -> int:
    """Return what SNS counts, in bytes: messages and subjects, with names, types and values of their attributes."""
    return sum(
        len((entry["Message"] + entry.get("Subject", "")).encode())
        + sum(
            len((name + value["DataType"] + value["StringValue"]).encode())
            for name, value in entry["MessageAttributes"].items()
        )
        for entry in call["PublishBatchRequestEntries"]
    )


def test_a_subscriber_gets_the_document_as_it_was_queued_and_the_attributes(aws: World) -> None:
    sent = notification(Queued("7"))
    [sns_id] = publish(aws.fanout().publisher, [sent])

    [message] = aws.sqs.receive_message(QueueUrl=aws.inboxes["messages"], MessageAttributeNames=["All"])["Messages"]
    assert sns_id
    assert message["Body"] == sent.body
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "type": MESSAGE,
        "provider": "acme",
        "sender": "+447700900001",
        "recipient": "+447700900002",
        "opt_out": "false",
        "country_code": "44",
        "first_word": "private",
    }


# ---- By e-mail -------------------------------------------------------------------------------------------------------


def test_a_subscriber_by_email_gets_a_text_as_long_as_all_of_it_fits_and_everybody_else_the_document(
    aws: World,
) -> None:
    sns = new_client("sns")
    calls = calls_of(sns, "PublishBatch")
    topics = replace(aws.fanout(sns=sns).publisher, by_email=True)
    message, click = of_size(1_000), notification(Queued("2", type=CLICK))
    assert all(publish(topics, [message, click]))
    [for_messages], [for_delivery] = (call["PublishBatchRequestEntries"] for call in calls)
    assert for_messages["Subject"] == "SMS from +447700900001 to +447700900002"
    assert json.loads(for_messages["Message"])["email"] == text_of(message.event)
    assert for_delivery["Message"] == click.body

    added = counted(calls[0]) - 1_000
    sizes = (SNS_LIMIT - added, SNS_LIMIT - added + 1, SNS_LIMIT)
    assert all(publish(topics, [of_size(size)])[0] for size in sizes)
    sent = calls[2:]
    assert [call["PublishBatchRequestEntries"][0].get("MessageStructure") for call in sent] == ["json", None, None]
    assert [counted(call) for call in sent] == [SNS_LIMIT, *sizes[1:]]
    bodies = [message.body, *(of_size(size).body for size in sizes)]
    assert sorted(aws.queued(aws.inboxes["messages"])) == sorted(bodies)
    assert aws.queued(aws.inboxes["delivery"]) == [click.body]


# ---- Which topic, and in which batches -------------------------------------------------------------------------------


def test_which_topic(aws: World) -> None:
    types = {
        "messages": {
            MESSAGE,
            *(f"inbound-sms.{kind}" for kind in ("message.received.v2", "unknown.v1", "tomorrow.v1")),
        },
        "delivery": {"inbound-sms.delivery.reported.v1", "inbound-sms.delivery.reported.v2", CLICK},
    }
    sent = [notification(Queued(kind, type=kind)) for kinds in types.values() for kind in kinds]
    assert all(publish(aws.fanout().publisher, sent))

    assert {topic: {event["type"] for event in aws.published(topic)} for topic in types} == types


def test_one_topic_for_everything_gets_everything_once(aws: World) -> None:
    topics = Publisher(aws.sns, aws.topics["messages"], aws.topics["messages"])
    publish(topics, [notification(Queued("1")), notification(Queued("2", type=CLICK))])

    assert sorted(event["id"] for event in aws.published()) == ["acme/1", "acme/2"]


SIZES: dict[str, tuple[list[int], str, list[int]]] = {
    "exactly full": ([SNS_LIMIT // 2] * 2, "x", [2]),
    "one byte over": ([SNS_LIMIT // 2, SNS_LIMIT // 2 + 1], "x", [1, 1]),
    "bytes, not characters": ([SNS_LIMIT // 2, SNS_LIMIT // 2 + 1], "\N{GRINNING FACE}", [1, 1]),
    "many large": ([100_000] * 5, "ü", [2, 2, 1]),
}


@pytest.mark.parametrize(("sizes", "filler", "batches"), SIZES.values(), ids=SIZES)
def test_batches_are_what_sns_takes(aws: World, sizes: list[int], filler: str, batches: list[int]) -> None:
    sns = new_client("sns")
    calls = calls_of(sns, "PublishBatch")
    notifications = [of_size(size, number, filler) for number, size in enumerate(sizes)]

    message_ids = publish(aws.fanout(sns=sns).publisher, notifications)

    assert [len(call["PublishBatchRequestEntries"]) for call in calls] == batches
    assert all(counted(call) <= SNS_LIMIT for call in calls)
    sent = [entry["Message"] for call in calls for entry in call["PublishBatchRequestEntries"]]
    assert sent == [each.body for each in notifications]
    assert len(set(filter(None, message_ids))) == len(sizes)


# ---- What SNS did not take -------------------------------------------------------------------------------------------


def answering(*answers: Any, **parts: Any) -> Publisher:
    """Return topics whose client gets these answers, one a call; an exception is raised."""
    sns = Mock(publish_batch=Mock(side_effect=answers))
    return Publisher(sns, "messages", "delivery", **{"pause": lambda _: None} | parts)


def error(code: str) -> AwsServiceError:
    return AwsServiceError("PublishBatch", code)


def taken(*ids: int, refused: tuple[int, ...] = ()) -> dict[str, Any]:
    failure = {"Code": "InternalError", "Message": "private text", "SenderFault": False}
    return {
        "Successful": [{"Id": str(id_), "MessageId": f"sns-{id_}"} for id_ in ids],
        "Failed": [{"Id": str(id_), **failure} for id_ in refused],
    }


ANSWERS: dict[str, tuple[int, list[Any], list[int], list[str]]] = {
    "in another order": (3, [taken(2, 0, 1)], [0, 1, 2], []),
    "one refused": (3, [taken(2, 0, refused=(1,))], [0, 2], ["InternalError"]),
    "all refused": (2, [taken(refused=(0, 1))], [], ["InternalError"] * 2),
    "one not mentioned": (2, [taken(1)], [1], []),
    "nothing mentioned": (2, [{}], [], []),
    "an error": (2, [error("InternalError")], [], ["InternalError"]),
    "throttled, then taken": (2, [error("Throttling"), taken(0, 1)], [0, 1], []),
    "throttled again and again": (2, [error("Throttled"), error("Throttled")], [], ["Throttled"]),
    "its key is throttled": (2, [error("KMSThrottling"), taken(0, 1)], [0, 1], []),
    "an error, then taken": (12, [error("InternalFailure"), taken(11, 10)], [10, 11], ["InternalFailure"]),
    "taken, then an error": (11, [taken(*range(10)), error("KMSDisabled")], [*range(10)], ["KMSDisabled"]),
    # Without an answer SNS may have it, and a second try could double it.
    "perhaps sent": (1, [ResponseLost("PublishBatch", "TimeoutError")], [], ["TimeoutError"]),
    "not sent": (1, [RequestNotSent("PublishBatch", "ConnectionRefusedError"), taken(0)], [0], []),
}


@pytest.mark.parametrize(("count", "answers", "published", "logged"), ANSWERS.values(), ids=ANSWERS)
def test_what_sns_did_not_take_is_known(
    logs: io.StringIO, *, count: int, answers: Any, published: list[int], logged: list[str]
) -> None:
    topics = answering(*answers)
    message_ids = publish(topics, several(count))

    assert topics.sns.publish_batch.call_count == len(answers)
    assert message_ids == [f"sns-{n}" if n in published else None for n in range(count)]
    told = [line for line in map(json.loads, logs.getvalue().splitlines()) if line["level"] == "ERROR"]
    assert [line.get("code") or line["cause"].split()[1] for line in told] == logged
    assert "private text" not in logs.getvalue()


@pytest.mark.parametrize(
    ("fault", "waits"), [(error("Throttled"), 1), (RequestNotSent("PublishBatch", "ConnectionRefusedError"), 0)]
)
def test_a_second_try_comes_after_a_moment_and_not_too_late_to_be_put_on_record(fault: AwsError, waits: int) -> None:
    waited: list[float] = []
    for there_is_time in (True, False):
        in_time = iter([True, there_is_time])
        topics = answering(fault, taken(0), pause=waited.append)
        assert publish(topics, several(1), lambda in_time=in_time: next(in_time)) == [
            "sns-0" if there_is_time else None
        ]

    assert len(waited) == 2 * waits
    assert all(0 <= seconds <= 1 for seconds in waited)
