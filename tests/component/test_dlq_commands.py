"""`gateway dlq`, over a world in memory, and what the fan-out makes of what gets back."""

import json
from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from gateway.cli import common, dlq
from gateway.errors import GatewayError
from gateway.operations.dead_letters import DeadLetters
from inbound_sms.publishing.queued import read_event
from tests.support.faults import calls_of, failing
from tests.support.installed import installed_over
from tests.support.queued import Queued, sqs_record
from tests.support.world import NOW, REGION, World

URL, SOURCE = "https://sqs.example/dead", "https://sqs.example/events"
ARN, SOURCE_ARN = "arn:aws:sqs:eu-west-1:123456789012:dead", "arn:aws:sqs:eu-west-1:123456789012:events"


class Desk:
    """Where an operator sits: an engine that knows no message move tasks, and answers at once that a queue is empty."""

    def __init__(self, aws: World) -> None:
        self.aws = aws
        self.dead = aws.sqs.create_queue(QueueName="dead")["QueueUrl"]
        self.sqs = failing("sqs", "ListMessageMoveTasks", "InvalidAction")
        at_once = {"WaitTimeSeconds": 0}
        self.sqs.meta.events.register("provide-client-params.sqs.ReceiveMessage", lambda params, **_: params | at_once)
        self.outputs = {"DeadLettersUrl": self.dead}

    def put(self, *bodies: str) -> None:
        for body in bodies:
            self.aws.sqs.send_message(QueueUrl=self.dead, MessageBody=body)

    def run(self, *words: str, status: int = 0) -> Result:
        ended = CliRunner().invoke(dlq.app, list(words))
        assert ended.exit_code == status, ended.output
        return ended

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json").stdout)

    def redriven(self) -> list[str]:
        """Move everything back; return what is in the queue then."""
        self.run("redrive", "--execute")
        return self.aws.queued()


