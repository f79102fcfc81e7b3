"""Every path through every function, run with canary values for texts, numbers and secrets.

A path runs a function as template.yaml deploys it, and checks that it ended where it was meant to. Whoever walks it
looks at what the function let out, or at what it called.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Self

from gateway.simulator.registry import folders
from inbound_sms.observability import logger
from tests.support.calls import Permission
from tests.support.canary_values import CanaryValues
from tests.support.captured_output import CapturedOutput
from tests.support.deployed import Context, Deployed, deployed
from tests.support.queued import sqs_record
from tests.support.template import functions


class Caller:
    """Who calls a function of the stack, with marked values."""

    called: str  # as template.yaml names the function

    def __init__(self, stack: Deployed, canaries: CanaryValues) -> None:
        self.deployed = stack
        self.canaries = canaries

    def start(self, **how: Any) -> Self:
        """Start the function anew."""
        self.function = self.deployed.start(self.called, **how)
        return self

    def take(self, *bodies: str, failed: int = 0, context: Context | None = None) -> None:
        """Give the function these messages of a queue; check how many have to come back."""
        records = [sqs_record(f"sqs-{n}", body) for n, body in enumerate(bodies)]
        answer = self.function({"Records": records}, context)
        assert not isinstance(answer, Exception), repr(answer)
        assert len(answer["batchItemFailures"]) == failed


@dataclass(frozen=True)
class Path:
    """One way through a function, which is named as in template.yaml: who calls it, and what they do."""

    function: str
    caller: Callable[[Deployed, CanaryValues], Any]
    walk: Callable[[Any], None]

    @property
    def name(self) -> str:
        return self.walk.__name__.replace("_", " ")

    def __str__(self) -> str:
        return f"{self.function}: {self.name}"


@dataclass(frozen=True)
class ScenarioRun:
    """What a path let out, the canary values that it was run with, and the calls that each function made."""

    heard: CapturedOutput
    canaries: CanaryValues
    calls: Mapping[str, set[Permission]]


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
            path.walk(path.caller(stack, canaries))
    finally:
        logger.setLevel(level)
    return ScenarioRun(stack.heard, canaries, stack.calls)


scenario_run = cache(run_path)  # each once, for all who look at what it let out or called
