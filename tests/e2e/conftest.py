"""What the tests on a running stack share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.installed import typing
from tests.support.outside import Outside


@pytest.fixture
def work(outside: Outside, tmp_path: Path) -> Path:
    """Return a folder in which the stack is announced, far from the project's own."""
    outside.stack.write(tmp_path / "stack.json")
    return tmp_path


@pytest.fixture
def gateway(work: Path) -> Callable[..., Any]:
    """Type a command, give what it prints in JSON. In this process, as another would load everything anew."""

    def run(*words: str, status: int | None = 0) -> Any:
        ended = typing([*words, f"--work={work}", "--json"])
        assert status in {None, ended.exit_code}, ended.output
        return json.loads(ended.stdout)

    return run
