"""`gateway quarantine`, over a world in memory: the functions are the real ones, called as Lambda would."""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from gateway.cli import common, quarantine
from gateway.cli.common import moment
from gateway.operations.installation import Installation, local_installation
from inbound_sms.errors import InvalidPayload
from tests.support.acme.sender import ACME_ENTRY, text
from tests.support.faults import calls_of, failing
from tests.support.installed import installed_over
from tests.support.queued import Queued, sqs_record
from tests.support.world import NOW, World


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
        """Let the fan-out take what is queued, and return what subscribers got."""
        assert self.aws.fanout(now).handle([sqs_record(str(n), it) for n, it in enumerate(self.aws.queued())]) == set()
        return self.aws.published()

    def set_aside(self, own_id: str = "1", body: bytes | None = None, reason: str = "a fault, mended since") -> str:
        """Keep a message as an older version that could not read it, and return its key."""
        receiver = self.aws.receiver(ACME_ENTRY)

        def parse(_request: object) -> Any:
            raise InvalidPayload(reason, "a.field")

        before = self.kept()
        older = replace(receiver, ingestor=replace(receiver.ingestor, parse=parse))
        older.handle(ACME_ENTRY.event(text(id=own_id, text="private text") if body is None else body))
        [key] = self.kept() - before
        return key

    def conflict(self) -> str:
        """Keep a text that came under an id that was taken, on 2026-01-01, and return its key."""
        self.aws.fanout().handle([Queued("9").record])
        self.aws.fanout().handle([Queued("9", delivery="delivery-2", text="another text").record])
        self.aws.published()
        [key] = [key for key in self.kept() if key.startswith("fanout/")]
        return key

    def kept(self) -> set[str]:
        return {key for key, _, _ in self.aws.quarantined()}


@pytest.fixture
def desk(aws: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    acme, fanout = aws.receiver(ACME_ENTRY).recover, lambda key: aws.fanout(NOW + 60).replay(key)
    made = Desk(aws, Functions({"fn-acme": acme, "fn-fanout": fanout}), aws.s3)

    def find(**_: Any) -> Installation:
        return installed_over(aws, {"s3": made.s3.plain, "ssm": aws.ssm.plain, "lambda": made.functions})

    monkeypatch.setattr(common, "find", find)
    return made


# ---- list and show ---------------------------------------------------------------------------------------------------


def test_a_list_tells_what_and_why_and_no_text(desk: Desk) -> None:
    keys = {desk.set_aside("1"), desk.set_aside("2"), desk.conflict()}

    listed = desk.run("list")
    in_json = desk.json("list")

    assert listed.exit_code == 0
    *lines, last = listed.stdout.splitlines()
    assert last == "3 in the quarantine"
    assert {line.split("  ")[0] for line in lines} == keys == {each["key"] for each in in_json}
    assert "a.field: a fault, mended since" in listed.stdout
    assert "id conflict" in lines[0], "the oldest is first: it was received in January"
    assert [each["received_at"] for each in in_json] == sorted(each["received_at"] for each in in_json)
    told = listed.stdout + json.dumps(in_json)
    assert not {private for private in ("private text", "another text", "+4477", "+4530", '"body"') if private in told}


def test_a_selection(desk: Desk) -> None:
    typo = desk.run("list", "--provider", "ac")
    assert (typo.exit_code, typo.stdout, "doesn't receive from ac" in typo.stderr) == (2, "", True)

    one, two = desk.set_aside("1", reason="Field required"), desk.set_aside("2", reason="another reason")
    old = desk.conflict()
    desk.s3.put_object(Bucket=desk.aws.bucket, Key="other/1/body", Body=b"x")
    record = {"provider": "other", "received_at": datetime.now(UTC).isoformat(), "reason": "x"}
    desk.s3.put_object(Bucket=desk.aws.bucket, Key="other/1/record.json", Body=json.dumps(record).encode())
    other = "other/1"

    for options, chosen in {
        "": {one, two, old, other},
        "--provider acme": {one, two, old},
        "--provider acme --until 2026-01-01": set(),
        "--reason field&REQ": {one},
        "--reason a.field": {one, two},
        "--since 1h": {one, two, other},
        "--until 1h": {old},
        "--since 2026-01-01": {one, two, old, other},
        "--since 2026-01-01T00:00:01": {one, two, other},
        "--until 2026-01-01T00:00:00": set(),
        "--until 2026-01-01T00:00:01Z --provider acme": {old},
    }.items():
        words = [word.replace("&", " ") for word in options.split()]
        assert {each["key"] for each in desk.json("list", *words)} == chosen, options
    assert {each["key"] for each in desk.json("replay", one, old)["results"]} == {one, old}
    assert desk.functions.asked == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-01-31T12:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("90m", timedelta(minutes=90)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        *((nonsense, None) for nonsense in ("", "d", "-1d", "²d", "tomorrow", "99999999999999d")),
    ],
)
def test_a_time_is_a_moment_or_an_age(said: str, meant: datetime | timedelta | None) -> None:
    if meant is None:
        with pytest.raises(typer.BadParameter, match="neither a time"):
            moment(said)
    elif isinstance(meant, timedelta):
        assert abs(datetime.now(UTC) - meant - moment(said)) < timedelta(seconds=5)
    else:
        assert moment(said) == meant


