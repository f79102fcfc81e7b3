"""What can't be done is told in one line, in JSON where JSON was asked for, and nothing is changed.

The exit status is 2 for what was typed wrong, 1 for other errors.
"""

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError, NoRegionError

from gateway.operations import installation
from gateway.simulator import senders
from gateway.simulator.sender import MediaLinks
from tests.support.acme.sender import SENDER
from tests.support.boto import REGION
from tests.support.installed import NAME, PREFIXES, STAGE, Desk, typing
from tests.support.providers import those
from tests.support.signing import SECRET, parameter

QUEUE = f"arn:aws:sqs:{REGION}:123456789012"
NO_HEADER = "a header carries printable ASCII, and no space around it"
SILENT = those(lambda entry: entry.sender.media is None)[0].provider.name  # sends no media
NOT_ASCII = "This secret is not printable ASCII"

# By command: what follows it, and what is told. What stands behind <<< is typed, or piped, into it.
WRONG: dict[str, dict[str, str]] = {
    "urls": {"--typo": "No such option: --typo"},
    "secrets": {
        "set": "Missing argument",
        "set nobody": f"doesn't receive from nobody; it does from {', '.join(sorted(PREFIXES))}",
        "check nobody": "doesn't receive from nobody",
        "set acme --kind magic": "acme doesn't authenticate by magic, but by basic or authorization",
        "set acme --stdin --prompt": "--prompt or --stdin, not both",
        "set acme --name a:b": "basic.0.username: empty, or with a colon in it",
        "set acme --kind path_secret --stdin <<< short": "path_secret.0: not at least 16 characters",
        "set acme --kind authorization --stdin <<< hidden\x1bcontrol": NOT_ASCII,
        "set acme --kind header --stdin <<< n\u00e9cessaire": NOT_ASCII,
        "require acme basic+magic": "require.0.1: not basic, authorization",
        "addresses acme everywhere": "source_ips.0: not an IPv4 or IPv6 network",
        "media acme --stdin <<< 12345678": "HTTP Basic needs a user: --name",
        f"media {SILENT} --stdin <<< 12345678": f"No download from {SILENT} takes credentials",
    },
    "send": {
        "nobody": "doesn't receive from nobody",
        "acme --event click": "acme sends no click, but message, message-get, report",
        "acme --event report --text hi": "can't carry this: it has no text",
        "acme --event report --parts 2": "can't carry this: it does not come in parts",
        "acme --text x --file pyproject.toml": "--file is sent as it is",
        "acme --count 2 --file pyproject.toml": "--file is sent as it is",
        "acme --content-type 'text/plain; charset=h\xe9'": NO_HEADER,
        "acme --content-type 'text/plain\r\nX-Other: 1'": NO_HEADER,
        "acme --content-type ' text/plain'": NO_HEADER,
        "acme --content-type ''": NO_HEADER,
    },
    "quarantine": {
        "list --provider nobody": "doesn't receive from nobody",
        "list --since tomorrow": "tomorrow is neither a time",
    },
    "dlq": {"list --queue media": "This gateway has no queue media, but events"},
    "tail": {"--provider nobody": "doesn't receive from nobody", "--type nothing": "nothing"},
    "verify": {"nobody": "doesn't receive from nobody"},
    "subscribe": {
        "sales": "is no ARN of a queue",
        f"{QUEUE}:sales --filter pyproject.toml": "is not a filter policy",
    },
    "backfill": {
        "acme": "--since",
        "acme --since soon": "soon is neither a time",
        "acme --since 7d": "older than 7 days (ClaimRetentionDays, less an hour)",
        "acme --since 1h --until 2h": "--since is not before --until",
        "nobody --since 1h": "doesn't receive from nobody",
        "acme --since 1h": "acme has no API that lists what came in",
    },
}
IMPOSSIBLE = {
    "secrets set acme --stdin": "Nothing came on the standard input",
    "secrets media acme --name a:b --stdin <<< 12345678": "The gateway would refuse this",
    "secrets media acme --name SK1 --stdin <<< short": "The gateway would refuse this",
    "secrets rotate acme": "holds no secret (basic) to rotate",
    "send acme": "there is no such parameter",
    f"subscribe {QUEUE}:gone": "There is no queue gone",
    f"subscribe {QUEUE}:keyed": "which SNS may not use: take SQS's own keys",
    f"subscribe arn:aws:sqs:{REGION}:210987654321:theirs": "SubscriberAccounts",
    "dlq show no-such-id": "No message no-such-id was found: it is gone, being processed, or behind too many others",
    "quarantine show acme/nothing": "There is nothing under acme/nothing in the quarantine",
}
UNSENDABLE: list[tuple[dict[str, Any], str]] = [
    ({}, "no secret that"),
    (parameter(SENDER, "public_key", [SECRET]), "Only Acme itself can sign by the private keys"),
    ({"authorization": ["n\u00e9cessaire"]}, "a secret is not printable ASCII"),
    ({"header": [{"name": "X-Token", "value": "n\u00e9cessaire"}]}, "a secret is not printable ASCII"),
]


def refused(office: Desk, line: str, status: int) -> str:
    """Return what is told of a command line that ends with this exit status."""
    command, _, typed = line.partition(" <<< ")
    before = kept(office)
    plain, in_json = (office.run(*shlex.split(command), *more, typed=f"{typed}\n") for more in ((), ("--json",)))

    assert (line, plain.exit_code, plain.stdout) == (line, status, "")
    assert (line, in_json.exit_code, in_json.stdout) == (line, status, "")
    assert kept(office) == before
    [(name, told)] = json.loads(in_json.stderr).items()
    assert (name, in_json.stderr.count("\n")) == ("error", 1)
    assert plain.stderr == f"{told}\n" or "Usage: " in plain.stderr  # by the parser itself
    return str(told)


def kept(office: Desk) -> tuple[Any, ...]:
    """Return all that a command might have made or changed."""
    parameters = office.aws.ssm.describe_parameters()["Parameters"]
    return parameters, office.aws.sqs.list_queues()["QueueUrls"], office.aws.sns.list_subscriptions()["Subscriptions"]


@pytest.fixture(autouse=True)
def _media(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have downloads of Acme's media take credentials."""
    monkeypatch.setitem(senders(), "acme", replace(SENDER, media=MediaLinks(("x.test",), credentials="basic")))


@pytest.mark.parametrize("command", WRONG)
def test_what_was_typed_wrong(office: Desk, command: str) -> None:
    for words, told in WRONG[command].items():
        assert told in refused(office, f"{command} {words}", 2)


def test_what_is_impossible(office: Desk) -> None:
    office.aws.sqs.create_queue(QueueName="keyed", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})
    for line, told in IMPOSSIBLE.items():
        assert told in refused(office, line, 1)


def test_what_nothing_can_be_sent_by(office: Desk) -> None:
    for document, told in UNSENDABLE:
        office.aws.put_secrets(f"/inbound-sms/{STAGE}/acme", document)
        assert told in refused(office, "send acme", 1)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NoCredentialsError(), "No AWS credentials: set AWS_PROFILE, or --profile"),
        (NoRegionError(), "No AWS region: set AWS_REGION, or --region"),
    ],
)
def test_what_is_missing_for_aws_is_said_and_how_to_set_it(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def described(*_: object) -> None:
        raise error

    monkeypatch.setattr(installation, "described", described)
    for more, shown in ((), f"{told}\n"), (("--json",), f"{json.dumps({'error': told})}\n"):
        ended = typing(["urls", "--stack", NAME, "--region", REGION, *more])
        assert (ended.exit_code, ended.stdout, ended.stderr) == (1, "", shown)
