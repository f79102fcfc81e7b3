"""What was typed wrong ends with exit status 2 and one line, in JSON where JSON was asked for; other errors with 1."""

import json

import pytest
from botocore.exceptions import NoCredentialsError, NoRegionError

from gateway.operations import installation
from tests.support.boto import REGION
from tests.support.installed import NAME, Desk, typing

WRONG = [
    "urls --typo",
    "secrets set",
    "secrets check nobody",
    "secrets set acme --kind magic",
    "secrets set acme --stdin --prompt",
    "secrets require acme basic+magic",
    "send nobody",
    "send acme --event nothing",
    "send acme --text x --file pyproject.toml",
    "quarantine list --provider nobody",
    "quarantine list --since tomorrow",
    "dlq list --queue nothing",
    "tail --provider nobody",
    "tail --type nothing",
    "verify nobody",
    "subscribe sales",
    "subscribe arn:aws:sqs:eu-west-1:123456789012:sales --filter pyproject.toml",
]


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_told_in_one_line_and_ends_with_2(words: str, office: Desk) -> None:
    plain, in_json = office.run(*words.split()), office.run(*words.split(), "--json")

    assert (plain.exit_code, plain.stdout, in_json.exit_code, in_json.stdout) == (2, "", 2, "")
    assert list(json.loads(in_json.stderr)) == ["error"]
    assert in_json.stderr.count("\n") == 1


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