@pytest.fixture
def desk(aws: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(aws)
    monkeypatch.setattr(common, "find", lambda **_: installed_over(aws, {"sqs": made.sqs.plain}, **made.outputs))
    return made


def test_a_list_tells_what_is_there_and_no_text_and_leaves_it_there(desk: Desk) -> None:
    queued = [Queued(str(number)) for number in range(12)]
    desk.put(*(each.document for each in queued), "private text that is no event", '{"id": 5}', "[" * 5_000)

    for _ in range(2):
        listed = desk.run("list").stdout
        assert listed.splitlines()[-1] == "15 in the dead-letter queue"
    in_json = desk.json("list")

    assert "private text" not in listed + json.dumps(in_json)
    assert listed.count("no event of the gateway: nothing can be done with it, redriven it will come back here") == 3
    assert {each["event_id"] for each in in_json} == {each.event_id for each in queued} | {None}
    assert {each["delivery_id"] for each in in_json} == {"delivery-1", None}
    assert desk.run("list", "--limit", "5").stdout.splitlines()[-1] == "5 in the dead-letter queue or more"
    assert desk.run("redrive").stdout == "15 would be moved back; --execute does it\n"
    assert desk.json("redrive") == {"executed": False, "found": 15, "moved": 0}
    assert desk.aws.queued() == [], "nothing moves without --execute"


def test_all_of_one_is_shown_when_asked_for(desk: Desk) -> None:
    documents = {Queued("1").document, Queued("2", text="\x1b[31m").document}
    desk.put(*documents)
    ids = [each["message_id"] for each in desk.json("list")]

    assert {desk.json("show", each)["body"] for each in ids} == documents
    assert not any("\x1b" in desk.run("show", each).stdout for each in ids)
    missing = desk.run("show", "no-such-id", status=1)
    assert missing.stderr == (
        "No message no-such-id was found: it is gone, being processed, or behind too many others\n"
    )


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
        attributes = {"SentTimestamp": "0", "ApproximateReceiveCount": "1"}
        return {
            "Messages": [{"MessageId": it, "ReceiptHandle": it, "Body": "", "Attributes": attributes} for it in shown]
        }

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


def take(aws: World, bodies: list[str], now: float) -> list[dict[str, Any]]:
    """Lets the fan-out take messages; gives what subscribers got."""
    assert aws.fanout(now).handle([sqs_record(str(n), body) for n, body in enumerate(bodies)]) == set()
    return aws.published()


def test_what_was_given_up_before_its_publication_is_published_once(desk: Desk) -> None:
    first = Queued("1")
    down = desk.aws.fanout(NOW, sns=failing("sns", "PublishBatch", "InternalError"))
    assert down.handle([first.record]) == {first.sqs_id}, "claimed, never published: SQS gives it up in the end"
    retry = Queued("1", delivery="delivery-2")  # the provider's retry is dropped: the event is the first one's
    assert take(desk.aws, [retry.document], NOW + 10) == []
    desk.put(first.document)

    bodies = desk.redriven()
    assert bodies == [first.document], "the delivery id is still that of its owner"
    [event] = take(desk.aws, bodies, NOW + 3_600)
    assert event["id"] == "acme/1"

    assert desk.redriven() == []
    assert desk.run("redrive", "--execute").stdout == "0 moved back\n"


def test_what_was_published_before_it_was_given_up_is_not_published_again(desk: Desk) -> None:
    first = Queued("1")
    assert len(take(desk.aws, [first.document], NOW)) == 1
    desk.put(first.document)
    assert take(desk.aws, desk.redriven(), NOW + 3_600) == []


def test_published_and_never_recorded_it_is_published_again_with_the_same_id(desk: Desk) -> None:
    """The one case that no design on SNS can close: a crash after SNS accepted it, and before that was on record."""
    first = Queued("1")
    desk.aws.claims(NOW).claim(first.event_id, first.delivery, read_event(first.document).fingerprint)
    desk.aws.sns.publish(TopicArn=desk.aws.topics["messages"], Message=first.document)
    [before] = desk.aws.published()
    desk.put(first.document)

    [again] = take(desk.aws, desk.redriven(), NOW + 3_600)
    assert again == before


def test_a_crash_between_sending_and_deleting_doubles_nothing_for_subscribers(desk: Desk) -> None:
    desk.put(Queued("1").document)
    desk.sqs = failing("sqs", "DeleteMessage", "InternalError", client=desk.sqs)
    assert len(desk.run("redrive", "--execute", status=1).stderr.splitlines()) == 1

    [sent] = desk.aws.queued()
    assert len(take(desk.aws, [sent], NOW)) == 1
    assert take(desk.aws, [sent], NOW + 3_600) == [], "the one that stayed, redriven again"


def test_what_is_no_event_of_ours_gets_back_too(desk: Desk) -> None:
    desk.put("not ours")
    assert desk.redriven() == ["not ours"]


def test_what_came_by_another_source_gets_back_into_its_queue(desk: Desk) -> None:
    chosen = ("--queue", "acme-topic")
    assert desk.run("list", *chosen, status=2).stderr == "This gateway has no queue acme-topic, but events\n"
    dead, source = (desk.aws.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("topic-dead", "topic"))
    desk.outputs |= {"AcmeTopicQueueUrl": source, "AcmeTopicDeadLettersUrl": dead}
    desk.aws.sqs.send_message(QueueUrl=dead, MessageBody="what Acme published")

    [listed] = desk.json("list", *chosen)
    assert (listed["provider"], listed["event_id"]) == ("acme", None)
    assert "the log of the function behind this source says why" in desk.run("list", *chosen).stdout
    assert desk.run("show", listed["message_id"], *chosen).stdout == "what Acme published\n"
    assert desk.run("list").stdout == "0 in the dead-letter queue\n"
    assert desk.run("redrive", *chosen, "--execute").stdout == "1 moved back\n"
    assert desk.aws.queued(source) == ["what Acme published"]


# ---- AWS moves by itself --------------------------------------------------------------------------------------------


def move(status: str, started: int, moved: int = 0, **more: Any) -> dict[str, Any]:
    counts = {"ApproximateNumberOfMessagesMoved": moved, "ApproximateNumberOfMessagesToMove": 3}
    return {"Results": [{"Status": status, "StartedTimestamp": started, "SourceArn": ARN, **counts, **more}]}


def by_sqs(
    *moves: dict[str, Any], starts: bool = True, left: Sequence[str] = ()
) -> tuple[int, list[tuple[int, int]], set[float]]:
    """Redrives by answers of AWS, one for each look; gives what was moved, the progress, the pauses."""
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
        if left:
            messages = [{"MessageId": it, "ReceiptHandle": it, "Body": it, "Attributes": {}} for it in left]
            counts = {"ApproximateNumberOfMessages": "1", "ApproximateNumberOfMessagesNotVisible": "0"}
            stub.add_response("get_queue_attributes", {"Attributes": counts})
            stub.add_response("receive_message", {"Messages": messages})
            for each in left:
                stub.add_response(
                    "send_message", {}, {"QueueUrl": SOURCE, "MessageBody": each, "MessageAttributes": {}}
                )
                stub.add_response("delete_message", {}, {"QueueUrl": URL, "ReceiptHandle": each})
            stub.add_response("receive_message", {})
        moved = DeadLetters(sqs, URL, SOURCE, sleep=pauses.add).redrive(lambda *progress: seen.append(progress))
        stub.assert_no_pending_responses()
    return moved, seen, pauses


def test_sqs_moves_and_we_watch() -> None:
    """An earlier move is not taken for ours, and one that is under way is waited for, not started again."""
    ours = (move("RUNNING", 2, 1), move("RUNNING", 2, 2), move("COMPLETED", 2, 3))
    assert by_sqs({"Results": []}, {"Results": []}, *ours) == (3, [(1, 3), (2, 3)], {1})
    assert by_sqs(move("COMPLETED", 1, 7), move("COMPLETED", 1, 7), move("COMPLETED", 2, 3)) == (3, [], {1})
    assert by_sqs(move("RUNNING", 1, 1), move("COMPLETED", 1, 3), starts=False) == (3, [(1, 3)], {1})


@pytest.mark.parametrize(
    ("ended", "why"),
    [(move("FAILED", 2, 1, FailureReason="AccessDenied"), "AccessDenied"), (move("CANCELLED", 2, 1), "cancelled")],
)
def test_a_move_that_stops_is_told(ended: dict[str, Any], why: str) -> None:
    with pytest.raises(GatewayError, match=f"^SQS moved 1 messages and stopped: {why}; run it again$"):
        by_sqs({"Results": []}, ended)


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        ("StartMessageMoveTask", "AWS.SimpleQueueService.UnsupportedOperation"),
        ("ListMessageMoveTasks", "InvalidAction"),
    ],
)
def test_what_sqs_does_not_move_is_moved_one_by_one_in_its_group(desk: Desk, refused: str, code: str) -> None:
    """As what SNS put into a dead-letter queue."""
    for group in ("acme", "other"):
        desk.aws.sqs.send_message(QueueUrl=desk.dead, MessageBody=group, MessageGroupId=group)
    sent = calls_of(desk.sqs.plain, "SendMessage")
    desk.sqs = failing("sqs", refused, code, client=desk.sqs)

    assert sorted(desk.redriven()) == ["acme", "other"]
    assert {each["MessageGroupId"] for each in sent} == {"acme", "other"}


