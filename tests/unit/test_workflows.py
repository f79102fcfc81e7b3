"""The workflows of GitHub Actions: they run what everybody runs, with actions that nobody can exchange."""

import re
import subprocess
from typing import Any

import pytest
import yaml

from gateway.operations.gradual import KINDS
from tests.support.providers import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")


def jobs(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())["jobs"]
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_to_commits_and_permissions_are_few(path: Any) -> None:
    workflow = yaml.safe_load(path.read_text())

    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        used = [step["uses"] for step in job.get("steps", []) if "uses" in step]
        assert all(PINNED.fullmatch(action) for action in used)
        assert job.get("timeout-minutes") or job["uses"].startswith("./")
        for step in job.get("steps", []):
            assert "${{" not in step.get("run", ""), "an expression in a script is a way in: pass it by the environment"


def test_ci_runs_what_everybody_runs_on_every_python_there_is_and_nothing_unchecked_is_deployed() -> None:
    check, deploy = jobs("ci.yml")["check"], jobs("deploy.yml")

    assert [step["run"] for step in check["steps"] if "run" in step] == [".ci/run"]
    allowed = re.search(r"AllowedValues: \[(python[^]]+)\]", (ROOT / "template.yaml").read_text())
    assert allowed
    assert check["strategy"]["matrix"]["python"] == allowed[1].replace("python", "").split(", ")
    assert deploy["check"]["uses"] == "./.github/workflows/ci.yml"
    assert deploy["deploy"]["needs"] == "check"
    assert deploy["deploy"]["permissions"] == {"contents": "read", "id-token": "write"}


def test_a_deployment_is_as_gradual_as_one_by_hand() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "deploy.yml").read_text())
    asked = workflow[True]["workflow_dispatch"]["inputs"]["gradually"]  # YAML 1.1 reads `on` as true
    [step] = [step for step in workflow["jobs"]["deploy"]["steps"] if "run" in step]

    assert asked["options"] == ["no", *KINDS]
    assert asked["default"] == "no"
    for chosen, passed in {"no": "", KINDS[1]: KINDS[1]}.items():
        said = step["run"].replace("make deploy", "printf '%s|'")
        told = subprocess.run(
            ["bash", "-c", said], env={"STAGE": "prod", "GRADUALLY": chosen}, capture_output=True, text=True, check=True
        )
        assert told.stdout == f"ENV=prod|GRADUALLY={passed}|"
