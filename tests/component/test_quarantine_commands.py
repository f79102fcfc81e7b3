"""`gateway quarantine`, over a world in memory: the functions are the real ones, called as Lambda would."""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from gateway.cli import common, quarantine
from gateway.cli.common import moment
from gateway.operations.installation import Installation
from inbound_sms.errors import InvalidPayload
from inbound_sms.webhook.handler import WebhookHandler
from tests.support.faults import calls_of, failing, new_client
from tests.support.installed import installed_over
from tests.support.providers import registered
from tests.support.queued import Queued, sqs_record
from tests.support.world import NOW, World

ENTRIES = {entry.provider.name: entry for entry in registered()}
TEXT = "Hello"


@dataclass
class Functions:
    """Lambda: every function by its name, and what it was asked."""

    by_name: dict[str, Callable[[str], Any]]
    asked: list[str] = field(default_factory=list)

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as boto3 names them
        event = json.loads(Payload)
        assert list(event) == ["replay"]
        self.asked.append(event["replay"]["key"])
        answer = self.by_name[FunctionName](event["replay"]["key"])
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode())}


@dataclass
class Desk:
    """Where an operator sits."""

    aws: World
    functions: Functions
    s3: Any

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(quarantine.app, list(words))

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json").stdout)

    def published(self, now: float = NOW) -> list[dict[str, Any]]:
        """Lets the fan-out take what is queued; gives what subscribers got."""
        assert self.aws.fanout(now).handle([sqs_record(str(n), it) for n, it in enumerate(self.aws.queued())]) == set()
        return self.aws.published()


@pytest.fixture
def desk(aws: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    by_name = {f"fn-{name}": aws.receiver(entry).replay for name, entry in ENTRIES.items()}
    by_name["fn-fanout"] = lambda key: aws.fanout(NOW + 60).replay(key)
    made = Desk(aws, Functions(by_name), aws.s3)

    def find(**_: Any) -> Installation:
        return installed_over(aws, {"s3": made.s3.plain, "lambda": made.functions})

    monkeypatch.setattr(common, "find", find)
    return made


def set_aside(aws: World, provider: str, body: bytes | None = None, reason: str = "a fault, mended since") -> str:
    """Keeps a provider's ordinary message as an older version that could not read it; gives its key."""
    entry = ENTRIES[provider]
    receiver: WebhookHandler = aws.receiver(entry)

    def parse(_request: object) -> Any:
        raise InvalidPayload(reason, "a.field")

    before = {key for key, _, _ in aws.quarantined()}
    replace(receiver, ingestor=replace(receiver.ingestor, parse=parse)).handle(entry.event(body))
    [key] = {key for key, _, _ in aws.quarantined()} - before
    return key


def conflict(aws: World) -> str:
    """Keeps a text that came under an id that was taken; gives its key."""
    aws.fanout().handle([Queued("1").record])
    aws.fanout().handle([Queued("1", delivery="delivery-2", text="another text").record])
    aws.published()
    [key] = [key for key, _, _ in aws.quarantined() if key.startswith("fanout/")]
    return key


def test_a_list_tells_what_and_why_and_no_text(desk: Desk) -> None:
    keys = {set_aside(desk.aws, name) for name in ENTRIES} | {conflict(desk.aws)}

    listed = desk.run("list")
    in_json = desk.json("list")

    assert listed.exit_code == 0
    lines = listed.stdout.splitlines()
    assert lines[-1] == f"{len(keys)} in the quarantine"
    assert {line.split("  ")[0] for line in lines[:-1]} == keys == {each["key"] for each in in_json}
    assert "a.field: a fault, mended since" in listed.stdout
    assert "id conflict" in lines[0], "the oldest is first: it was received in January"
    assert [each["received_at"] for each in in_json] == sorted(each["received_at"] for each in in_json)
    for body in [body for _, body, _ in desk.aws.quarantined()]:
        assert body.decode() not in listed.stdout
    assert "another text" not in listed.stdout + json.dumps(in_json)
    assert "body" not in in_json[0]


def test_a_selection(desk: Desk) -> None:
    sinch = set_aside(desk.aws, "sinch", reason="Field required")
    eight = set_aside(desk.aws, "8x8", reason="another reason")
    old = conflict(desk.aws)  # of sinch, received on 2026-01-01

    def chosen(*options: str) -> set[str]:
        return {each["key"] for each in desk.json("list", *options)}

    assert chosen() == {sinch, eight, old}
    assert chosen("--provider", "sinch") == {sinch, old}
    assert chosen("--provider", "sin") == set()
    assert chosen("--reason", "field REQ") == {sinch}
    assert chosen("--reason", "a.field") == {sinch, eight}
    assert chosen("--since", "1h") == {sinch, eight}
    assert chosen("--until", "1h") == {old}
    assert chosen("--since", "2026-01-01") == {sinch, eight, old}
    assert chosen("--since", "2026-01-01T00:00:01") == {sinch, eight}
    assert chosen("--until", "2026-01-01T00:00:00") == set()
    assert chosen("--until", "2026-01-01T00:00:01Z", "--provider", "sinch") == {old}
    assert {each["key"] for each in desk.json("replay", sinch, old)["results"]} == {sinch, old}
    assert desk.functions.asked == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("90m", timedelta(minutes=90)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("", None),
        ("d", None),
        ("-1d", None),
        ("²d", None),
        ("tomorrow", None),
        ("99999999999999d", None),
    ],
)
def test_a_time_is_a_moment_or_an_age(text: str, meant: datetime | timedelta | None) -> None:
    if meant is None:
        with pytest.raises(typer.BadParameter, match="neither a time"):
            moment(text)
    elif isinstance(meant, timedelta):
        before = datetime.now(UTC)
        assert before <= moment(text) + meant <= datetime.now(UTC)
    else:
        assert moment(text) == meant


