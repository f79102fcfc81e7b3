"""What `gateway message` knows: of an event that was published, one that is stuck, and one that nobody knows."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from gateway.operations.history import History, history_of
from gateway.operations.installation import Installation, installation_in_aws
from gateway.operations.outcomes import Outcome, State, await_outcomes
from tests.support.boto import REGION
from tests.support.installed import NAME, Desk
from tests.support.queued import Queued

AT = int(time.time() * 1_000)


class Functions:
    """Lambda, as far as it says where a function logs."""

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - as boto3 names it
        return {"LoggingConfig": {"LogGroup": f"/logs/{FunctionName}"}}


class Case:
    """An installation whose functions log what a test says."""

    def __init__(self, office: Desk) -> None:
        self.office = office
        plain = installation_in_aws(NAME, None, REGION)
        self.provider = next(iter(plain.deployed.providers))
        self.functions = plain.deployed.logging
        self.installation: Installation = replace(
            plain, client=lambda service: Functions() if service == "lambda" else plain.client(service)
        )
        self.logs = boto3.client("logs", region_name=REGION)
        for function in self.functions.values():
            self.logs.create_log_group(logGroupName=f"/logs/{function}")
            self.logs.create_log_stream(logGroupName=f"/logs/{function}", logStreamName="s")

    def log(self, function: str, line: Any, at: int = AT) -> None:
        events: Any = [{"timestamp": at, "message": line if isinstance(line, str) else json.dumps(line)}]
        group = f"/logs/{self.functions[function]}"
        self.logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)

    def history(self, event_id: str) -> History:
        return history_of(self.installation, event_id)


@pytest.fixture
def case(office: Desk, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setattr(
        "gateway.operations.history._MARGIN", timedelta(milliseconds=AT)
    )  # the clock of the world runs ahead
    return Case(office)


def test_of_a_published_event_it_knows_who_when_and_the_duplicates(case: Case) -> None:
    provider = case.provider
    first, again = Queued("1", provider=provider), Queued("1", delivery="delivery-2", provider=provider)
    for queued in (first, again):
        case.office.aws.fanout().handle([queued.record])
    event_id = first.event_id
    written = 1_800_000_000_250  # the function's own time, in ms: 2027-01-15T08:00:00.250Z
    taken = {"event_ids": [event_id], "Accepted": [1.0]}
    published = {"event_id": event_id, "delivery_id": "delivery-1"}
    another = {"event_id": f"{provider}/2", "delivery_id": "delivery-3"}
    case.log(provider, {**taken, "delivery_id": "delivery-1", "_aws": {"Timestamp": written}})
    case.log(provider, {**taken, "delivery_id": "delivery-2", "_aws": {"Timestamp": written + 400}}, AT + 900)
    case.log("fanout", {"message": "published", "events": [another, published]}, AT + 500)
    case.log("fanout", {"message": "duplicate dropped", "event_id": event_id, "delivery_id": "delivery-2"}, AT + 950)
    case.log("fanout", {"message": "published", "event_id": "another", "delivery_id": "delivery-3"})
    case.log("fanout", f"no JSON {event_id}")

    found = case.history(event_id)

    item = case.office.aws.claim_items()[event_id]
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


def test_what_is_not_published_is_looked_for_where_it_may_be(case: Case) -> None:
    stuck = Queued("1", provider=case.provider)
    case.office.aws.sqs.send_message(QueueUrl=case.office.dead, MessageBody=stuck.document)
    found = case.history(stuck.event_id)

    assert found.is_known
    assert len(found.dead_letters) == 1
    assert (found.claimed_at, found.published_at, found.quarantined) == (None, None, [])


def test_the_command_says_of_what_nobody_knows_so_in_one_line(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    office = case.office
    monkeypatch.setattr("gateway.cli.common.find", lambda **_: case.installation)
    for provider in (case.provider, "acme"):
        ended = office.run("message", f"{provider}/never-seen")
        assert (ended.exit_code, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)

    case.log("fanout", {"message": "published", "events": [{"event_id": f"{case.provider}/never-seen-before"}]})
    ended = office.run("message", f"{case.provider}/never-seen")
    assert (ended.exit_code, ended.stderr.splitlines()[1:]) == (1, [f"  {case.provider}/never-seen-before"])

    queued = Queued("1", provider=case.provider)
    office.aws.fanout().handle([queued.record])
    known = office.json("message", queued.event_id)
    assert (known["delivery_id"], known["duplicates"]) == ("delivery-1", 0)
    assert "not on record" not in office.run("message", queued.event_id).stdout


TAKEN = {"Accepted": [1.0], "request_id": "r-1", "delivery_id": "d-1", "_aws": {"Timestamp": AT}}
ENDED = {
    "event_id": "e-1",
    "delivery_id": "d-1",
    "timestamp": datetime.fromtimestamp(AT / 1_000 + 0.2, UTC).isoformat(),
}
CONFLICT = {"message": "id conflict, quarantined", **ENDED, "key": "fanout/1"}
UNREADABLE = {"message": "quarantined", "request_id": "r-1", "key": "acme/1"}


@pytest.mark.parametrize(
    ("webhook", "fanout", "expected"),
    [
        ([], [], [Outcome(State.UNKNOWN)]),
        ([{**UNREADABLE, "request_id": "r-2"}], [], [Outcome(State.UNKNOWN)]),
        ([UNREADABLE], [], [Outcome(State.QUARANTINED, key="acme/1")]),
        ([{"message": "nothing to store", "request_id": "r-1"}], [], [Outcome(State.IGNORED)]),
        ([{**TAKEN, "event_ids": ["e-1"]}], [], [Outcome(State.QUEUED, "e-1")]),
        (
            [{**TAKEN, "event_ids": ["e-1", "e-2"]}, UNREADABLE],  # a batch
            [{"message": "published", "timestamp": ENDED["timestamp"], "events": [ENDED]}],
            [
                Outcome(State.PUBLISHED, "e-1", seconds=0.2),
                Outcome(State.QUEUED, "e-2"),
                Outcome(State.QUARANTINED, key="acme/1"),
            ],
        ),
        (
            [{**TAKEN, "event_ids": ["e-1"]}],
            [
                {"message": "id conflict, quarantined", "event_id": "e-1", "key": "fanout/1"},  # of an earlier version
                {"message": "published", "event_id": "e-1"},
                {**CONFLICT, "delivery_id": "d-2"},
                {"message": "duplicate dropped", **ENDED},
            ],
            [Outcome(State.DUPLICATE, "e-1", seconds=0.2)],
        ),
        ([{**TAKEN, "event_ids": ["e-1"]}], [CONFLICT], [Outcome(State.QUARANTINED, "e-1", "fanout/1", 0.2)]),
    ],
)
def test_a_sender_learns_what_became_of_its_request(
    case: Case, webhook: list[Any], fanout: list[Any], expected: list[Outcome]
) -> None:
    for line in webhook:
        case.log(case.provider, line)
    for line in fanout:
        case.log("fanout", line)
    since = datetime.fromtimestamp(AT / 1_000, UTC)
    found = await_outcomes(case.installation, case.provider, ["r-1"], since=since, seconds=0)
    assert found == {"r-1": [replace(it, seconds=it.seconds and pytest.approx(it.seconds)) for it in expected]}


def test_of_a_message_it_knows_what_became_of_its_media(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    letters = office.aws.sqs.create_queue(QueueName="media-dead")["QueueUrl"]
    made = {"MediaFunctionName": "fn-media", "MediaQueueUrl": "https://queue", "MediaBucketName": "media"}
    office.outputs.update(made, MediaDeadLettersUrl=letters)
    monkeypatch.setattr("gateway.operations.history._MARGIN", timedelta(milliseconds=AT))
    case = Case(office)
    queued = Queued("1", provider=case.provider)
    office.aws.fanout().handle([queued.record])
    office.aws.sqs.send_message(QueueUrl=letters, MessageBody=queued.document)
    named = {"event_id": queued.event_id, "delivery_id": "delivery-1"}
    case.log("media", {"message": "media not copied, it will be retried", "reason": "answered with 503", **named})
    case.log("media", {"message": "media copied", **named}, AT + 1)

    found = case.history(queued.event_id)
    assert [line.says for line in found.lines] == [
        "media not copied, it will be retried: answered with 503",
        "media copied",
    ]
    assert (len(found.dead_letters), bool(found.published_at)) == (1, True)
