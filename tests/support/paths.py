"""Every path through every function, run with canary values for texts, numbers and secrets.

A path runs a function as template.yaml deploys it, and checks that it ended where it was meant to. Whoever walks it
looks at what the function let out, or at what it called.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from typing import TypeVar

from gateway.simulator.registry import folders
from inbound_sms.observability import logger
from tests.support.calls import Call
from tests.support.canary_values import CanaryValues
from tests.support.captured_output import CapturedOutput
from tests.support.deployed import Deployed, deployed
from tests.support.template import functions

Caller = TypeVar("Caller")


@dataclass(frozen=True)
class Path:
    """One way through a function, which is named as in template.yaml."""

    function: str
    name: str
    walk: Callable[[Deployed, CanaryValues], None]

    def __str__(self) -> str:
        return f"{self.function}: {self.name}"


@dataclass(frozen=True)
class ScenarioRun:
    """What a path let out, the canary values that it was run with, and the calls that each function made."""

    heard: CapturedOutput
    canaries: CanaryValues
    calls: Mapping[str, set[Call]]


def paths_of(
    function: str,
    caller: Callable[[Deployed, CanaryValues], Caller],
    walks: Mapping[str, Callable[[Caller], None]],
) -> Iterator[Path]:
    """Return the paths of a function, each of which is walked by whoever calls the function."""

    def walked(walk: Callable[[Caller], None], stack: Deployed, canaries: CanaryValues) -> None:
        walk(caller(stack, canaries))

    return (Path(function, name, partial(walked, walk)) for name, walk in walks.items())


@cache
def all_paths() -> tuple[Path, ...]:
    """Return them all; those of the providers are made for whatever is in functions/. Further functions of a provider's
    have theirs in its folder, in paths.py.
    """
    from tests.support import paths_fanout, paths_media, paths_token, paths_webhook  # noqa: PLC0415 - they need Path

    own = [import_module(f"functions.{each.name}.paths") for each in folders() if (each / "paths.py").is_file()]
    modules = (paths_webhook, *own, paths_token, paths_fanout, paths_media)
    return tuple(path for module in modules for path in module.paths())


def run_path(path: Path) -> ScenarioRun:
    """Run a path in a world of its own; everything is logged, as with LogLevel DEBUG in template.yaml."""
    canaries, level = CanaryValues(), logger.log_level
    logger.setLevel("DEBUG")
    try:
        with deployed(in_moto="CLAIMS_TABLE" in functions()[path.function]["Environment"]) as stack:
            path.walk(stack, canaries)
    finally:
        logger.setLevel(level)
    return ScenarioRun(stack.heard, canaries, stack.calls)


scenario_run = cache(run_path)  # each once, for all who look at what it let out or called
