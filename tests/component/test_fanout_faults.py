"""The fan-out when something of AWS is down or slow: nothing is lost, nothing is published twice."""

import io
from dataclasses import replace
from typing import Any

import pytest

from inbound_sms.publishing.queued import read_event
from inbound_sms.storage.quarantine import Quarantine
from tests.component.conftest import Counts
from tests.support.faults import calls_of, failing, losing_first_answer, new_client, raising
from tests.support.queued import Queued
from tests.support.world import FUNCTION_TIMEOUT, NOW, World

SLOW = pytest.mark.parametrize("seconds", [7.0, 6.5, 5.0, 3.7])  # a call takes 7 s at worst (aws.service.STANDARD)
BATCH = [Queued("1"), Queued("2"), Queued("3")]
RECORDS = [queued.record for queued in BATCH]
ALL = {queued.sqs_id for queued in BATCH}


class Clock:
    """The function's time, which passes only when something takes time."""

    def __init__(self, call_seconds: float) -> None:
        self.call_seconds = call_seconds
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time

    def hang(self) -> None:
        self.time += self.call_seconds


def published(world: World) -> list[str]:
    return sorted(event["id"] for event in world.published())


def completed(world: World) -> set[str]:
    return {event_id for event_id, item in world.claim_items().items() if "published_at" in item}


def test_without_the_table_all_come_back_and_nothing_is_published(aws: World, logs: io.StringIO) -> None:
    aws.dynamodb.delete_table(TableName=aws.table)

    assert aws.fanout().handle(RECORDS) == ALL
    assert published(aws) == []
    assert "ResourceNotFoundException" in logs.getvalue()


def test_claims_that_fail_come_back_alone_and_are_published_then(aws: World, logs: io.StringIO) -> None:
    dynamodb = failing("dynamodb", "PutItem", "ThrottlingException", times=2)
    failed = aws.fanout(dynamodb=dynamodb).handle(RECORDS)

    assert len(failed) == 2
    assert failed < ALL
    assert len(published(aws)) == 1
    again = [queued.record for queued in BATCH if queued.sqs_id in failed]
    assert aws.fanout(NOW + 100, dynamodb=dynamodb).handle(again) == set()
    assert len(published(aws)) == 2
    assert logs.getvalue().count("not claimed") == 2
    assert "must not be told" not in logs.getvalue()


def test_what_nobody_thought_of_at_one_claim_fails_that_event_alone(aws: World, logs: io.StringIO) -> None:
    dynamodb = raising("dynamodb", "PutItem", RuntimeError("a text that must not be told"), times=1)
    failed = aws.fanout(dynamodb=dynamodb).handle(RECORDS)

    assert len(failed) == 1
    assert len(published(aws)) == 2
    assert "RuntimeError" in logs.getvalue()
    assert "must not be told" not in logs.getvalue()
    assert aws.fanout(NOW + 100, dynamodb=dynamodb).handle(RECORDS) == set()
    assert len(published(aws)) == 1


@pytest.mark.parametrize("answers_lost", ["PutItem", "UpdateItem"])
def test_answers_of_the_table_that_get_lost_change_nothing(aws: World, answers_lost: str) -> None:
    dynamodb, attempts = losing_first_answer("dynamodb", answers_lost)

    assert aws.fanout(dynamodb=dynamodb).handle(RECORDS) == set()
    assert published(aws) == ["sinch/1", "sinch/2", "sinch/3"]
    assert completed(aws) == {"sinch/1", "sinch/2", "sinch/3"}
    assert sorted(attempts) == [1, 1, 1, 2, 2, 2]


def test_without_the_topic_all_come_back_until_it_is_there_again(aws: World, counts: Counts) -> None:
    sns = failing("sns", "PublishBatch", "NotFound", times=2)
    for run in range(2):
        assert aws.fanout(NOW + 100 * run, sns=sns).handle(RECORDS) == ALL
        assert completed(aws) == set()
        assert counts() == {}

    # Meanwhile the provider sends one of them again: it is the owner's to publish, and the owner's message exists.
    retry = Queued("1", delivery="delivery-2")
    assert aws.fanout(NOW + 250, sns=sns).handle([retry.record]) == set()
    assert published(aws) == []

    assert aws.fanout(NOW + 300, sns=sns).handle(RECORDS) == set()
    assert published(aws) == ["sinch/1", "sinch/2", "sinch/3"]
    assert completed(aws) == {"sinch/1", "sinch/2", "sinch/3"}
    assert counts() == {"Duplicates": 1, "Published": 3}


