"""Paths as they were run: each once, for all who look at what it let out or called."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pytest

from inbound_sms.observability import logger
from tests.support.calls import Call
from tests.support.canary_values import CanaryValues
from tests.support.captured_output import CapturedOutput, captured
from tests.support.deployed import Deployed
from tests.support.paths import Path
from tests.support.world import world


@dataclass(frozen=True)
class ScenarioRun:
    """What a path let out, the canary values that it was run with, and the calls that each function made."""

    heard: CapturedOutput
    canaries: CanaryValues
    calls: Mapping[str, set[Call]]


def run_path(path: Path) -> ScenarioRun:
    """Run a path in a world of its own; everything is logged, as with LogLevel DEBUG in template.yaml."""
    canaries, level = CanaryValues(), logger.log_level
    logger.setLevel("DEBUG")
    try:
        with pytest.MonkeyPatch.context() as patch, world() as aws, captured() as heard:
            deployed = Deployed(aws, patch, heard)
            path.walk(deployed, canaries)
    finally:
        logger.setLevel(level)
    return ScenarioRun(heard, canaries, deployed.calls)


@cache
def scenario_run(path: Path) -> ScenarioRun:
    """Run a path, unless somebody did before."""
    return run_path(path)
