"""The workflows of GitHub Actions: they run what everybody runs, with actions that nobody can exchange."""

import re

import pytest
import yaml

from gateway.operations.gradual import KINDS
from tests.support.providers import ROOT
from tests.support.template import template

WORKFLOWS = {path.name: yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").glob("*.yml")}
PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_to_commits_and_permissions_are_few(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    for job in WORKFLOWS[name]["jobs"].values():
        steps = job.get("steps", [])
        assert job.get("timeout-minutes") or job["uses"].startswith("./")
        assert all(PINNED.fullmatch(step["uses"]) for step in steps if "uses" in step)
        for step in steps:
            assert "${{" not in step.get("run", ""), "an expression in a script is a way in: pass it by the environment"


def test_ci_runs_what_everybody_runs_on_every_python_there_is_and_nothing_unchecked_is_deployed() -> None:
    check, deploy = WORKFLOWS["ci.yml"]["jobs"]["check"], WORKFLOWS["deploy.yml"]["jobs"]
    runtimes = template()["Parameters"]["Runtime"]["AllowedValues"]
    asked = WORKFLOWS["deploy.yml"][True]["workflow_dispatch"]["inputs"]["gradually"]  # YAML 1.1 reads `on` as true

    assert [step["run"] for step in check["steps"] if "run" in step] == [".ci/run"]
    assert check["strategy"]["matrix"]["python"] == [name.removeprefix("python") for name in runtimes]
    assert deploy["check"]["uses"] == "./.github/workflows/ci.yml"
    assert deploy["deploy"]["needs"] == "check"
    assert deploy["deploy"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert (asked["default"], asked["options"]) == ("no", ["no", *KINDS])