def test_back_too_early_it_waits_for_the_run_that_may_still_be_at_work(aws: World) -> None:
    aws.claims().claim("sinch/1", "delivery-1", read_event(BATCH[0].document).fingerprint)

    for seconds in (0, 1, FUNCTION_TIMEOUT):
        assert aws.fanout(NOW + seconds).handle(RECORDS[:1]) == {BATCH[0].sqs_id}
        assert published(aws) == []
    assert aws.fanout(NOW + FUNCTION_TIMEOUT + 2).handle(RECORDS[:1]) == set()
    assert published(aws) == ["sinch/1"]


def test_a_completion_is_tried_three_times(aws: World, counts: Counts) -> None:
    dynamodb = failing("dynamodb", "UpdateItem", times=2)
    calls = calls_of(dynamodb, "UpdateItem")

    assert aws.fanout(dynamodb=dynamodb).handle(RECORDS[:1]) == set()
    assert len(calls) == 3
    assert completed(aws) == {"sinch/1"}
    assert counts() == {"Published": 1}


def test_without_completion_a_message_is_done_and_its_retries_are_duplicates(
    aws: World, counts: Counts, logs: io.StringIO
) -> None:
    dynamodb = failing("dynamodb", "UpdateItem")
    calls = calls_of(dynamodb, "UpdateItem")

    assert aws.fanout(dynamodb=dynamodb).handle(RECORDS) == set()
    assert len(calls) == 3 * 3
    assert published(aws) == ["sinch/1", "sinch/2", "sinch/3"]
    assert completed(aws) == set()
    assert counts() == {"Published": 3, "CompletionFailed": 3}
    assert logs.getvalue().count("published, but not recorded") == 3
    assert "AccessDeniedException" in logs.getvalue()

    for seconds in (1, 100, 500_000):
        retries = [Queued(queued.id, delivery="delivery-2").record for queued in BATCH]
        assert aws.fanout(NOW + seconds).handle(retries) == set()
    assert published(aws) == []


def test_without_the_bucket_a_conflict_comes_back_and_holds_nobody_up(
    aws: World, counts: Counts, logs: io.StringIO
) -> None:
    aws.fanout().handle(RECORDS[:1])
    conflict = Queued("1", delivery="delivery-2", text="another text").record

    assert aws.fanout(bucket="no-such-bucket").handle([conflict, RECORDS[1]]) == {conflict["messageId"]}
    assert "quarantine unavailable (AwsRefused NoSuchBucket PutObject)" in logs.getvalue()
    assert published(aws) == ["sinch/1", "sinch/2"]
    assert "Conflicts" not in counts()
    assert aws.fanout().handle([conflict]) == set()
    assert len(aws.quarantined()) == 1
    assert counts()["Conflicts"] == 1


@SLOW
def test_slow_completions_are_given_up_before_the_function_is_stopped(
    aws: World, counts: Counts, seconds: float
) -> None:
    """Were it stopped, SQS would bring back what is published, and it would be published again."""
    clock = Clock(seconds)
    dynamodb = failing("dynamodb", "UpdateItem", meanwhile=clock.hang)

    assert aws.fanout(dynamodb=dynamodb, clock=clock).handle(RECORDS[:1]) == set()
    assert published(aws) == ["sinch/1"]
    assert counts() == {"Published": 1, "CompletionFailed": 1}
    assert clock() - 1_000 < FUNCTION_TIMEOUT


def hanging(service: str, operation: str, clock: Clock) -> Any:
    """A client that does what it is told, but at its slowest."""
    client = new_client(service)
    client.meta.events.register_first(f"before-call.{service}.{operation}", lambda **_: clock.hang())
    return client


@pytest.mark.parametrize(("seconds", "claimed"), [(0.5, 8), (1.0, 4), (2.0, 2), (7.0, 1)])
def test_of_a_large_batch_what_was_claimed_early_is_published_however_slow_the_table_is(
    aws: World, logs: io.StringIO, seconds: float, claimed: int
) -> None:
    """A claim begins in the first quarter of the function's time, or not at all."""
    clock = Clock(seconds)
    large = [Queued(str(number)) for number in range(100)]
    one_by_one = replace(aws.fanout(dynamodb=hanging("dynamodb", "PutItem", clock), clock=clock), side_by_side=map)

    failed = one_by_one.handle([queued.record for queued in large])

    assert clock() - 1_000 < FUNCTION_TIMEOUT
    assert len(published(aws)) == claimed
    assert len(failed) == 100 - claimed
    assert "out of time, not claimed" in logs.getvalue()
    assert aws.fanout(NOW + 100).handle([each.record for each in large if each.sqs_id in failed]) == set()
    assert len(published(aws)) == len(failed)