def test_a_move_that_ends_at_messages_without_a_source_goes_on_one_by_one() -> None:
    ended = move("FAILED", 2, 1, FailureReason="CouldNotDetermineMessageSource")
    assert by_sqs({"Results": []}, ended, left=["from a topic"]) == (2, [(1, 1)], set())


def test_an_error_of_aws_is_not_taken_for_an_engine_that_cannot_move(desk: Desk) -> None:
    desk.put(Queued("1").document)
    desk.sqs = failing("sqs", "ListMessageMoveTasks", "AccessDenied")
    assert "AccessDenied" in desk.run("redrive", "--execute", status=1).stderr
    assert desk.aws.queued() == []


def test_what_was_given_up_of_media_has_a_queue_and_a_reason_of_its_own(desk: Desk) -> None:
    """It is there where media are copied; gateway message names it, too."""
    letters, queue = (desk.aws.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("media-dead", "media"))
    assert "media" not in desk.run("list", "--queue", "media", status=2).stdout
    desk.outputs |= {"MediaFunctionName": "fn", "MediaBucketName": "media"}
    desk.outputs |= {"MediaQueueUrl": queue, "MediaDeadLettersUrl": letters}
    desk.aws.sqs.send_message(QueueUrl=letters, MessageBody=Queued("1").document)

    [letter] = desk.json("list", "--queue", "media")
    assert letter["event_id"] == "acme/1"
    assert letter["reason"].startswith("its media could not be copied")
    desk.run("redrive", "--queue", "media", "--execute")
    assert desk.aws.queued(queue) == [Queued("1").document]
    assert desk.json("list") == []
