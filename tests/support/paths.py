"""Every path through every function, run with canary values for texts, numbers and secrets.

A path runs a function as template.yaml deploys it, and checks that it ended where it was meant to. Whoever walks it
looks at what the function let out, or at what it called.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from gateway.simulator.registry import folders
from tests.support.canary_values import CanaryValues
from tests.support.deployed import Deployed

Walk = Callable[[Deployed, CanaryValues], None]


@dataclass(frozen=True)
class Path:
    """One way through a function, which is named as in template.yaml."""

    function: str
    name: str
    walk: Walk

    def __str__(self) -> str:
        return f"{self.function}: {self.name}"


@cache
def all_paths() -> tuple[Path, ...]:
    """Return them all; those of the providers are made for whatever is in functions/. Further functions of a provider's
    have theirs in its folder, in paths.py.
    """
    from tests.support import paths_fanout, paths_token, paths_webhook  # noqa: PLC0415 - they need Path

    own = [import_module(f"functions.{each.name}.paths") for each in folders() if (each / "paths.py").is_file()]
    modules = (paths_webhook, *own, paths_token, paths_fanout)
    return tuple(path for module in modules for path in module.paths())
