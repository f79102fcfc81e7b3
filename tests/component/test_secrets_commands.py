"""`gateway secrets`: what is typed is in Parameter Store, and the functions act upon it."""

import json
import re
from typing import Any

import pytest

from gateway.operations.secret_documents import KINDS
from tests.support.installed import STAGE, Desk
from tests.support.providers import registered
from tests.support.signing import basic

ENTRIES = {entry.provider.name: entry for entry in registered()}
SECRET = "a-secret-that-nobody-may-see"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def status_with(office: Desk, authorization: str) -> int:
    """Gives how Sinch's function answers a message that is signed like this, by what the parameter holds now."""
    entry = ENTRIES["sinch"]
    receiver = office.aws.receiver(entry, office.secrets("sinch"))
    event = entry.event()
    event["headers"]["authorization"] = authorization
    status: int = receiver.handle(event)["statusCode"]
    return status


def test_a_rotation_refuses_nobody_between_its_two_steps(office: Desk) -> None:
    old = office.json("secrets", "set", "sinch", "--show")["secret"]
    assert status_with(office, basic("sinch", old)) == 200

    new = office.json("secrets", "rotate", "sinch", "--show")["secret"]
    assert old != new
    assert [status_with(office, basic("sinch", each)) for each in (old, new, "wrong")] == [200, 200, 401]
    assert office.json("secrets", "check", "sinch")[0]["rotating"] == ["basic"]
    assert "old and new (basic) are both in force" in office.run("secrets", "check", "sinch").stdout

    assert office.json("secrets", "retire", "sinch", "--yes") == {
        "parameter": f"/inbound-sms/{STAGE}/sinch",
        "kind": "basic",
        "retired": 1,
    }
    assert [status_with(office, basic("sinch", each)) for each in (old, new)] == [401, 200]
    assert office.json("secrets", "retire", "sinch", "--yes")["retired"] == 0
    assert office.json("secrets", "check", "sinch")[0]["rotating"] == []


@pytest.mark.parametrize(("provider", "kind"), [(name, kind) for name, kinds in KINDS.items() for kind in kinds])
def test_every_kind_can_be_set_rotated_and_retired(office: Desk, provider: str, kind: str) -> None:
    for words in (("set",), ("rotate",), ("retire", "--yes")):
        ended = office.run("secrets", *words, provider, "--kind", kind)
        assert ended.exit_code == 0, ended.output
        assert office.json("secrets", "check", provider)[0]["faults"] == []
    assert office.json("secrets", "check", provider)[0]["in_force"] == {kind: 1}
    assert ENTRIES[provider].provider.name == provider


def test_no_secret_is_printed_unless_asked_for(office: Desk) -> None:
    said = [
        office.run("secrets", "set", "sinch", "--stdin", typed=f"{SECRET}\n"),
        office.run("secrets", "rotate", "sinch", "--prompt", typed=f"{SECRET}-2\n{SECRET}-2\n"),
        office.run("secrets", "check"),
        office.run("secrets", "check", "--json"),
        office.run("secrets", "retire", "sinch", typed="n\n"),
        office.run("secrets", "retire", "sinch", typed="y\n"),
    ]

    assert [each.exit_code for each in said] == [0, 0, 1, 1, 1, 0]
    assert not [each.output for each in said if SECRET in each.output]
    assert office.secrets("sinch") == {"basic": [{"username": "sinch", "password": f"{SECRET}-2"}]}
    assert f"{SECRET}-2" in office.run("secrets", "check", "sinch", "--show").stdout


def test_the_parameter_is_encrypted(office: Desk) -> None:
    office.run("secrets", "set", "8x8")
    assert office.aws.ssm.get_parameter(Name=f"/inbound-sms/{STAGE}/8x8")["Parameter"]["Type"] == "SecureString"


