"""`gateway dlq`, and what the fan-out makes of what gets back."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from gateway.errors import GatewayError
from gateway.operations.dead_letters import DeadLetters
from tests.component.conftest import Clients, published
from tests.support.faults import calls_of, failing
from tests.support.installed import Desk
from tests.support.queued import Queued
from tests.support.world import NOW, REGION

URL, SOURCE = "https://sqs.example/dead", "https://sqs.example/events"
ARN, SOURCE_ARN = "arn:aws:sqs:eu-west-1:123456789012:dead", "arn:aws:sqs:eu-west-1:123456789012:events"


@pytest.fixture
def desk(office: Desk, clients: Clients) -> Desk:
    """Return a desk of a gateway whose SQS moves nothing by itself."""
    clients["sqs"] = failing("sqs", "ListMessageMoveTasks", "AWS.SimpleQueueService.UnsupportedOperation").plain
    return office


def put(desk: Desk, *bodies: str) -> None:
    for body in bodies:
        desk.aws.sqs.send_message(QueueUrl=desk.dead, MessageBody=body, MessageGroupId="acme")


def redriven(desk: Desk) -> list[str]:
    """Move everything back; return what is in the queue then."""
    assert desk.json("dlq", "redrive", "--execute")["executed"]
    return desk.aws.queued()


# ---- list and show ---------------------------------------------------------------------------------------------------


def test_a_list_tells_what_is_there_and_no_text_and_leaves_it_there(desk: Desk) -> None:
    queued = [Queued(str(number)) for number in range(12)]
    put(desk, *(each.document for each in queued), "private text that is no event", '{"id": 5}', "[" * 5_000)

    listed = [desk.run("dlq", "list").stdout for _ in range(2)][-1]
    in_json = desk.json("dlq", "list")

    assert listed.splitlines()[-1] == "15 in the dead-letter queue"
    assert "private text" not in listed + str(in_json)
    assert listed.count("no event of the gateway: nothing can be done with it, redriven it will come back here") == 3
    assert {each["event_id"] for each in in_json} == {each.event_id for each in queued} | {None}
    assert {each["delivery_id"] for each in in_json} == {"delivery-1", None}
    limited = desk.run("dlq", "list", "--limit", "5").stdout
    assert limited.splitlines()[-1] == "5 in the dead-letter queue or more"
    assert desk.run("dlq", "redrive").stdout == "15 would be moved back; --execute does it\n"
    assert desk.json("dlq", "redrive") == {"executed": False, "found": 15, "moved": 0}
    assert desk.aws.queued() == [], "nothing moves without --execute"


def test_all_of_one_is_shown_when_asked_for(desk: Desk) -> None:
    documents = {Queued("1").document, Queued("2", text="\x1b[31m").document}
    put(desk, *documents)
    ids = [each["message_id"] for each in desk.json("dlq", "list")]

    assert {desk.json("dlq", "show", each)["body"] for each in ids} == documents
    assert not any("\x1b" in desk.run("dlq", "show", each).stdout for each in ids)


class Busy:
    """SQS, as far as it shows messages: the oldest first, each call a second, what nobody let go of after a while."""

    def __init__(self, count: int, *, twice: bool = False) -> None:
        self.now = 0.0
        self.visible_at = dict.fromkeys(map(str, range(count)), 0.0)
        self.receives = 0
        self._twice = twice  # the first that is given out is so once more, alone

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        self.now += 1
        self.receives += 1
        shown = [name for name, at in self.visible_at.items() if at <= self.now][: asked["MaxNumberOfMessages"]]
        if self._twice and self.receives == 2:
            shown = ["0"]
        self.visible_at |= dict.fromkeys(shown, self.now + asked["VisibilityTimeout"])
        known: Any = {"Body": "", "Attributes": {"SentTimestamp": "0", "ApproximateReceiveCount": "1"}}
        return {"Messages": [{"MessageId": it, "ReceiptHandle": it, **known} for it in shown]}

    def change_message_visibility_batch(self, Entries: list[dict[str, Any]], **_: Any) -> None:  # noqa: N803 - boto3's
        assert 1 <= len(Entries) <= 10
        self.visible_at |= {it["ReceiptHandle"]: self.now + it["VisibilityTimeout"] for it in Entries}

    @property
    def letters(self) -> DeadLetters:
        sqs: Any = self
        return DeadLetters(sqs, URL, SOURCE, clock=lambda: self.now)

    @property
    def hidden(self) -> int:
        return sum(at > self.now for at in self.visible_at.values())


def test_looking_through_more_than_can_be_seen_at_once_has_an_end_but_not_where_one_is_given_out_twice() -> None:
    """What was seen first is visible again before the last is seen."""
    sqs = Busy(10_000)
    assert getattr(sqs.letters.find("15"), "message_id", None) == "15"
    assert (sqs.receives, sqs.hidden) == (2, 0), "it ends where that one is found"
    assert sqs.letters.find("no-such-id") is None
    assert sqs.hidden == 0
    assert len(sqs.letters.look(20_000)) == 600, "what comes in a minute"
    assert sqs.hidden == 0

    assert len(Busy(25, twice=True).letters.look(1_000)) == 25


# ---- redrive: published once, whatever happened before ---------------------------------------------------------------


def test_what_gets_back_is_published_once_unless_it_was_before(desk: Desk, clients: Clients) -> None:
    before, first = Queued("0"), Queued("1")
    assert len(published(desk.aws, NOW, [before.document])) == 1
    down = desk.aws.fanout(NOW, sns=failing("sns", "PublishBatch", "InternalError"))
    assert down.handle([first.record]) == {first.sqs_id}, "claimed, never published: SQS gives it up in the end"
    retry = Queued("1", delivery="delivery-2")  # the provider's retry is dropped: the event is the first one's
    assert published(desk.aws, NOW + 10, [retry.document]) == []
    put(desk, before.document, first.document, "not ours")

    sent = calls_of(clients["sqs"], "SendMessage")
    bodies = redriven(desk)
    assert {each["MessageGroupId"] for each in sent} == {"acme"}
    assert bodies == [before.document, first.document, "not ours"], "the delivery id is still that of its owner"
    [event] = published(desk.aws, NOW + 3_600, bodies[:2])
    assert event["id"] == "acme/1"

    assert desk.run("dlq", "redrive", "--execute").stdout == "0 moved back\n"
    assert desk.aws.queued() == []


def test_a_crash_between_sending_and_deleting_doubles_nothing(desk: Desk, clients: Clients) -> None:
    put(desk, Queued("1").document)
    clients["sqs"] = failing("sqs", "DeleteMessage", "InternalError", client=clients["sqs"])
    ended = desk.run("dlq", "redrive", "--execute")
    assert (ended.exit_code, ended.stderr.count("\n")) == (1, 1)

    [sent] = desk.aws.queued()
    assert len(published(desk.aws, NOW, [sent])) == 1
    assert published(desk.aws, NOW + 3_600, [sent]) == [], "the one that stayed, redriven again"


# ---- Other queues ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("queue", "outputs", "event_id", "reason"),
    [
        ("acme-topic", "AcmeTopic", None, "the log of the function behind this source says why"),
        ("media", "Media", "acme/1", "its media could not be copied"),
    ],
)
def test_what_came_by_another_queue_gets_back_into_that_queue(
    desk: Desk, queue: str, outputs: str, event_id: str | None, reason: str
) -> None:
    dead, source = (desk.aws.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("other-dead", "other"))
    desk.outputs.update({f"{outputs}QueueUrl": source, f"{outputs}DeadLettersUrl": dead})
    if queue == "media":
        desk.outputs.update(MediaFunctionName="fn", MediaBucketName="media")
    body = Queued("1").document
    desk.aws.sqs.send_message(QueueUrl=dead, MessageBody=body)

    [listed] = desk.json("dlq", "list", "--queue", queue)
    assert (listed["provider"], listed["event_id"]) == ("acme", event_id)
    assert reason in desk.run("dlq", "list", "--queue", queue).stdout
    assert desk.run("dlq", "show", listed["message_id"], "--queue", queue).stdout == f"{body}\n"
    assert desk.run("dlq", "list").stdout == "0 in the dead-letter queue\n"
    assert desk.run("dlq", "redrive", "--queue", queue, "--execute").stdout == "1 moved back\n"
    assert desk.aws.queued(source) == [body]


# ---- AWS moves by itself ---------------------------------------------------------------------------------------------


def move(status: str, started: int, moved: int = 0, **more: Any) -> dict[str, Any]:
    counts = {"ApproximateNumberOfMessagesMoved": moved, "ApproximateNumberOfMessagesToMove": 3}
    return {"Results": [{"Status": status, "StartedTimestamp": started, "SourceArn": ARN, **counts, **more}]}


def by_sqs(*moves: dict[str, Any], starts: bool = True) -> tuple[int, list[tuple[int, int]], set[float]]:
    """Redrive by answers of AWS, one for each look; return what was moved, the progress, the pauses."""
    sqs = boto3.client("sqs", region_name=REGION)
    seen: list[tuple[int, int]] = []
    pauses: set[float] = set()
    with Stubber(sqs) as stub:
        for url, arn in ((URL, ARN), (SOURCE, SOURCE_ARN)):
            asked = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
            stub.add_response("get_queue_attributes", {"Attributes": {"QueueArn": arn}}, asked)
        for number, each in enumerate(moves):
            stub.add_response("list_message_move_tasks", each, {"SourceArn": ARN, "MaxResults": 1})
            if number == 0 and starts:
                target = {"SourceArn": ARN, "DestinationArn": SOURCE_ARN}
                stub.add_response("start_message_move_task", {"TaskHandle": "handle"}, target)
        moved = DeadLetters(sqs, URL, SOURCE, sleep=pauses.add).redrive(lambda *progress: seen.append(progress))
        stub.assert_no_pending_responses()
    return moved, seen, pauses


def test_sqs_moves_and_we_watch() -> None:
    """An earlier move is not taken for ours, and one that is under way is waited for, not started again."""
    ours = (move("RUNNING", 2, 1), move("RUNNING", 2, 2), move("COMPLETED", 2, 3))
    assert by_sqs({"Results": []}, {"Results": []}, *ours) == (3, [(1, 3), (2, 3)], {1})
    assert by_sqs(move("COMPLETED", 1, 7), move("COMPLETED", 1, 7), move("COMPLETED", 2, 3)) == (3, [], {1})
    assert by_sqs(move("RUNNING", 1, 1), move("COMPLETED", 1, 3), starts=False) == (3, [(1, 3)], {1})


def test_a_move_that_stops_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ends at messages without a source goes on one by one."""
    for status, more, why in (("FAILED", {"FailureReason": "Denied"}, "Denied"), ("CANCELLED", {}, "cancelled")):
        with pytest.raises(GatewayError, match=f"^SQS moved 1 messages and stopped: {why}; run it again$"):
            by_sqs({"Results": []}, move(status, 2, 1, **more))

    monkeypatch.setattr(DeadLetters, "_move_one_by_one", lambda *_: 5)
    ended = move("FAILED", 2, 1, FailureReason="CouldNotDetermineMessageSource")
    assert by_sqs({"Results": []}, ended) == (6, [], set())


def test_an_error_of_aws_is_not_taken_for_an_engine_that_cannot_move(office: Desk, clients: Clients) -> None:
    put(office, Queued("1").document)
    clients["sqs"] = failing("sqs", "ListMessageMoveTasks", "AccessDenied").plain
    ended = office.run("dlq", "redrive", "--execute")
    assert (ended.exit_code, "AccessDenied" in ended.stderr) == (1, True)
    assert office.aws.queued() == []
