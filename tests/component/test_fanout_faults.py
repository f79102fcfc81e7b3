"""The fan-out when something of AWS is down or slow: nothing is lost, nothing is published twice."""

import io
from dataclasses import replace
from typing import Any

import pytest

from aws_client.errors import RequestNotSent
from inbound_sms.storage.quarantine import Quarantine
from tests.component.conftest import Counts
from tests.support.faults import calls_of, failing, new_client, raising
from tests.support.queued import Queued
from tests.support.world import FUNCTION_TIMEOUT, NOW, World

SLOW = pytest.mark.parametrize("seconds", [7.0, 6.5, 5.0, 3.7])  # a call takes 7 s at worst
BATCH = [Queued("1"), Queued("2"), Queued("3")]
RECORDS = [queued.record for queued in BATCH]
ALL = {queued.sqs_id for queued in BATCH}
IDS = ["acme/1", "acme/2", "acme/3"]
CLICK = Queued("3", type="inbound-sms.link.clicked.v1")
CONFLICT = Queued("1", delivery="delivery-2", text="another text").record


class Clock:
    """The function's time, which passes only when something takes time."""

    def __init__(self, call_seconds: float = 0) -> None:
        self.call_seconds = call_seconds
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time

    def hang(self) -> None:
        self.time += self.call_seconds

    @property
    def is_in_time(self) -> bool:
        """Whether Lambda would not have stopped the function yet."""
        return self.time - 1_000 < FUNCTION_TIMEOUT


def published(world: World) -> list[str]:
    return sorted(event["id"] for event in world.published())


def completed(world: World) -> list[str]:
    return sorted(event_id for event_id, item in world.claim_items().items() if "published_at" in item)


def hanging(service: str, operation: str, clock: Clock) -> Any:
    """Return a client that does what it is told, but at its slowest."""
    client = new_client(service)
    client.meta.events.register_first(f"before-call.{service}.{operation}", lambda **_: clock.hang())
    return client


# ---- Claims ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dynamodb", "failed", "told"),
    [
        (lambda: failing("dynamodb", "PutItem", "ThrottlingException", times=2), 2, "ThrottlingException"),
        (lambda: failing("dynamodb", "PutItem", "ResourceNotFoundException", times=3), 3, "ResourceNotFoundException"),
        (lambda: raising("dynamodb", "PutItem", RuntimeError("private text"), times=1), 1, "RuntimeError"),
    ],
    ids=["throttled", "without its table", "what nobody thought of"],
)
def test_claims_that_fail_come_back_alone_and_are_published_then(
    aws: World, logs: io.StringIO, dynamodb: Any, failed: int, told: str
) -> None:
    client = dynamodb()
    back = aws.fanout(dynamodb=client).handle(RECORDS)

    assert len(back) == failed
    assert back <= ALL
    assert len(published(aws)) == 3 - failed
    assert logs.getvalue().count("not claimed") == failed
    assert told in logs.getvalue()
    assert not {text for text in ("private text", "must not be told") if text in logs.getvalue()}
    assert aws.fanout(NOW + 100, dynamodb=client).handle(RECORDS) == set()
    assert len(published(aws)) == failed


def test_of_a_large_batch_what_was_claimed_early_is_published_however_slow_the_table_is(
    aws: World, logs: io.StringIO
) -> None:
    """A claim begins in the first quarter of the function's time, or not at all."""
    clock = Clock(0.5)
    large = [Queued(str(number)) for number in range(20)]
    one_by_one = replace(aws.fanout(dynamodb=hanging("dynamodb", "PutItem", clock), clock=clock), map_concurrently=map)

    failed = one_by_one.handle([queued.record for queued in large])

    assert clock.is_in_time
    assert (len(published(aws)), len(failed)) == (8, 12)
    assert "not claimed, it will be retried" in logs.getvalue()
    assert aws.fanout(NOW + 100).handle([each.record for each in large if each.sqs_id in failed]) == set()
    assert len(published(aws)) == len(failed)


# ---- Topics ----------------------------------------------------------------------------------------------------------


def test_without_the_topic_all_come_back_until_it_is_there_again(aws: World, counts: Counts) -> None:
    sns = failing("sns", "PublishBatch", "NotFound", times=2)
    for run in range(2):
        assert aws.fanout(NOW + 100 * run, sns=sns).handle(RECORDS) == ALL
        assert (completed(aws), counts()) == ([], {})

    # Meanwhile the provider sends one of them again: it is the owner's to publish, and the owner's message exists.
    assert aws.fanout(NOW + 250, sns=sns).handle([Queued("1", delivery="delivery-2").record]) == set()
    assert published(aws) == []

    assert aws.fanout(NOW + 300, sns=sns).handle(RECORDS) == set()
    assert published(aws) == completed(aws) == IDS
    assert counts() == {"Duplicates": 1, "Published": 3}


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_published_is_on_record_before_the_next_topic_is_tried(
    aws: World, logs: io.StringIO, order: int
) -> None:
    """One that is out of reach must not keep the other's events from being put on record."""
    clock, sns = Clock(), new_client("sns")

    class OneOutOfReach:
        def publish_batch(self, **params: Any) -> Any:
            if params["TopicArn"] == aws.topics["messages"]:
                clock.time = 1_007.0
                return sns.publish_batch(**params)
            clock.time += 1
            raise RequestNotSent("PublishBatch", "ConnectionRefusedError")

    failed = aws.fanout(sns=OneOutOfReach(), clock=clock).handle([RECORDS[0], CLICK.record][::order])

    assert failed == {CLICK.sqs_id}
    assert published(aws) == completed(aws) == ["acme/1"]
    # The same message once more, when its first run is certainly dead: it must not be published again.
    assert aws.fanout(NOW + 100).handle(RECORDS[:1]) == set()
    assert published(aws) == []


