"""`gateway secrets media`: what is typed is what the function for media sends, and nothing else is written."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.simulator import senders
from gateway.simulator.sender import MediaLinks
from media_credentials import MediaSecretsStore
from tests.support.acme.sender import SENDER
from tests.support.installed import STAGE, Desk

PARAMETER = f"/inbound-sms/{STAGE}/acme/media"
SET = ("secrets", "media", "acme")


def takes(monkeypatch: pytest.MonkeyPatch, credentials: str) -> None:
    monkeypatch.setitem(senders(), "acme", replace(SENDER, media=MediaLinks(("x.test",), credentials=credentials)))


@pytest.mark.parametrize(
    ("kind", "name", "typed", "sent"),
    [
        ("basic", ("--name", "SK1"), "12345678", "Basic U0sxOjEyMzQ1Njc4"),
        ("authorization", (), "Bearer 12345678", "Bearer 12345678"),
    ],
)
def test_what_is_typed_is_what_a_download_sends(
    kind: str, name: tuple[str, ...], typed: str, sent: str, office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes(monkeypatch, kind)
    for old in ("before-1", typed):
        assert office.json(*SET, *name, "--stdin", typed=old) == {"parameter": PARAMETER}
    assert typed not in office.run(*SET, *name, typed=f"{typed}\n{typed}\n").output
    kept: Any = office.aws.ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]
    assert kept["Type"] == "SecureString"
    assert MediaSecretsStore(office.aws.ssm, PARAMETER, 300).values() == (sent,)


@pytest.mark.parametrize(
    ("held", "status"),
    [
        ('{"basic": [{"username": "SK1", "password": "12345678"}]}', 0),
        ("{}", 0),
        ('{"basic": [{"username": "SK1", "password": "12345678"}, {"username": "SK2", "password": "12345678"}]}', 1),
        ('{"basic": [{"username": "SK1", "password": "12345678"}], "authorization": ["Bearer 12345678"]}', 1),
        ('{"basic": [{"username": "SK1", "password": "12345678"}, {"username": "SK2"}]}', 1),
        ("{", 1),
    ],
)
def test_what_holds_several_accounts_is_not_overwritten_by_one(
    held: str, status: int, office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes(monkeypatch, "authorization")
    office.aws.ssm.put_parameter(Name=PARAMETER, Value=held, Type="SecureString")

    ended = office.run(*SET, "--stdin", typed="Bearer 87654321")
    kept = office.aws.ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]["Value"]
    assert (ended.exit_code, kept == held) == (status, bool(status)), ended.output
    assert ("aws ssm delete-parameter" in ended.stderr) == bool(status)
    assert "12345678" not in ended.output
