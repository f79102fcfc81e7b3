"""Paths as they were walked: each once, for all who look at what it let out or called."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pytest

from inbound_sms.observability import logger
from tests.support.calls import Call
from tests.support.canary_values import Marks
from tests.support.captured_output import Overheard, overhear
from tests.support.deployed import Deployed
from tests.support.paths import Path
from tests.support.world import world


@dataclass(frozen=True)
class Walked:
    """What a path let out, the marks that it was walked with, and the calls that each function made."""

    heard: Overheard
    marks: Marks
    calls: Mapping[str, set[Call]]


def walk(path: Path) -> Walked:
    """Walk a path in a world of its own; everything is logged, as with LogLevel DEBUG in template.yaml."""
    marks, level = Marks(), logger.log_level
    logger.setLevel("DEBUG")
    try:
        with pytest.MonkeyPatch.context() as patch, world() as aws, overhear() as heard:
            deployed = Deployed(aws, patch, heard)
            path.walk(deployed, marks)
    finally:
        logger.setLevel(level)
    return Walked(heard, marks, deployed.calls)


@cache
def walked(path: Path) -> Walked:
    """Walk a path, unless somebody did before."""
    return walk(path)
