"""The Makefile: which commands a target comes to."""

import shutil
from pathlib import Path

import pytest

from tests.support.makefiles import make
from tests.support.providers import ROOT

# Stands for every Python: makes an environment as venv does, and notes what else it is asked to run.
PYTHON = """#!/bin/sh
case "$*" in
-c*) exit 0 ;;
*"-m venv"*) for folder; do :; done; mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python" ;;
*"-m gateway"*) mkdir -p .local/build && echo "$*" ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder in which everything was made already."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / "shared").mkdir()
    shutil.copy(ROOT / "shared" / "requirements.txt", tmp_path / "shared")
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    make("run", f"PYTHON={python}", folder=tmp_path)
    return tmp_path


@pytest.mark.parametrize("flags", [(), ("--jobs=4",)])
def test_clean_ends_before_the_next_goal_begins(project: Path, flags: tuple[str, ...]) -> None:
    said = make(*flags, "clean", "run", f"PYTHON={project / 'python'}", folder=project).splitlines()

    assert [line.split()[2] for line in said if line.startswith("-m gateway")] == ["build", "up"]
    assert said[0].startswith("rm -rf")
    assert sum(line.startswith("Installing") for line in said) == 3


@pytest.mark.parametrize("stage", ["dev", "prod"])
@pytest.mark.parametrize(("environment", "asks"), [({}, True), ({"CI": "true"}, False)], ids=["by hand", "in CI"])
def test_only_a_person_is_asked_to_confirm_a_change_set(stage: str, environment: dict[str, str], asks: bool) -> None:
    """Where there is no terminal to ask at, sam gives up."""
    said = make("--dry-run", "deploy", f"ENV={stage}", folder=ROOT, **environment)
    [deploy] = [line.split() for line in said.splitlines() if "sam deploy" in line]

    assert deploy[1:4] == ["deploy", "--config-env", stage]
    assert ("--no-confirm-changeset" not in deploy) == asks