def test_nothing_happens_without_execute(desk: Desk) -> None:
    key = set_aside(desk.aws, "sinch")
    before = desk.aws.quarantined()

    shown = desk.run("replay")

    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[-1] == "1 would be replayed; --execute does it"
    assert key in shown.stdout
    assert (desk.functions.asked, desk.aws.queued(), desk.aws.quarantined()) == ([], [], before)


def test_after_the_fix_everything_gets_back_once(desk: Desk) -> None:
    for name in ENTRIES:
        set_aside(desk.aws, name)
    conflict(desk.aws)

    first = desk.run("replay", "--execute")
    second = desk.run("replay", "--execute")

    total = len(ENTRIES) + 1
    assert (first.exit_code, first.stdout) == (0, f"{total} of {total} accepted\n")
    assert (second.exit_code, second.stdout) == (0, "0 of 0 accepted\n")
    assert desk.aws.quarantined() == []
    events = desk.published()
    assert len(events) == len({event["id"] for event in events}) == total


def test_what_is_still_unreadable_is_left_and_told(desk: Desk) -> None:
    fine = set_aside(desk.aws, "sinch")
    broken = set_aside(desk.aws, "sinch", b'{"type":"mo_text"}')
    before = {key: (body, record) for key, body, record in desk.aws.quarantined()}

    ended = desk.run("replay", "--execute")
    in_json = desk.json("replay", "--execute")

    assert ended.exit_code == 1
    line, summary = ended.stdout.splitlines()
    assert line.startswith(f"{broken}  unreadable: ")
    assert summary == "1 of 2 accepted, 1 unreadable"
    assert fine in desk.functions.asked
    [left] = desk.aws.quarantined()
    assert left == (broken, *before[broken]), "as it was, first reason and time included"
    assert in_json["found"] == 1
    assert [(each["key"], each["outcome"]) for each in in_json["results"]] == [(broken, "unreadable")]


def test_ended_between_the_two_deletions_what_is_left_is_told_and_never_replayed(desk: Desk) -> None:
    key = set_aside(desk.aws, "sinch")
    desk.s3.delete_object(Bucket=desk.aws.bucket, Key=f"{key}/record.json")

    ended = desk.run("replay", "--execute")

    assert (ended.exit_code, desk.functions.asked) == (1, [])
    assert ended.stdout.startswith(f"{key}  unreadable: there is no record beside the body")


