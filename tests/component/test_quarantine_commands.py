"""`gateway quarantine`: the functions are the real ones, called as Lambda would."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import common, quarantine
from gateway.cli.common import moment
from gateway.operations.installation import local_installation
from tests.component.conftest import Clients, published, set_aside
from tests.support.acme.sender import ACME_ENTRY, text
from tests.support.faults import calls_of, failing
from tests.support.installed import Desk, Functions
from tests.support.queued import Queued
from tests.support.world import NOW, World


@dataclass
class Kept:
    """What is in the quarantine of a gateway, and how it gets there and out again."""

    aws: World
    functions: Functions

    def __post_init__(self) -> None:
        acme = self.aws.receiver(ACME_ENTRY)
        self.functions.by_name |= {
            "fn-acme": lambda event: acme.recover(event["replay"]["key"]),
            "fn-fanout": lambda event: self.aws.fanout(NOW + 60).replay(event["replay"]["key"]),
        }

    @property
    def keys(self) -> set[str]:
        return {key for key, _, _ in self.aws.quarantined()}

    @property
    def replayed(self) -> list[str]:
        """The keys that functions were asked to replay."""
        return [event["replay"]["key"] for event in self.functions.asked]

    def put(self, objects: dict[str, bytes]) -> None:
        for key, body in objects.items():
            self.aws.s3.put_object(Bucket=self.aws.bucket, Key=key, Body=body)

    def set_aside(self, own_id: str = "1", body: bytes | None = None, reason: str = "a fault, mended since") -> str:
        """Keep a message as an older version that could not read it, and return its key."""
        event = ACME_ENTRY.event(text(id=own_id, text="private text") if body is None else body)
        return set_aside(self.aws.receiver(ACME_ENTRY), self.aws, event, reason)[0]

    def conflict(self) -> str:
        """Keep a text that came under an id that was taken, on 2026-01-01, and return its key."""
        self.aws.fanout().handle([Queued("9").record])
        self.aws.fanout().handle([Queued("9", delivery="delivery-2", text="another text").record])
        self.aws.published()
        [key] = [key for key in self.keys if key.startswith("fanout/")]
        return key


@pytest.fixture
def kept(office: Desk, clients: Clients) -> Kept:
    clients["lambda"] = Functions({})
    return Kept(office.aws, clients["lambda"])


# ---- list and show ---------------------------------------------------------------------------------------------------


def test_a_list_tells_what_and_why_and_no_text(office: Desk, kept: Kept) -> None:
    keys = {kept.set_aside("1"), kept.set_aside("2"), kept.conflict()}

    listed = office.run("quarantine", "list").stdout
    in_json = office.json("quarantine", "list")

    *lines, last = listed.splitlines()
    assert last == "3 in the quarantine"
    assert {line.split("  ")[0] for line in lines} == keys == {each["key"] for each in in_json}
    assert "a.field: a fault, mended since" in listed
    assert "id conflict" in lines[0], "the oldest is first: it was received in January"
    assert [each["received_at"] for each in in_json] == sorted(each["received_at"] for each in in_json)
    told = listed + json.dumps(in_json)
    assert not {private for private in ("private text", "another text", "+4477", "+4530", '"body"') if private in told}


def test_a_selection(office: Desk, kept: Kept) -> None:
    one, two = kept.set_aside("1", reason="Field required"), kept.set_aside("2", reason="another reason")
    old, other = kept.conflict(), "other/1"
    record = {"provider": "other", "received_at": datetime.now(UTC).isoformat(), "reason": "x"}
    kept.put({f"{other}/body": b"x", f"{other}/record.json": json.dumps(record).encode()})

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
        assert {each["key"] for each in office.json("quarantine", "list", *words)} == chosen, options
    assert {each["key"] for each in office.json("quarantine", "replay", one, old)["results"]} == {one, old}
    assert kept.replayed == []


def test_a_time_is_a_moment_or_an_age() -> None:
    assert moment("2026-01-31T12:00+02:00") == datetime(2026, 1, 31, 10, tzinfo=UTC)
    for said, ago in {"90m": timedelta(minutes=90), "24h": timedelta(hours=24), "7d": timedelta(days=7)}.items():
        assert abs(datetime.now(UTC) - ago - moment(said)) < timedelta(seconds=5)
    for nonsense in ("", "d", "-1d", "²d", "tomorrow", "99999999999999d"):
        with pytest.raises(typer.BadParameter, match="neither a time"):
            moment(nonsense)


def test_all_of_one_is_shown_when_asked_for(office: Desk, kept: Kept) -> None:
    body = b'{"text": "Hello \xff \x1b[31m"}'
    key = kept.set_aside(body=body)

    shown = office.run("quarantine", "show", key).stdout
    in_json = office.json("quarantine", "show", key)

    assert "reason: a fault, mended since" in shown
    assert "Hello \\xff" in shown
    assert "\x1b" not in shown, "a terminal obeys nothing that came from outside"
    assert base64.b64decode(in_json["body"]) == body
    assert in_json["record"]["delivery_id"]


# ---- replay ----------------------------------------------------------------------------------------------------------


def test_after_the_fix_everything_gets_back_once_and_nothing_without_execute(office: Desk, kept: Kept) -> None:
    keys = {kept.set_aside("1"), kept.set_aside("2"), kept.conflict()}
    before = kept.aws.quarantined()

    shown = office.run("quarantine", "replay").stdout
    assert shown.splitlines()[-1] == "3 would be replayed; --execute does it"
    assert all(key in shown for key in keys)
    assert (kept.replayed, kept.aws.queued(), kept.aws.quarantined()) == ([], [], before)

    for told in ("3 of 3 accepted\n", "0 of 0 accepted\n"):
        ended = office.run("quarantine", "replay", "--execute")
        assert (ended.exit_code, ended.stdout) == (0, told)
    assert kept.keys == set()
    assert len({event["id"] for event in published(kept.aws)}) == 3


def test_what_is_still_unreadable_is_left_and_told(office: Desk, kept: Kept) -> None:
    fine = kept.set_aside()
    broken = kept.set_aside(body=b'{"text":"no id"}')
    before = {key: (body, record) for key, body, record in kept.aws.quarantined()}

    ended = office.run("quarantine", "replay", "--execute")
    in_json = office.json("quarantine", "replay", "--execute", status=1)

    assert ended.exit_code == 1
    line, summary = ended.stdout.splitlines()
    assert line.startswith(f"{broken}  unreadable: id: "), "with the field"
    assert summary == "1 of 2 accepted, 1 unreadable"
    assert fine in kept.replayed
    assert kept.aws.quarantined() == [(broken, *before[broken])], "as it was, first reason and time included"
    assert in_json["found"] == 1
    assert [(each["key"], each["outcome"]) for each in in_json["results"]] == [(broken, "unreadable")]


def test_what_has_no_record_or_no_function_is_told_and_never_replayed(office: Desk, kept: Kept) -> None:
    """A replay that ended between its two deletions leaves a body without a record."""
    kept.put({"acme/1/body": b"x", "nobody/1/body": b"x", "nobody/1/record.json": b'{"reason": "x"}'})

    ended = office.run("quarantine", "replay", "--execute")

    assert (ended.exit_code, kept.replayed) == (1, [])
    assert "acme/1  unreadable: there is no record beside the body" in ended.stdout
    assert "nobody/1  failed: the function of nobody is not deployed\n" in ended.stdout


def test_ended_before_deletion_it_is_run_again(office: Desk, kept: Kept, clients: Clients) -> None:
    key = kept.set_aside()
    clients["s3"] = failing("s3", "DeleteObject", "SlowDown", times=1).plain
    deletions = calls_of(clients["s3"], "DeleteObject")

    ended = office.run("quarantine", "replay", "--execute")
    assert (ended.exit_code, "SlowDown" in ended.stdout) == (1, True)
    assert len(published(kept.aws)) == 1

    assert office.run("quarantine", "replay", "--execute").exit_code == 0
    assert published(kept.aws, NOW + 3_600) == []
    assert kept.keys == set()
    names = [call["Key"].removeprefix(f"{key}/").partition("/")[0] for call in deletions]
    assert names == ["record.json", "record.json", "arrivals", "body"], "a body alone does no harm"


ANSWERS: list[tuple[dict[str, Any], str]] = [
    ({"errorType": "Runtime.ExitError", "errorMessage": "private text"}, "its log says why"),
    ({"statusCode": 401, "body": "{}"}, "its log says why"),  # a version that knows no replays
    ({"outcome": "failed", "reason": "queue unavailable"}, "failed: queue unavailable"),
    ({"outcome": "not_found", "reason": "gone"}, "not_found: gone"),
]


def test_what_a_function_can_not_do_is_told_and_nothing_deleted(office: Desk, kept: Kept) -> None:
    key = kept.set_aside()
    for answer, told in ANSWERS:
        kept.functions.by_name["fn-acme"] = lambda _event, answer=answer: answer

        ended = office.run("quarantine", "replay", "--execute")

        assert (ended.exit_code, ended.stdout.startswith(key)) == (1, True)
        assert told in ended.stdout
        assert "private text" not in ended.stdout
        assert kept.keys == {key}


def test_a_shell_completes_the_keys_and_nothing_where_there_is_no_gateway(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def completed() -> set[str]:
        env = {"_ROOT_COMPLETE": "complete_bash", "COMP_WORDS": "root show ", "COMP_CWORD": "2"}
        return set(CliRunner().invoke(quarantine.app, [], prog_name="root", env=env).stdout.split())

    keys = {kept.set_aside("1"), kept.set_aside("2")}
    assert completed() == keys
    nowhere = partial(local_installation, tmp_path)
    monkeypatch.setattr(common, "find", lambda **_: nowhere())
    assert completed() == set()
