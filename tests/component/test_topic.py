"""What reaches which topic, with which attributes, and what becomes of what SNS doesn't take."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from botocore.stub import Stubber

from inbound_sms.errors import AnswerLost, AwsError, NotSent
from inbound_sms.publishing.email_text import text_of
from inbound_sms.publishing.message_attributes import message_attributes
from inbound_sms.publishing.publisher import Notification, Publisher
from inbound_sms.publishing.queued import QueuedData, QueuedEvent, read_event
from tests.support.faults import calls_of, new_client
from tests.support.make_schemas import ATTRIBUTES
from tests.support.queued import Queued
from tests.support.world import World

SNS_LIMIT = 262_144
MESSAGE, UNKNOWN = "inbound-sms.message.received.v1", "inbound-sms.unknown.v1"


def event(**data: Any) -> QueuedEvent:
    return QueuedEvent(id="sinch/1", type=MESSAGE, data=QueuedData.model_validate({"delivery_id": "d"} | data))


def notification(queued: Queued) -> Notification:
    return Notification(read_event(queued.document), queued.document)


def publish(topics: Publisher, notifications: list[Notification], *in_time: Callable[[], bool]) -> list[str | None]:
    """Publishes to the end; gives SNS's message ids in the order of the notifications."""
    by_index = dict(chain.from_iterable(topics.publish(notifications, *in_time)))
    return [by_index[index] for index in range(len(notifications))]


def of_size(size: int, number: int, filler: str = "x") -> Notification:
    """A notification that SNS counts as exactly so many bytes."""
    read = read_event(Queued(str(number)).document)
    attributes = sum(
        len(name) + len("String") + len(value.encode()) for name, value in message_attributes(read).items()
    )
    count, rest = divmod(size - attributes, len(filler.encode()))
    return Notification(read, filler * count + "." * rest)


def counted(call: dict[str, Any]) -> int:
    """What SNS counts: every message with the name, type and value of its attributes, in bytes."""
    return sum(
        len(entry["Message"].encode())
        + sum(
            len(name.encode()) + len(value["DataType"].encode()) + len(value["StringValue"].encode())
            for name, value in entry["MessageAttributes"].items()
        )
        for entry in call["PublishBatchRequestEntries"]
    )


CASES: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("least", {"provider": "sinch"}, {}),
    ("empty", {"provider": "sinch", "account": "", "sender": {"raw": ""}, "recipient": {}}, {}),
    ("account", {"provider": "8x8", "account": "Sub-1"}, {"account": "Sub-1"}),
    (
        "number",
        {"provider": "sinch", "sender": {"raw": "4477", "number": "+4477"}},
        {"sender": "+4477", "country_code": "44"},
    ),
    ("text", {"provider": "sinch", "text": "News ON"}, {"first_word": "news"}),
    ("raw", {"provider": "sinch", "recipient": {"raw": "12345"}}, {"recipient": "12345"}),
    ("opted out", {"provider": "sinch", "opt_out": True}, {"opt_out": "true"}),
    ("not opted out", {"provider": "sinch", "opt_out": False}, {"opt_out": "false"}),
    ("long", {"provider": "sinch", "sender": {"raw": "a" * 300}}, {"sender": "a" * 256}),
    ("long, wide", {"provider": "sinch", "sender": {"raw": "\N{GRINNING FACE}" * 300}}, {"sender": "😀" * 256}),
    (
        "controls",
        {"provider": "sinch", "sender": {"raw": "a\x00\x08\x0b\x1fb"}},
        {"sender": "a\ufffd\ufffd\ufffd\ufffdb"},
    ),
    ("no characters", {"provider": "sinch", "account": "\ufffe\uffff"}, {"account": "\ufffd\ufffd"}),
    ("half a pair", {"provider": "sinch", "account": "x\ud83d"}, {"account": "x\ufffd"}),
    ("white space", {"provider": "sinch", "account": "a\tb\nc\r"}, {"account": "a\tb\nc\r"}),
]