def test_all_of_one_is_shown_when_asked_for(desk: Desk) -> None:
    body = b'{"text": "Hello \xff \x1b[31m"}'
    key = desk.set_aside(body=body)

    shown = desk.run("show", key)
    in_json = desk.json("show", key)
    missing = desk.run("show", "acme/nothing")

    assert shown.exit_code == 0
    assert "reason: a fault, mended since" in shown.stdout
    assert "Hello \\xff" in shown.stdout
    assert "\x1b" not in shown.stdout, "a terminal obeys nothing that came from outside"
    assert base64.b64decode(in_json["body"]) == body
    assert in_json["record"]["delivery_id"]
    assert (missing.exit_code, missing.stderr) == (1, "There is nothing under acme/nothing in the quarantine\n")


def test_a_bucket_that_cannot_be_read_is_one_line(desk: Desk) -> None:
    desk.s3 = failing("s3", "ListObjectsV2", "AccessDenied")
    for command in ("list", "replay"):
        ended = desk.run(command)
        assert (ended.exit_code, ended.stdout, len(ended.stderr.splitlines())) == (1, "", 1)
        assert "AccessDenied" in ended.stderr


# ---- replay ----------------------------------------------------------------------------------------------------------


def test_after_the_fix_everything_gets_back_once_and_nothing_without_execute(desk: Desk) -> None:
    keys = {desk.set_aside("1"), desk.set_aside("2"), desk.conflict()}
    before = desk.aws.quarantined()

    shown = desk.run("replay")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[-1] == "3 would be replayed; --execute does it"
    assert all(key in shown.stdout for key in keys)
    assert (desk.functions.asked, desk.aws.queued(), desk.aws.quarantined()) == ([], [], before)

    for told in ("3 of 3 accepted\n", "0 of 0 accepted\n"):
        ended = desk.run("replay", "--execute")
        assert (ended.exit_code, ended.stdout) == (0, told)
    assert desk.aws.quarantined() == []
    assert len({event["id"] for event in desk.published()}) == 3


def test_what_is_still_unreadable_is_left_and_told(desk: Desk) -> None:
    fine = desk.set_aside()
    broken = desk.set_aside(body=b'{"text":"no id"}')
    before = {key: (body, record) for key, body, record in desk.aws.quarantined()}

    ended = desk.run("replay", "--execute")
    in_json = desk.json("replay", "--execute")

    assert ended.exit_code == 1
    line, summary = ended.stdout.splitlines()
    assert line.startswith(f"{broken}  unreadable: ")
    assert summary == "1 of 2 accepted, 1 unreadable"
    assert fine in desk.functions.asked
    assert desk.aws.quarantined() == [(broken, *before[broken])], "as it was, first reason and time included"
    assert in_json["found"] == 1
    assert [(each["key"], each["outcome"]) for each in in_json["results"]] == [(broken, "unreadable")]


def test_what_has_no_record_or_no_function_is_told_and_never_replayed(desk: Desk) -> None:
    """A replay that ended between its two deletions leaves a body without a record."""
    key = desk.set_aside()
    desk.s3.delete_object(Bucket=desk.aws.bucket, Key=f"{key}/record.json")
    for name, content in (("body", b"x"), ("record.json", b'{"reason": "x"}')):
        desk.s3.put_object(Bucket=desk.aws.bucket, Key=f"nobody/1/{name}", Body=content)

    ended = desk.run("replay", "--execute")

    assert (ended.exit_code, desk.functions.asked) == (1, [])
    assert f"{key}  unreadable: there is no record beside the body" in ended.stdout
    assert "nobody/1  failed: the function of nobody is not deployed\n" in ended.stdout


def test_ended_between_acceptance_and_deletion_it_is_run_again(desk: Desk) -> None:
    key = desk.set_aside()
    desk.s3 = failing("s3", "DeleteObject", "SlowDown", times=1)
    deletions = calls_of(desk.s3, "DeleteObject")

    ended = desk.run("replay", "--execute")
    assert ended.exit_code == 1
    assert "SlowDown" in ended.stdout
    assert len(desk.published()) == 1

    assert desk.run("replay", "--execute").exit_code == 0
    assert desk.published(NOW + 3_600) == []
    assert desk.aws.quarantined() == []
    names = [call["Key"].removeprefix(f"{key}/").partition("/")[0] for call in deletions]
    assert names == ["record.json", "record.json", "arrivals", "body"], "a body alone does no harm"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"errorType": "Runtime.ExitError", "errorMessage": "private text"}, "its log says why"),
        ({"statusCode": 401, "body": "{}"}, "its log says why"),  # a version that knows no replays
        ({"outcome": "failed", "reason": "queue unavailable"}, "failed: queue unavailable"),
        ({"outcome": "not_found", "reason": "gone"}, "not_found: gone"),
    ],
)
def test_what_a_function_can_not_do_is_told_and_nothing_deleted(desk: Desk, answer: Any, told: str) -> None:
    key = desk.set_aside()
    desk.functions.by_name["fn-acme"] = lambda _key: answer

    ended = desk.run("replay", "--execute")

    assert ended.exit_code == 1
    assert ended.stdout.startswith(key)
    assert told in ended.stdout
    assert "private text" not in ended.stdout
    assert desk.kept() == {key}


def test_a_shell_completes_the_keys_and_nothing_where_there_is_no_gateway(desk: Desk, tmp_path: Path) -> None:
    kept, nowhere = {desk.set_aside("1"), desk.set_aside("2")}, partial(local_installation, tmp_path)
    for known, find in ((kept, common.find), (set[str](), lambda **_: nowhere())):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(common, "find", find)
            env = {"_ROOT_COMPLETE": "complete_bash", "COMP_WORDS": "root show ", "COMP_CWORD": "2"}
            assert set(CliRunner().invoke(quarantine.app, [], prog_name="root", env=env).stdout.split()) == known