@SLOW
def test_nothing_is_published_that_may_not_be_answered_in_time(
    aws: World, counts: Counts, logs: io.StringIO, seconds: float
) -> None:
    clock = Clock(seconds)
    most = 3 if seconds < 3.75 else 2
    large = [Queued(str(number), text="x" * 100_000) for number in range(6)]  # each a batch of its own

    failed = aws.fanout(sns=hanging("sns", "PublishBatch", clock), clock=clock).handle([each.record for each in large])

    assert clock.is_in_time
    assert failed == {queued.sqs_id for queued in large[most:]}
    assert published(aws) == [f"acme/{number}" for number in range(most)]
    assert counts() == {"Published": most, "CompletionFailed": 1}, "the others are on record before the last is tried"
    assert "out of time" in logs.getvalue()
    assert aws.fanout(NOW + 100).handle([queued.record for queued in large[most:]]) == set()
    assert published(aws) == [f"acme/{number}" for number in range(most, 6)]


# ---- Completions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dynamodb", "told"),
    [
        (lambda: failing("dynamodb", "UpdateItem"), "AccessDeniedException"),
        (lambda: raising("dynamodb", "UpdateItem", RuntimeError("private text")), "unexpected error: RuntimeError"),
    ],
    ids=["denied", "what nobody thought of"],
)
def test_without_completion_a_message_is_done_and_its_retries_are_duplicates(
    aws: World, counts: Counts, logs: io.StringIO, dynamodb: Any, told: str
) -> None:
    client = dynamodb()
    calls = calls_of(client, "UpdateItem")

    assert aws.fanout(dynamodb=client).handle(RECORDS) == set()
    assert (len(calls), published(aws), completed(aws)) == (3 * 3, IDS, [])
    assert counts() == {"Published": 3, "CompletionFailed": 3}
    assert logs.getvalue().count("published, but not recorded") == 3
    assert told in logs.getvalue()
    assert "private text" not in logs.getvalue()

    retries = [Queued(queued.id, delivery="delivery-2").record for queued in BATCH]
    assert aws.fanout(NOW + 500_000).handle(retries) == set()
    assert published(aws) == []


@SLOW
def test_slow_completions_are_given_up_before_the_function_is_stopped(
    aws: World, counts: Counts, seconds: float
) -> None:
    """Were it stopped, SQS would bring back what is published, and it would be published again."""
    clock = Clock(seconds)
    dynamodb = failing("dynamodb", "UpdateItem", meanwhile=clock.hang)

    assert aws.fanout(dynamodb=dynamodb, clock=clock).handle(RECORDS[:1]) == set()
    assert published(aws) == ["acme/1"]
    assert counts() == {"Published": 1, "CompletionFailed": 1}
    assert clock.is_in_time


# ---- Conflicts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("s3", "bucket", "told"),
    [
        (lambda: new_client("s3"), "no-such-bucket", "quarantine unavailable (AwsServiceError NoSuchBucket PutObject)"),
        (lambda: raising("s3", "PutObject", RuntimeError("private text")), "quarantine", "RuntimeError"),
    ],
    ids=["without the bucket", "what nobody thought of"],
)
def test_a_conflict_that_cannot_be_stored_comes_back_and_holds_nobody_up(
    aws: World, counts: Counts, logs: io.StringIO, s3: Any, bucket: str, told: str
) -> None:
    aws.fanout().handle(RECORDS[:1])
    fanout = replace(aws.fanout(), quarantine=Quarantine(s3(), bucket, "fanout"))

    assert fanout.handle([CONFLICT, RECORDS[1]]) == {CONFLICT["messageId"]}
    assert published(aws) == ["acme/1", "acme/2"]
    assert "Conflicts" not in counts()
    assert told in logs.getvalue()
    assert "private text" not in logs.getvalue()
    assert aws.fanout().handle([CONFLICT]) == set()
    assert (len(aws.quarantined()), counts()["Conflicts"]) == (1, 1)


def test_a_conflict_found_late_waits_for_the_next_time(aws: World) -> None:
    aws.fanout().handle(RECORDS[:1])
    clock = Clock(7.0)
    slow = aws.fanout(sns=hanging("sns", "PublishBatch", clock), clock=clock)

    assert slow.handle([CONFLICT, RECORDS[1], CLICK.record]) == {CONFLICT["messageId"]}
    assert clock.is_in_time
    assert aws.quarantined() == []
    assert aws.fanout().handle([CONFLICT]) == set()
    assert len(aws.quarantined()) == 1