@pytest.mark.parametrize(("data", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_attributes(data: dict[str, Any], expected: dict[str, str]) -> None:
    assert message_attributes(event(**data)) == {"type": MESSAGE, "provider": data["provider"], **expected}


def test_every_attribute_at_once_and_as_long_as_can_be(aws: World) -> None:
    wide = "\N{GRINNING FACE}" * 10_000
    letters = "\U00020000" * 10_000
    sender = {"raw": wide, "number": "+999" + "1" * 12}
    full = event(provider=wide, account=wide, sender=sender, recipient={"raw": wide}, opt_out=False, text=letters)
    attributes = message_attributes(full.model_copy(update={"type": wide}), {wide: wide})

    assert set(attributes) == set(ATTRIBUTES), "what asyncapi.json tells subscribers"
    assert len(attributes) <= 10, "SNS discards a message of more, with raw delivery to SQS"
    size = sum(len(name) + len("String") + len(value.encode()) for name, value in attributes.items())
    assert size <= 8_192, "what the receive path leaves free for them (max_event_bytes)"


def test_a_subscriber_gets_the_document_as_it_was_queued_and_the_attributes(aws: World) -> None:
    sent = notification(Queued("7"))
    [sns_id] = publish(aws.fanout().topics, [sent])

    [message] = aws.sqs.receive_message(QueueUrl=aws.inboxes["messages"], MessageAttributeNames=["All"])["Messages"]
    assert sns_id
    assert message["Body"] == sent.document
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "type": MESSAGE,
        "provider": "sinch",
        "sender": "+447700900001",
        "recipient": "+447700900002",
        "opt_out": "false",
        "country_code": "44",
        "first_word": "private",
    }


def by_email(aws: World, sns: Any = None) -> Publisher:
    return replace(aws.fanout(sns=sns).topics, by_email=True)


def test_a_subscriber_by_email_gets_a_text_and_everybody_else_the_document(aws: World) -> None:
    sns = new_client("sns")
    calls = calls_of(sns, "PublishBatch")
    sent = [notification(Queued("1")), notification(Queued("2", type="inbound-sms.link.clicked.v1"))]
    assert all(publish(by_email(aws, sns), sent))

    [for_messages], [for_delivery] = (call["PublishBatchRequestEntries"] for call in calls)
    assert for_messages["Subject"] == "SMS from +447700900001 to +447700900002"
    assert json.loads(for_messages["Message"])["email"] == text_of(sent[0].event)
    assert for_delivery["Message"] == sent[1].document
    assert aws.queued(aws.inboxes["messages"]) == [sent[0].document]
    assert aws.queued(aws.inboxes["delivery"]) == [sent[1].document]


@pytest.mark.parametrize(
    ("size", "structure"), [(SNS_LIMIT - 1_000, "json"), (SNS_LIMIT - 10, None), (SNS_LIMIT, None)]
)
def test_what_is_too_large_with_the_text_for_people_goes_without(aws: World, size: int, structure: str | None) -> None:
    sns = new_client("sns")
    calls = calls_of(sns, "PublishBatch")
    event = of_size(size, 1)
    assert all(publish(by_email(aws, sns), [event]))

    [[entry]] = [call["PublishBatchRequestEntries"] for call in calls]
    assert entry.get("MessageStructure") == structure
    assert all(counted(call) <= SNS_LIMIT for call in calls)
    assert aws.queued(aws.inboxes["messages"]) == [event.document]


@pytest.mark.parametrize(("over", "structure"), [(0, "json"), (1, None)])
def test_the_text_for_people_goes_out_as_long_as_all_of_it_fits(aws: World, over: int, structure: str | None) -> None:
    """To the byte; the subject is counted, too."""
    sns = new_client("sns")
    calls = calls_of(sns, "PublishBatch")
    small = of_size(1_000, 1)
    publish(by_email(aws, sns), [small])
    added = counted(calls[0]) + len("SMS from +447700900001 to +447700900002") - 1_000
    assert all(publish(by_email(aws, sns), [of_size(SNS_LIMIT - added + over, 1)]))

    [entry] = calls[1]["PublishBatchRequestEntries"]
    assert entry.get("MessageStructure") == structure


@pytest.mark.parametrize(
    ("type_", "topic"),
    [
        (MESSAGE, "messages"),
        ("inbound-sms.message.received.v2", "messages"),
        ("inbound-sms.delivery.reported.v1", "delivery"),
        ("inbound-sms.delivery.reported.v2", "delivery"),
        ("inbound-sms.link.clicked.v1", "delivery"),
        (UNKNOWN, "messages"),
        ("inbound-sms.of-tomorrow.v1", "messages"),
    ],
)
def test_which_topic(aws: World, type_: str, topic: str) -> None:
    [sns_id] = publish(aws.fanout().topics, [notification(Queued(type=type_))])

    assert sns_id
    assert {name: [e["type"] for e in aws.published(name)] for name in ("messages", "delivery")} == {
        "messages": [],
        "delivery": [],
        topic: [type_],
    }


def test_one_topic_for_everything_gets_everything_once(aws: World) -> None:
    topics = Publisher(aws.sns, aws.topics["messages"], aws.topics["messages"])
    publish(topics, [notification(Queued("1")), notification(Queued("2", type="inbound-sms.link.clicked.v1"))])

    assert sorted(event["id"] for event in aws.published()) == ["sinch/1", "sinch/2"]


SIZES: list[tuple[str, list[int], str, list[int]]] = [
    ("none", [], "x", []),
    ("ten", [1_000] * 10, "x", [10]),
    ("eleven", [1_000] * 11, "x", [10, 1]),
    ("twenty-five", [1_000] * 25, "x", [10, 10, 5]),
    ("exactly full", [SNS_LIMIT // 2] * 2, "x", [2]),
    ("one byte over", [SNS_LIMIT // 2, SNS_LIMIT // 2 + 1], "x", [1, 1]),
    ("each full", [SNS_LIMIT] * 3, "x", [1, 1, 1]),
    ("bytes, not characters", [SNS_LIMIT // 2, SNS_LIMIT // 2 + 1], "\N{GRINNING FACE}", [1, 1]),
    ("many large", [100_000] * 5, "ü", [2, 2, 1]),
    ("small after large", [SNS_LIMIT, 1_000, 1_000], "x", [1, 2]),
]


@pytest.mark.parametrize(("sizes", "filler", "batches"), [c[1:] for c in SIZES], ids=[c[0] for c in SIZES])
def test_batches_are_what_sns_takes(aws: World, sizes: list[int], filler: str, batches: list[int]) -> None:
    sns = new_client("sns")
    calls = calls_of(sns, "PublishBatch")
    notifications = [of_size(size, number, filler) for number, size in enumerate(sizes)]

    message_ids = publish(aws.fanout(sns=sns).topics, notifications)

    assert [len(call["PublishBatchRequestEntries"]) for call in calls] == batches
    assert all(counted(call) <= SNS_LIMIT for call in calls)
    sent = [entry["Message"] for call in calls for entry in call["PublishBatchRequestEntries"]]
    assert sent == [each.document for each in notifications]
    assert all(message_ids)
    assert len(set(message_ids)) == len(sizes)


def answering(sns: Any, *answers: dict[str, Any] | str) -> Stubber:
    """Makes a client hear these answers, one a call; a text is the code of an error."""
    stubber = Stubber(sns)
    for answer in answers:
        if isinstance(answer, str):
            stubber.add_client_error("publish_batch", answer, "private text")
        else:
            stubber.add_response("publish_batch", answer)
    return stubber


def taken(*ids: int) -> list[dict[str, str]]:
    return [{"Id": str(id_), "MessageId": f"sns-{id_}"} for id_ in ids]


def refused(id_: int) -> dict[str, Any]:
    return {"Id": str(id_), "Code": "InternalError", "Message": "private text", "SenderFault": False}


ANSWERS: list[tuple[str, int, list[dict[str, Any] | str], list[int], list[str]]] = [
    ("in another order", 3, [{"Successful": taken(2, 0, 1), "Failed": []}], [0, 1, 2], []),
    ("one refused", 3, [{"Successful": taken(2, 0), "Failed": [refused(1)]}], [0, 2], ["InternalError"]),
    ("all refused", 2, [{"Successful": [], "Failed": [refused(0), refused(1)]}], [], ["InternalError"] * 2),
    ("one not mentioned", 2, [{"Successful": taken(1), "Failed": []}], [1], []),
    ("nothing mentioned", 2, [{}], [], []),
    ("an error", 2, ["InternalError"], [], ["InternalError"]),
    ("throttled, then taken", 2, ["Throttling", {"Successful": taken(0, 1)}], [0, 1], []),
    ("throttled again and again", 2, ["Throttled", "Throttled"], [], ["Throttled"]),
    ("its key is throttled", 2, ["KMSThrottling", {"Successful": taken(0, 1)}], [0, 1], []),
    ("an error, then taken", 12, ["InternalFailure", {"Successful": taken(11, 10)}], [10, 11], ["InternalFailure"]),
    ("taken, then an error", 11, [{"Successful": taken(*range(10))}, "KMSDisabled"], [*range(10)], ["KMSDisabled"]),
]


@pytest.mark.parametrize(
    ("count", "answers", "published", "logged"), [c[1:] for c in ANSWERS], ids=[c[0] for c in ANSWERS]
)
def test_what_sns_did_not_take_is_known(
    aws: World,
    logs: io.StringIO,
    *,
    count: int,
    answers: list[dict[str, Any] | str],
    published: list[int],
    logged: list[str],
) -> None:
    sns = new_client("sns")
    with answering(sns, *answers) as stubber:
        message_ids = publish(aws.fanout(sns=sns).topics, [notification(Queued(str(n))) for n in range(count)])
        stubber.assert_no_pending_responses()

    assert message_ids == [f"sns-{n}" if n in published else None for n in range(count)]
    told = [line for line in map(json.loads, logs.getvalue().splitlines()) if line["level"] == "ERROR"]
    assert [line.get("code") or line["cause"].split()[1] for line in told] == logged
    assert "private text" not in logs.getvalue()


def test_without_a_topic_the_other_still_gets_its_events(aws: World, logs: io.StringIO) -> None:
    aws.sns.delete_topic(TopicArn=aws.topics["messages"])
    message_ids = publish(
        aws.fanout().topics, [notification(Queued("1")), notification(Queued("2", type="inbound-sms.link.clicked.v1"))]
    )

    assert [bool(message_id) for message_id in message_ids] == [False, True]
    assert [event["id"] for event in aws.published("delivery")] == ["sinch/2"]
    assert "NotFound" in logs.getvalue()


def test_a_throttled_batch_waits_a_moment_before_its_second_try_and_is_not_sent_too_late(aws: World) -> None:
    sns = new_client("sns")
    waited: list[float] = []
    topics = replace(aws.fanout(sns=sns).topics, pause=waited.append)
    with answering(sns, "Throttled", {"Successful": taken(0)}, "Throttled") as stubber:
        assert publish(topics, [notification(Queued("1"))]) == ["sns-0"]
        assert publish(topics, [notification(Queued("2"))], lambda: len(waited) < 2) == [None]
        stubber.assert_no_pending_responses()

    assert all(0 <= seconds <= 1 for seconds in waited)
    assert len(waited) == 2


def test_out_of_time_nothing_more_is_sent(aws: World) -> None:
    sns = new_client("sns")
    calls = calls_of(sns, "PublishBatch")
    in_time = iter([True, False])

    message_ids = publish(
        aws.fanout(sns=sns).topics, [notification(Queued(str(n))) for n in range(20)], lambda: next(in_time)
    )

    assert [bool(message_id) for message_id in message_ids] == [True] * 10 + [False] * 10
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        (AnswerLost("PublishBatch", "TimeoutError"), 1),  # SNS may have it: a second try could double it
        (AnswerLost("PublishBatch", "ConnectionResetError"), 1),
        (NotSent("PublishBatch", "TimeoutError"), 2),
        (NotSent("PublishBatch", "ConnectionRefusedError"), 2),
    ],
    ids=str,
)
def test_only_what_surely_was_not_published_is_sent_again(fault: AwsError, tries: int) -> None:
    class OutOfReach:
        sent = 0

        def publish_batch(self, **_: Any) -> Any:
            self.sent += 1
            raise fault

    sns: Any = OutOfReach()
    assert publish(Publisher(sns, "messages", "delivery"), [notification(Queued("1"))]) == [None]
    assert sns.sent == tries