@SLOW
def test_nothing_is_published_that_may_not_be_answered_in_time(
    aws: World, counts: Counts, logs: io.StringIO, seconds: float
) -> None:
    clock = Clock(seconds)
    most = 3 if seconds < 3.75 else 2
    large = [Queued(str(number), text="x" * 100_000) for number in range(6)]  # each a batch of its own
    sns = hanging("sns", "PublishBatch", clock)

    failed = aws.fanout(sns=sns, clock=clock).handle([queued.record for queued in large])

    assert clock() - 1_000 < FUNCTION_TIMEOUT
    assert failed == {queued.sqs_id for queued in large[most:]}
    assert published(aws) == [f"sinch/{number}" for number in range(most)]
    assert counts() == {"Published": most, "CompletionFailed": 1}, (
        "the last one's answer came late; the others are on record"
    )
    assert "out of time" in logs.getvalue()

    assert aws.fanout(NOW + 100).handle([queued.record for queued in large[most:]]) == set()
    assert published(aws) == [f"sinch/{number}" for number in range(most, 6)]


def test_a_conflict_found_late_waits_for_the_next_time(aws: World) -> None:
    aws.fanout().handle(RECORDS[:1])
    clock = Clock(7.0)
    conflict = Queued("1", delivery="delivery-2", text="another text").record
    to_each_topic = [Queued("2").record, Queued("3", type="inbound-sms.link.clicked.v1").record]
    slow = aws.fanout(sns=hanging("sns", "PublishBatch", clock), clock=clock)

    assert slow.handle([conflict, *to_each_topic]) == {conflict["messageId"]}
    assert clock() - 1_000 < FUNCTION_TIMEOUT
    assert aws.quarantined() == []
    assert aws.fanout().handle([conflict]) == set()
    assert len(aws.quarantined()) == 1


def test_a_conflict_that_the_bucket_takes_too_long_for_comes_back(aws: World) -> None:
    """Two writes: were the second begun late, Lambda could stop the function before it reports its batch."""
    aws.fanout().handle(RECORDS[:1])
    conflict = Queued("1", delivery="delivery-2", text="another text").record
    clock, s3 = Clock(FUNCTION_TIMEOUT / 2), new_client("s3")
    s3.meta.events.register_first("before-send.s3.PutObject", lambda **_: clock.hang())
    puts = calls_of(s3, "PutObject")
    slow = replace(aws.fanout(clock=clock), quarantine=Quarantine(s3, aws.bucket, "fanout"))

    assert slow.handle([conflict]) == {conflict["messageId"]}
    assert [put["Key"].rpartition("/")[2] for put in puts] == ["body"]
    assert aws.fanout().handle([conflict]) == set()
    assert len(aws.quarantined()) == 1


@pytest.mark.parametrize(
    ("broken", "failed", "out", "told"),
    [
        (("dynamodb", "PutItem"), ALL, [], "RuntimeError"),
        (("dynamodb", "UpdateItem"), set(), ["sinch/1", "sinch/2", "sinch/3"], "unexpected error: RuntimeError"),
        (("sns", "PublishBatch"), ALL, [], "RuntimeError"),
    ],
)
def test_an_error_that_nobody_thought_of_fails_what_it_concerns_and_nothing_gets_out(
    aws: World, logs: io.StringIO, *, broken: tuple[str, str], failed: set[str], out: list[str], told: str
) -> None:
    clients: Any = {broken[0]: raising(*broken, RuntimeError("private text"))}

    assert aws.fanout(**clients).handle(RECORDS) == failed
    assert published(aws) == out
    assert told in logs.getvalue()
    assert "private text" not in logs.getvalue()


def test_a_conflict_that_meets_such_an_error_comes_back_alone(aws: World, logs: io.StringIO) -> None:
    aws.fanout().handle(RECORDS[:1])
    conflict = Queued("1", delivery="delivery-2", text="another text").record
    s3 = raising("s3", "PutObject", RuntimeError("private text"))
    fanout = replace(aws.fanout(), quarantine=Quarantine(s3, aws.bucket, "fanout"))

    assert fanout.handle([conflict, RECORDS[1]]) == {conflict["messageId"]}
    assert published(aws) == ["sinch/1", "sinch/2"]
    assert "RuntimeError" in logs.getvalue()
    assert "private text" not in logs.getvalue()