def test_ended_between_acceptance_and_deletion_it_is_run_again(desk: Desk) -> None:
    key = set_aside(desk.aws, "sinch")
    desk.s3 = failing("s3", "DeleteObject", "SlowDown", times=1)
    deletions = calls_of(desk.s3, "DeleteObject")

    ended = desk.run("replay", "--execute")
    assert ended.exit_code == 1
    assert "SlowDown" in ended.stdout
    assert len(desk.published()) == 1

    assert desk.run("replay", "--execute").exit_code == 0
    assert desk.published(NOW + 3_600) == []
    assert desk.aws.quarantined() == []
    record, body = f"{key}/record.json", f"{key}/body"
    assert [call["Key"] for call in deletions] == [record, record, body], "a body alone does no harm"


ANSWERS: list[tuple[Any, str]] = [
    ({"errorType": "Runtime.ExitError", "errorMessage": "a text"}, "its log tells why"),
    ({"statusCode": 401, "body": "{}"}, "its log tells why"),  # a version that knows no replays
    ({"outcome": "failed", "reason": "queue unavailable"}, "failed: queue unavailable"),
    ({"outcome": "not_found", "reason": "gone"}, "not_found: gone"),
]


@pytest.mark.parametrize(("answer", "told"), ANSWERS)
def test_what_a_function_can_not_do_is_told_and_nothing_deleted(desk: Desk, answer: Any, told: str) -> None:
    key = set_aside(desk.aws, "sinch")
    desk.functions.by_name["fn-sinch"] = lambda _key: answer

    ended = desk.run("replay", "--execute")

    assert ended.exit_code == 1
    assert ended.stdout.startswith(key)
    assert told in ended.stdout
    assert "a text" not in ended.stdout
    assert [each for each, _, _ in desk.aws.quarantined()] == [key]


def test_what_no_function_is_there_for_is_told(desk: Desk) -> None:
    desk.s3.put_object(Bucket=desk.aws.bucket, Key="nobody/1/body", Body=b"x")
    desk.s3.put_object(Bucket=desk.aws.bucket, Key="nobody/1/record.json", Body=b'{"reason": "x"}')
    ended = desk.run("replay", "--execute")
    assert (ended.exit_code, ended.stdout.splitlines()[0]) == (
        1,
        "nobody/1  failed: the function of nobody is not deployed",
    )


def test_all_of_one_is_shown_when_asked_for(desk: Desk) -> None:
    body = b'{"text": "Hello \xff \x1b[31m"}'
    key = set_aside(desk.aws, "sinch", body)

    shown = desk.run("show", key)
    in_json = desk.json("show", key)
    missing = desk.run("show", "sinch/nothing")

    assert shown.exit_code == 0
    assert "reason: a fault, mended since" in shown.stdout
    assert "Hello \\xff" in shown.stdout
    assert "\x1b" not in shown.stdout, "a terminal obeys nothing that came from outside"
    assert base64.b64decode(in_json["body"]) == body
    assert in_json["record"]["delivery_id"]
    assert missing.exit_code == 1
    assert missing.stderr == "There is nothing under sinch/nothing in the quarantine\n"


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (("list",), [""]),
        (("list", "--provider", "sinch"), ["fanout/", "sinch/"]),
        (("replay", "sinch/1", "sinch/2"), ["sinch/1/", "sinch/2/"]),
        (("show", "{key}"), []),
    ],
)
def test_only_what_may_be_meant_is_listed(desk: Desk, words: tuple[str, ...], begins: list[str]) -> None:
    key = set_aside(desk.aws, "sinch")
    desk.s3 = new_client("s3")
    listings = calls_of(desk.s3, "ListObjectsV2")
    assert desk.run(*(word.format(key=key) for word in words)).exit_code == 0
    assert sorted(call["Prefix"] for call in listings) == begins


def test_a_bucket_that_cannot_be_read_is_one_line(desk: Desk) -> None:
    desk.s3 = failing("s3", "ListObjectsV2", "AccessDenied")
    for command in ("list", "replay"):
        ended = desk.run(command)
        assert ended.exit_code == 1
        assert ended.stdout == ""
        assert len(ended.stderr.splitlines()) == 1
        assert "AccessDenied" in ended.stderr
