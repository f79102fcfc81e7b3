"""The fan-out when something of AWS is down or slow: what AWS is asked for ends in time, and holds nobody else up.

That nothing is lost and nothing doubled, whatever call fails, is proven in verification/crash_points.
"""

import io
from dataclasses import dataclass, replace
from typing import Any

import pytest

from aws_client.errors import RequestNotSent
from tests.component.conftest import Counts
from tests.support.faults import calls_of, failing, new_client
from tests.support.queued import Queued
from tests.support.world import FUNCTION_TIMEOUT, NOW, World

RECORDS = [Queued(number).record for number in "123"]
CLICK = Queued("3", type="inbound-sms.link.clicked.v1").record
CONFLICT = Queued("1", delivery="delivery-2", text="another text").record


@dataclass
class Clock:
    """The function's time, which passes only when a call takes time."""

    call_seconds: float = 0.0
    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def hang(self, **_: Any) -> None:
        self.now += self.call_seconds

    @property
    def is_in_time(self) -> bool:
        """Whether Lambda would not have stopped the function yet."""
        return self.now < FUNCTION_TIMEOUT


def published(world: World) -> list[str]:
    return sorted(event["id"] for event in world.published())


def completed(world: World) -> list[str]:
    return sorted(event_id for event_id, item in world.claim_items().items() if "published_at" in item)


def hanging(service: str, operation: str, clock: Clock) -> Any:
    """Return a client that does what it is told, but at its slowest."""
    client = new_client(service)
    client.meta.events.register_first(f"before-call.{service}.{operation}", clock.hang)
    return client


# ---- Claims ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dynamodb", "told"),
    [
        (lambda: failing("dynamodb", "PutItem", "ThrottlingException", times=1), "ThrottlingException"),
        (lambda: failing("dynamodb", "PutItem", RuntimeError("private text"), times=1), "RuntimeError"),
    ],
    ids=["throttled", "what nobody thought of"],
)
def test_a_claim_that_fails_comes_back_alone(aws: World, logs: io.StringIO, dynamodb: Any, told: str) -> None:
    client = dynamodb()
    assert len(aws.fanout(dynamodb=client).handle(RECORDS)) == 1
    assert len(published(aws)) == 2
    assert told in logs.getvalue()
    assert aws.fanout(NOW + 100, dynamodb=client).handle(RECORDS) == set()
    assert len(published(aws)) == 1


def test_of_a_large_batch_what_was_claimed_early_is_published_however_slow_the_table_is(
    aws: World, logs: io.StringIO
) -> None:
    """A claim begins in the first quarter of the function's time, or not at all."""
    clock = Clock(0.5)
    large = [Queued(str(number)).record for number in range(20)]
    one_by_one = replace(aws.fanout(dynamodb=hanging("dynamodb", "PutItem", clock), clock=clock), map_concurrently=map)

    assert one_by_one.handle(large) == {record["messageId"] for record in large[8:]}
    assert clock.is_in_time
    assert len(published(aws)) == 8
    assert "not claimed, it will be retried" in logs.getvalue()


# ---- Topics ----------------------------------------------------------------------------------------------------------


def test_what_is_published_is_on_record_before_the_next_topic_is_tried(aws: World) -> None:
    """One that is out of reach must not keep the other's events from being put on record."""
    clock, sns = Clock(), new_client("sns")

    class OneOutOfReach:
        def publish_batch(self, **params: Any) -> Any:
            if params["TopicArn"] == aws.topics["messages"]:
                clock.now = 7.0
                return sns.publish_batch(**params)
            clock.now += 1
            raise RequestNotSent("PublishBatch", "ConnectionRefusedError")

    assert aws.fanout(sns=OneOutOfReach(), clock=clock).handle([CLICK, RECORDS[0]]) == {CLICK["messageId"]}
    assert published(aws) == completed(aws) == ["acme/1"]


@pytest.mark.parametrize(("seconds", "most"), [(7.0, 2), (3.8, 2), (3.7, 3)])  # a call takes 7 s at worst
def test_nothing_is_published_that_may_not_be_answered_in_time(
    aws: World, counts: Counts, logs: io.StringIO, seconds: float, most: int
) -> None:
    clock = Clock(seconds)
    large = [Queued(str(number), text="x" * 100_000).record for number in range(4)]  # each a batch of its own

    failed = aws.fanout(sns=hanging("sns", "PublishBatch", clock), clock=clock).handle(large)

    assert clock.is_in_time
    assert failed == {record["messageId"] for record in large[most:]}
    assert published(aws) == [f"acme/{number}" for number in range(most)]
    assert counts() == {"Published": most, "CompletionFailed": 1}, "the others are on record before the last is tried"
    assert "out of time" in logs.getvalue()


# ---- Completions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "tries"), [(0.0, 3), (3.7, 3), (7.0, 2)])
def test_a_completion_that_fails_is_tried_while_there_is_time_and_then_given_up(
    aws: World, counts: Counts, logs: io.StringIO, seconds: float, tries: int
) -> None:
    """Were the function stopped, SQS would bring back what is published, and it would be published again."""
    clock = Clock(seconds)
    dynamodb = failing("dynamodb", "UpdateItem", meanwhile=clock.hang)
    calls = calls_of(dynamodb, "UpdateItem")

    assert aws.fanout(dynamodb=dynamodb, clock=clock).handle(RECORDS[:1]) == set()
    assert clock.is_in_time
    assert (len(calls), published(aws), completed(aws)) == (tries, ["acme/1"], [])
    assert counts() == {"Published": 1, "CompletionFailed": 1}
    assert "published, but not recorded" in logs.getvalue()


# ---- Conflicts -------------------------------------------------------------------------------------------------------


def test_a_conflict_that_cannot_be_stored_comes_back_and_holds_nobody_up(
    aws: World, counts: Counts, logs: io.StringIO
) -> None:
    aws.fanout().handle(RECORDS[:1])

    assert aws.fanout(bucket="no-such-bucket").handle([CONFLICT, RECORDS[1]]) == {CONFLICT["messageId"]}
    assert published(aws) == ["acme/1", "acme/2"]
    assert "Conflicts" not in counts()
    assert "quarantine unavailable (AwsServiceError NoSuchBucket PutObject)" in logs.getvalue()


def test_a_conflict_found_late_waits_for_the_next_time(aws: World) -> None:
    aws.fanout().handle(RECORDS[:1])
    clock = Clock(7.0)
    slow = aws.fanout(sns=hanging("sns", "PublishBatch", clock), clock=clock)

    assert slow.handle([CONFLICT, RECORDS[1], CLICK]) == {CONFLICT["messageId"]}
    assert clock.is_in_time
    assert aws.quarantined() == []
    assert aws.fanout().handle([CONFLICT]) == set()
    assert len(aws.quarantined()) == 1
