"""What `gateway message` knows: of an event that was published, one that is stuck, and one that nobody knows."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import boto3
import pytest

from gateway.cli import common
from gateway.operations.history import history_of
from gateway.operations.outcomes import Outcome, State, await_outcomes
from tests.component.conftest import Clients
from tests.support.boto import REGION
from tests.support.installed import Desk
from tests.support.queued import Queued

AT = int(time.time() * 1_000)
QUEUED = Queued("1")
Log = Callable[..., None]


@pytest.fixture
def log(office: Desk, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Log:
    """Return what has a function log something."""
    # The clock of the world runs ahead.
    monkeypatch.setattr("gateway.operations.history._MARGIN", timedelta(milliseconds=AT))
    office.outputs.update(MediaFunctionName="fn-media", MediaQueueUrl="https://queue", MediaBucketName="media")
    office.outputs["MediaDeadLettersUrl"] = office.aws.sqs.create_queue(QueueName="media-dead")["QueueUrl"]
    clients["lambda"] = Mock(
        get_function_configuration=lambda FunctionName: {"LoggingConfig": {"LogGroup": FunctionName}}  # noqa: N803
    )
    logs = boto3.client("logs", region_name=REGION)
    for function in ("fn-acme", "fn-fanout", "fn-media"):
        logs.create_log_group(logGroupName=function)
        logs.create_log_stream(logGroupName=function, logStreamName="s")

    def put(function: str, line: Any, at: int = AT) -> None:
        events: Any = [{"timestamp": at, "message": line if isinstance(line, str) else json.dumps(line)}]
        logs.put_log_events(logGroupName=f"fn-{function}", logStreamName="s", logEvents=events)

    return put


def test_of_a_published_event_it_knows_who_when_and_the_duplicates(office: Desk, log: Log) -> None:
    for queued in (QUEUED, Queued("1", delivery="delivery-2")):
        office.aws.fanout().handle([queued.record])
    written = 1_800_000_000_250  # the function's own time, in ms: 2027-01-15T08:00:00.250Z
    taken = {"event_ids": ["acme/1"], "Accepted": [1.0]}
    published = {"event_id": "acme/1", "delivery_id": "delivery-1"}
    another = {"event_id": "acme/2", "delivery_id": "delivery-3"}
    log("acme", {**taken, "delivery_id": "delivery-1", "_aws": {"Timestamp": written}})
    log("acme", {**taken, "delivery_id": "delivery-2", "_aws": {"Timestamp": written + 400}}, AT + 900)
    log("fanout", {"message": "published", "events": [another, published]}, AT + 500)
    log("fanout", {"message": "duplicate dropped", "event_id": "acme/1", "delivery_id": "delivery-2"}, AT + 950)
    log("fanout", {"message": "published", "event_id": "another", "delivery_id": "delivery-3"})
    log("fanout", "no JSON acme/1")

    found = history_of(common.find(), "acme/1")

    item = office.aws.claim_items()["acme/1"]
    assert found.is_known
    assert (found.delivery_id, found.sns_message_id) == ("delivery-1", item["sns_message_id"])
    assert found.published_at
    assert found.published_at.timestamp() == pytest.approx(float(item["published_at"]))
    assert found.received_at
    assert found.received_at.isoformat() == "2027-01-15T08:00:00.250000+00:00", "the function's time, not the log's"
    assert found.duplicates == 1
    assert sorted(line.says for line in found.lines) == ["duplicate dropped", "published", "queued", "queued"]
    assert [line.delivery_id for line in found.lines if line.says == "published"] == ["delivery-1"]
    assert found.lines == sorted(found.lines, key=lambda line: line.at)


def test_what_is_not_published_is_looked_for_where_it_may_be(office: Desk, log: Log) -> None:
    office.aws.sqs.send_message(QueueUrl=office.dead, MessageBody=QUEUED.document)
    found = history_of(common.find(), "acme/1")

    assert (found.is_known, len(found.dead_letters)) == (True, 1)
    assert (found.claimed_at, found.published_at, found.quarantined) == (None, None, [])


def test_of_a_message_it_knows_what_became_of_its_media(office: Desk, log: Log) -> None:
    office.aws.fanout().handle([QUEUED.record])
    office.aws.sqs.send_message(QueueUrl=office.outputs["MediaDeadLettersUrl"], MessageBody=QUEUED.document)
    named = {"event_id": "acme/1", "delivery_id": "delivery-1"}
    log("media", {"message": "media not copied, it will be retried", "reason": "answered with 503", **named})
    log("media", {"message": "media copied", **named}, AT + 1)

    found = history_of(common.find(), "acme/1")
    assert [line.says for line in found.lines] == [
        "media not copied, it will be retried: answered with 503",
        "media copied",
    ]
    assert (len(found.dead_letters), bool(found.published_at)) == (1, True)


def test_the_command_says_of_what_nobody_knows_so_in_one_line(office: Desk, log: Log) -> None:
    ended = office.run("message", "acme/never-seen")
    assert (ended.exit_code, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)

    log("fanout", {"message": "published", "events": [{"event_id": "acme/never-seen-before"}]})
    ended = office.run("message", "acme/never-seen")
    assert (ended.exit_code, ended.stderr.splitlines()[1:]) == (1, ["  acme/never-seen-before"])

    office.aws.fanout().handle([QUEUED.record])
    known = office.json("message", "acme/1")
    assert (known["delivery_id"], known["duplicates"]) == ("delivery-1", 0)
    assert "not on record" not in office.run("message", "acme/1").stdout


TAKEN = {"Accepted": [1.0], "request_id": "r-1", "delivery_id": "d-1", "_aws": {"Timestamp": AT}, "event_ids": ["e-1"]}
ENDED_AT = datetime.fromtimestamp(AT / 1_000 + 0.2, UTC).isoformat()
ENDED = {"event_id": "e-1", "delivery_id": "d-1", "timestamp": ENDED_AT}
CONFLICT = {"message": "id conflict, quarantined", **ENDED, "key": "fanout/1"}
UNREADABLE = {"message": "quarantined", "request_id": "r-1", "key": "acme/1"}
OUTCOMES: dict[str, tuple[list[Any], list[Any], list[Outcome]]] = {
    "nothing": ([], [], [Outcome(State.UNKNOWN)]),
    "another request": ([{**UNREADABLE, "request_id": "r-2"}], [], [Outcome(State.UNKNOWN)]),
    "unreadable": ([UNREADABLE], [], [Outcome(State.QUARANTINED, key="acme/1")]),
    "ignored": ([{"message": "nothing to store", "request_id": "r-1"}], [], [Outcome(State.IGNORED)]),
    "queued": ([TAKEN], [], [Outcome(State.QUEUED, "e-1")]),
    "a batch": (
        [{**TAKEN, "event_ids": ["e-1", "e-2"]}, UNREADABLE],
        [{"message": "published", "timestamp": ENDED_AT, "events": [ENDED]}],
        [
            Outcome(State.PUBLISHED, "e-1", seconds=0.2),
            Outcome(State.QUEUED, "e-2"),
            Outcome(State.QUARANTINED, key="acme/1"),
        ],
    ),
    "a duplicate": (
        [TAKEN],
        [
            {"message": "id conflict, quarantined", "event_id": "e-1", "key": "fanout/1"},  # of an earlier version
            {"message": "published", "event_id": "e-1"},
            {**CONFLICT, "delivery_id": "d-2"},
            {"message": "duplicate dropped", **ENDED},
        ],
        [Outcome(State.DUPLICATE, "e-1", seconds=0.2)],
    ),
    "a conflict": ([TAKEN], [CONFLICT], [Outcome(State.QUARANTINED, "e-1", "fanout/1", 0.2)]),
}


@pytest.mark.parametrize(("webhook", "fanout", "expected"), OUTCOMES.values(), ids=OUTCOMES)
def test_a_sender_learns_what_became_of_its_request(
    log: Log, webhook: list[Any], fanout: list[Any], expected: list[Outcome]
) -> None:
    for function, lines in (("acme", webhook), ("fanout", fanout)):
        for line in lines:
            log(function, line)
    since = datetime.fromtimestamp(AT / 1_000, UTC)
    found = await_outcomes(common.find(), "acme", ["r-1"], since=since, seconds=0)
    assert found == {"r-1": [replace(it, seconds=it.seconds and pytest.approx(it.seconds)) for it in expected]}
