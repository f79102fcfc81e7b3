"""The wheel is built and installed by pip into an empty environment, and operates a stack from there."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from gateway import __version__
from gateway.simulator import senders
from tests.support.loopback import answer, loopback
from tests.support.providers import ROOT

API = "https://api.example.com"
STACK = f"""<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
<StackName>inbound-sms-prod</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>
<StackStatus>CREATE_COMPLETE</StackStatus>
<Parameters><member><ParameterKey>Stage</ParameterKey><ParameterValue>prod</ParameterValue></member></Parameters>
<Outputs>
<member><OutputKey>QuarantineBucketName</OutputKey><OutputValue>quarantine</OutputValue></member>
<member><OutputKey>AcmeWebhookUrl</OutputKey><OutputValue>{API}/acme</OutputValue></member>
</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>""".encode()

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("wheel")
    hatch = [ROOT / ".venv-wheel/bin/python", "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(hatch, cwd=ROOT, check=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    pip = [folder / "venv/bin/python", "-m", "pip", "--disable-pip-version-check", "-q", "install"]
    subprocess.run([*pip, *folder.glob("*.whl")], check=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AWS_"))}

    def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [folder / "venv/bin/gateway", *words],
            cwd=folder, env=own | environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    return run


def test_it_knows_its_version_and_every_provider(installed: Run) -> None:
    assert installed("--version").stdout == f"{__version__}\n"
    assert installed("quarantine", "list", "--help").returncode == 0
    assert [each["name"] for each in json.loads(installed("providers", "list", "--json").stdout)] == list(senders())


def test_it_operates_a_deployed_stack(installed: Run) -> None:
    with loopback(last=answer(STACK)) as server:
        credentials = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": server.url}
        shown = installed("urls", "--stack", "inbound-sms-prod", "--region", "eu-west-1", **credentials)
    assert shown.stdout.splitlines()[0] == f"acme  {API}/acme", shown.stderr


@pytest.mark.parametrize("words", ["up", "build", "providers new acme", "urls"])
def test_what_needs_more_says_so_in_one_line(installed: Run, words: str) -> None:
    ended = installed(*words.split())
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert "a copy of the repository" in ended.stderr or "--stack NAME" in ended.stderr
