"""`gateway secrets`: what is typed is in Parameter Store, and the functions act upon it."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from gateway.operations import secrets_store
from gateway.operations.secrets_store import SecretsStore
from gateway.simulator import Sender, senders
from tests.support.acme.sender import ACME_ENTRY, SENDER
from tests.support.installed import STAGE, Desk
from tests.support.providers import API
from tests.support.signing import basic

NAME = f"/inbound-sms/{STAGE}/acme"
SECRET = "a-secret-that-nobody-may-see"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def status_with(office: Desk, authorization: str) -> int:
    """Return how the function answers a message that is signed like this, by what the parameter holds now."""
    receiver = office.aws.receiver(ACME_ENTRY, office.secrets("acme"))
    event = ACME_ENTRY.event()
    event["headers"]["authorization"] = authorization
    status: int = receiver.handle(event)["statusCode"]
    return status


def kept_as(office: Desk) -> tuple[str, str]:
    """Return the type of the parameter, and the key that it is encrypted under."""
    [described] = office.aws.ssm.describe_parameters()["Parameters"]
    return described["Type"], described["KeyId"]


def test_a_rotation_refuses_nobody_between_its_two_steps(office: Desk) -> None:
    old = office.json("secrets", "set", "acme", "--show")["secret"]
    assert kept_as(office) == ("SecureString", "alias/aws/ssm")
    assert status_with(office, basic("acme", old)) == 200

    new = office.json("secrets", "rotate", "acme", "--show")["secret"]
    assert old != new
    assert [status_with(office, basic("acme", each)) for each in (old, new, "wrong")] == [200, 200, 401]
    assert office.json("secrets", "check", "acme")[0]["rotating"] == ["basic"]
    assert "old and new (basic) are both in force" in office.run("secrets", "check", "acme").stdout

    retired = office.json("secrets", "retire", "acme", "--yes")
    assert retired == {"parameter": NAME, "kind": "basic", "retired": 1}
    assert [status_with(office, basic("acme", each)) for each in (old, new)] == [401, 200]
    assert office.json("secrets", "retire", "acme", "--yes")["retired"] == 0
    assert office.json("secrets", "check", "acme")[0]["rotating"] == []


@pytest.mark.parametrize("kind", SENDER.secrets)
def test_every_kind_can_be_set_rotated_and_retired(office: Desk, kind: str) -> None:
    office.parameters["KmsKeyArn"] = KEY
    for words in (("set",), ("rotate",), ("retire", "--yes")):
        said = ("secrets", *words, "acme", "--kind", kind)
        ended = office.run(*said)
        if (pairs := SENDER.key_pairs) and kind == pairs.kind and words[0] != "retire":
            assert (ended.exit_code, ended.stderr.count("\n")) == (1, 1)
            assert f"can make a {kind}: copy it from the portal" in ended.stderr
            ended = office.run(*said, "--stdin", typed=f"{pairs.public(words[0])}\n")
        assert ended.exit_code == 0, ended.output
        assert office.json("secrets", "check", "acme")[0]["faults"] == []
        assert kept_as(office) == ("SecureString", KEY)
    assert office.json("secrets", "check", "acme")[0]["in_force"] == {kind: 1}


def test_no_secret_is_printed_unless_asked_for(office: Desk) -> None:
    said = [
        office.run("secrets", "set", "acme", "--stdin", typed=f"{SECRET}\n"),
        office.run("secrets", "rotate", "acme", "--prompt", typed=f"{SECRET}-2\n{SECRET}-2\n"),
        office.run("secrets", "check"),
        office.run("secrets", "check", "--json"),
        office.run("secrets", "retire", "acme", typed="n\n"),
        office.run("secrets", "retire", "acme", typed="y\n"),
    ]

    assert [each.exit_code for each in said] == [0, 0, 1, 1, 1, 0]
    assert not [each.output for each in said if SECRET in each.output]
    assert office.secrets("acme") == {"basic": [{"username": "acme", "password": f"{SECRET}-2"}]}
    assert f"{SECRET}-2" in office.run("secrets", "check", "acme", "--show").stdout


TYPED_IN = {
    "basic": {"user": "the-name", "password": SECRET},
    "header": {"the-name": SECRET},
    "authorization": {"Authorization": SECRET},
    "hmac": {"signing secret": SECRET},
    "oauth2": {"token URL": f"{API}/oauth2/acme/token", "client id": "the-name", "client secret": SECRET},
    "path_secret": {"URL": f"{API}/acme/{SECRET}"},
}


def test_what_to_type_where_is_shown_and_the_secret_on_request(office: Desk) -> None:
    for kind, typed_in in TYPED_IN.items():
        words = ("secrets", "set", "acme", "--kind", kind, "--name", "the-name", "--stdin")
        hidden = office.run(*words, typed=f"{SECRET}\n")
        assert SECRET not in hidden.output
        shown = office.run(*words, "--show", "--replace", typed=f"{SECRET}\n")
        for label, value in ({"URL": f"{API}/acme"} | typed_in).items():
            assert f"  {label:<15}{value}\n" in shown.stdout


def test_a_second_kind_opens_a_second_door_until_both_are_required(office: Desk) -> None:
    assert "warning" not in office.run("secrets", "set", "acme").stdout
    second = office.run("secrets", "set", "acme", "--kind", "hmac").stdout
    assert "let in by any of basic, hmac: `gateway secrets require acme basic+hmac`" in second
    assert office.run("secrets", "require", "acme", "basic+hmac").exit_code == 0
    assert office.run("secrets", "addresses", "acme", "192.0.2.0/24").exit_code == 0
    assert "warning" not in office.run("secrets", "rotate", "acme").stdout
    document = office.secrets("acme")
    assert (document["require"], document["source_ips"]) == (["basic+hmac"], ["192.0.2.0/24"])
    assert [office.run("secrets", it, "acme").exit_code for it in ("require", "addresses")] == [0, 0]
    assert not {"require", "source_ips"} & office.secrets("acme").keys()


NO_OTHERS = {"source_ips": ["192.0.2.1"]}


@pytest.mark.parametrize(
    "before", [{"basic": [{"username": "acme", "password": "password"}]}, {"authentication": "none"}]
)
def test_set_takes_nothing_out_unless_told_to(office: Desk, before: dict[str, Any]) -> None:
    office.aws.put_secrets(NAME, before | NO_OTHERS)
    assert office.json("secrets", "check", "acme")[0]["warnings"] == [], "where addresses are listed"

    refused = office.run("secrets", "set", "acme", "--stdin", typed="a-secret\n")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "--replace" in refused.stderr
    assert office.secrets("acme") == before | NO_OTHERS

    assert office.run("secrets", "set", "acme", "--stdin", "--replace", typed="a-secret\n").exit_code == 0
    assert office.secrets("acme") == {"basic": [{"username": "acme", "password": "a-secret"}]} | NO_OTHERS


@pytest.mark.parametrize(
    ("command", "before", "last"),
    [
        ("rotate acme", 1, False),
        ("retire acme --yes", 2, False),
        ("set acme --replace", 1, False),
        ("rotate acme", 1, True),
    ],
)
def test_a_change_in_between_is_noticed(
    office: Desk, monkeypatch: pytest.MonkeyPatch, command: str, before: int, last: bool
) -> None:
    """Somebody else writes while the command is at it: before its last look, or right after that."""
    others = {"basic": [{"username": "o", "password": "the-others-one"}]}
    held = [{"username": "acme", "password": f"password-{number}"} for number in range(before)]
    office.aws.put_secrets(NAME, {"basic": held})
    where, name = (SecretsStore, "_version_now") if last else (secrets_store, "require_sound")
    looked = getattr(where, name)

    def look(*args: Any) -> Any:
        found = looked(*args)
        office.aws.put_secrets(NAME, others)
        return found

    monkeypatch.setattr(where, name, look)
    ended = office.run("secrets", *command.split())

    assert (ended.exit_code, ended.stderr.count("\n")) == (1, 1)
    assert f"was changed in the {'same moment' if last else 'meantime'}" in ended.stderr
    assert (office.secrets("acme") == others) is not last


def test_what_stands_beside_a_secret_stays(office: Desk) -> None:
    beside: dict[str, Any] = {"hmac": ["it-signs"], "require": ["hmac+basic"], "source_ips": ["192.0.2.1"]}
    before = {"basic": [{"username": "ours", "password": "the-old-one"}], **beside}
    office.aws.put_secrets(NAME, before)

    office.run("secrets", "rotate", "acme", "--stdin", typed="the-new-one\n")
    now = office.secrets("acme")

    assert {name: now[name] for name in beside} == beside
    assert now["basic"] == [
        {"username": "ours", "password": "the-new-one"},
        {"username": "ours", "password": "the-old-one"},
    ]


BY_PATH, BY_KEY = (replace(SENDER, secrets=(kind,)) for kind in ("path_secret", "public_key"))
BY_HEADER = replace(SENDER, secrets=("authorization", "oauth2"))
SOUND = json.dumps(ACME_ENTRY.secrets)
NONE = '{"authentication": "none"}'
UNSENDABLE = {
    "basic": [{"username": "u", "password": "password"}],
    "header": [{"name": "x", "value": "n\u00e9cessaire"}],
}
NO_SUCH = "wrong: there is no such parameter"
READABLE = "warning: a String: it can be read without kms:Decrypt"
REMEDIES: list[tuple[Sender, str | None, str]] = [
    (SENDER, None, NO_SUCH),
    (SENDER, "not json", "wrong: not JSON"),
    (SENDER, "[]", "wrong: not a JSON object"),
    (SENDER, '{"basic": [], "passwords": ["p"]}', "wrong: passwords: unknown"),
    (SENDER, '{"basic": [{"username": "acme", "password": ""}]}', "wrong: basic.0.password: not at least 8"),
    (SENDER, '{"basic": [{"username": "a:b", "password": "password"}]}', "wrong: basic.0.username: empty, or with"),
    (SENDER, json.dumps(UNSENDABLE), "warning: header: a secret is not printable ASCII"),
    (BY_HEADER, '{"authorization": [""]}', "wrong: authorization.0: "),
    (BY_HEADER, '{"authorization": ["n\u00e9cessaire"]}', "warning: authorization: a secret is not printable ASCII"),
    (BY_HEADER, '{"authorization": ["Bearer the-token"], "source_ips": []}', "wrong: source_ips: an empty list"),
    (BY_HEADER, '{"oauth2": "text"}', "wrong: oauth2: not an object"),
    (BY_HEADER, NONE, "warning: authentication is none: anyone who knows the URL is let in"),
    (BY_HEADER, '{"authentication": "none", "authorization": ["Bearer the-token"]}', "wrong: "),
    (BY_PATH, '{"hmac": ["a-secret"]}', "wrong: no secret that this provider can authenticate by (path_secret)"),
    (BY_KEY, None, NO_SUCH),
    (BY_KEY, '{"public_key": ["too-short"]}', "wrong: public_key.0: not at least 32 characters"),
]
IN_THE_CLEAR = [(SENDER, SOUND, READABLE), (SENDER, "not json", "wrong: not JSON"), (BY_HEADER, NONE, READABLE)]


@pytest.mark.parametrize(
    ("type_", "sender", "value", "told"),
    [*(("SecureString", *each) for each in REMEDIES), *(("String", *each) for each in IN_THE_CLEAR)],
)
def test_a_mistake_in_the_parameter_is_found_and_what_is_advised_mends_it(
    office: Desk, monkeypatch: pytest.MonkeyPatch, type_: Any, sender: Sender, value: str | None, told: str
) -> None:
    monkeypatch.setitem(senders(), "acme", sender)
    if value:
        office.aws.ssm.put_parameter(Name=NAME, Value=value, Type=type_)
    [checked] = office.json("secrets", "check", "acme", status=1)
    remedy = checked["remedy"]
    shown = office.run("secrets", "check", "acme").stdout
    assert f"to do: {remedy}" in shown
    assert f"  {told}" in shown
    assert bool(checked["faults"]) is told.startswith("wrong"), "what works is no fault"

    if f"aws ssm delete-parameter --name {NAME}" in remedy:
        office.aws.ssm.delete_parameter(Name=NAME)
    else:
        assert type_ == "SecureString", "AWS lets no parameter change its type"
    advised = re.findall(r"gateway (secrets [\w -]+)", remedy)
    assert advised
    for command in advised:
        typed = f"{'k' * 32}\n" * 2 if "--prompt" in command else "y\n"
        assert office.run(*command.split(), typed=typed).exit_code == 0

    assert office.json("secrets", "check", "acme")[0]["remedy"] == ""
    assert office.aws.ssm.get_parameter(Name=NAME)["Parameter"]["Type"] == "SecureString"