@pytest.mark.parametrize(("ours", "kept_under"), [("", "alias/aws/ssm"), (KEY, KEY)], ids=["AWS's key", "our key"])
def test_the_parameter_is_kept_under_the_key_of_the_stack(office: Desk, ours: str, kept_under: str) -> None:
    office.parameters["KmsKeyArn"] = ours
    for words in (("set",), ("rotate",), ("retire", "--yes")):
        assert office.run("secrets", *words, "8x8").exit_code == 0
        [described] = office.aws.ssm.describe_parameters()["Parameters"]
        assert described["KeyId"] == kept_under


def test_set_takes_no_secret_out_unless_told_to(office: Desk) -> None:
    office.run("secrets", "set", "sinch", "--stdin", typed="first\n")

    refused = office.run("secrets", "set", "sinch", "--stdin", typed="second\n")
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert office.secrets("sinch")["basic"][0]["password"] == "first"

    office.run("secrets", "set", "sinch", "--stdin", "--replace", typed="second\n")
    assert office.secrets("sinch")["basic"] == [{"username": "sinch", "password": "second"}]


def test_what_stands_beside_a_secret_stays(office: Desk) -> None:
    beside: dict[str, Any] = {"hmac": ["signs"], "require": ["hmac+basic"], "source_ips": ["192.0.2.1"]}
    before = {"basic": [{"username": "ours", "password": "old"}], **beside}
    office.aws.put_secrets(f"/inbound-sms/{STAGE}/sinch", before)

    office.run("secrets", "rotate", "sinch", "--stdin", typed="new\n")
    now = office.secrets("sinch")

    assert {name: now[name] for name in beside} == beside
    assert now["basic"] == [{"username": "ours", "password": "new"}, {"username": "ours", "password": "old"}]


@pytest.mark.parametrize(
    ("words", "typed", "says"),
    [
        (("set", "twilio"), None, "doesn't receive from twilio; it does from 8x8, agile-telecom, sinch, url-networks"),
        (("set", "8x8", "--kind", "basic"), None, "8x8 doesn't sign in by basic, but by authorization or oauth2"),
        (("set", "url-networks", "--stdin"), "short\n", "path_secret.0: not at least 16"),
        (("set", "sinch", "--stdin"), "\n", "Nothing came on the standard input"),
        (("set", "sinch", "--stdin", "--prompt"), None, "not both"),
        (("set", "sinch", "--name", "a:b"), None, "basic.0: not a username (without colon)"),
        (("rotate", "sinch"), None, "holds no secret (basic) to rotate"),
        (("set", "8x8", "--stdin"), "Bearer h\u00e9\n", "This secret is not printable ASCII"),
        (("set", "8x8", "--stdin"), "Bearer \x1b\n", "This secret is not printable ASCII"),
        (("set", "sinch", "--kind", "header", "--stdin"), "h\u00e9\n", "This secret is not printable ASCII"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line_and_writes_nothing(
    office: Desk, words: tuple[str, ...], typed: str | None, says: str
) -> None:
    ended = office.run("secrets", *words, typed=typed)

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert says in ended.stderr
    assert office.aws.ssm.describe_parameters()["Parameters"] == []


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (None, "there is no such parameter"),
        ("not json", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"hmac": ["x"]}', "no secret that this provider can sign in by"),
    ],
)
def test_a_mistake_in_the_parameter_is_found(office: Desk, value: str | None, fault: str) -> None:
    if value:
        office.aws.ssm.put_parameter(Name=f"/inbound-sms/{STAGE}/url-networks", Value=value, Type="SecureString")

    [checked] = office.json("secrets", "check", "url-networks", status=1)

    assert fault in checked["faults"][0]
    assert f"wrong: {checked['faults'][0]}" in office.run("secrets", "check", "url-networks").stdout


NOT_ASCII = {"name": "x-token", "value": "h\u00e9"}
SOUND = {name: json.dumps(entry.secrets) for name, entry in ENTRIES.items()}
REMEDIES: list[tuple[str, str | None, str]] = [
    ("sinch", None, "SecureString"),
    ("sinch", "not json", "SecureString"),
    ("sinch", "[]", "SecureString"),
    ("sinch", '{"basic": [], "passwords": ["p"]}', "SecureString"),
    ("sinch", '{"basic": [{"username": "sinch", "password": ""}]}', "SecureString"),
    ("sinch", '{"basic": [{"username": "a:b", "password": "p"}]}', "SecureString"),
    ("sinch", json.dumps({"basic": [{"username": "u", "password": "p"}], "header": [NOT_ASCII]}), "SecureString"),
    ("sinch", SOUND["sinch"], "String"),
    ("sinch", "not json", "String"),
    ("8x8", '{"authorization": [""]}', "SecureString"),
    ("8x8", '{"authorization": ["Bearer \u2713"]}', "SecureString"),
    ("8x8", '{"authorization": ["Bearer x"], "source_ips": []}', "SecureString"),
    ("8x8", '{"oauth2": "text"}', "SecureString"),
    ("8x8", '{"authentication": "none"}', "SecureString"),
    ("8x8", '{"authentication": "none", "authorization": ["Bearer x"]}', "SecureString"),
    ("8x8", '{"authentication": "none"}', "String"),
    ("url-networks", '{"hmac": ["x"]}', "SecureString"),
]


@pytest.mark.parametrize(("provider", "value", "kept_as"), REMEDIES)
def test_what_is_advised_mends_it(office: Desk, provider: str, value: str | None, kept_as: Any) -> None:
    name = f"/inbound-sms/{STAGE}/{provider}"
    if value:
        office.aws.ssm.put_parameter(Name=name, Value=value, Type=kept_as)
    [checked] = office.json("secrets", "check", provider, status=1)
    remedy = checked["remedy"]
    assert f"to do: {remedy}" in office.run("secrets", "check", provider).stdout

    if f"aws ssm delete-parameter --name {name}" in remedy:
        office.aws.ssm.delete_parameter(Name=name)
    advised = re.findall(r"gateway (secrets [\w -]+)", remedy)
    assert advised
    for command in advised:
        assert office.run(*command.split(), typed="y\n").exit_code == 0

    assert office.json("secrets", "check", provider)[0]["remedy"] == ""
    assert office.aws.ssm.get_parameter(Name=name)["Parameter"]["Type"] == "SecureString"


@pytest.mark.parametrize(
    ("value", "kept_as", "warning"),
    [
        (SOUND["8x8"], "String", "a String: it can be read without kms:Decrypt"),
        ('{"authentication": "none"}', "SecureString", "authentication is none: anyone who knows the URL is let in"),
        ('{"authorization": ["h\u00e9"]}', "SecureString", "authorization: a secret is not printable ASCII"),
    ],
)
def test_what_works_and_should_not_stay_is_a_warning_and_no_fault(
    office: Desk, value: str, kept_as: Any, warning: str
) -> None:
    office.aws.ssm.put_parameter(Name=f"/inbound-sms/{STAGE}/8x8", Value=value, Type=kept_as)

    [checked] = office.json("secrets", "check", "8x8", status=1)

    assert checked["faults"] == []
    assert checked["warnings"][0].startswith(warning)
    assert f"warning: {warning}" in office.run("secrets", "check", "8x8").stdout


def test_no_authentication_needs_nothing_where_addresses_are_listed(office: Desk) -> None:
    office.aws.put_secrets(f"/inbound-sms/{STAGE}/8x8", {"authentication": "none", "source_ips": ["192.0.2.1"]})

    [checked] = office.json("secrets", "check", "8x8")

    assert checked["warnings"] == []


def test_a_secret_takes_the_place_of_none_only_when_told_to(office: Desk) -> None:
    document = {"authentication": "none", "source_ips": ["192.0.2.1"]}
    office.aws.put_secrets(f"/inbound-sms/{STAGE}/8x8", document)

    refused = office.run("secrets", "set", "8x8", "--stdin", typed="Bearer x\n")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "--replace" in refused.stderr
    assert office.secrets("8x8") == document

    assert office.run("secrets", "set", "8x8", "--stdin", "--replace", typed="Bearer x\n").exit_code == 0
    assert office.secrets("8x8") == {"authorization": ["Bearer x"], "source_ips": ["192.0.2.1"]}
