"""What is fuzzed: every function that reads what strangers send, each with inputs to begin with."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.simulator import senders
from tests.support.providers import ROOT


@dataclass(frozen=True)
class Target:
    """A function over bytes. It returns what became of them in a word; any exception is a finding.

    `reaches` are the outcomes that the seeds have to lead to, or the target would look at nothing but one branch.
    """

    name: str
    run: Callable[[bytes], str]
    seeds: tuple[bytes, ...]
    reaches: frozenset[str] = frozenset()


OWNERS = ("core", "acme", *senders())


@cache
def targets() -> dict[str, Target]:
    """Return every target by name: those of the core, two of each provider, and what functions/*/fuzz_*.py define.

    A new provider needs no listing.
    """
    core = [importlib.import_module(f"verification.fuzz.{name}") for name in ("readers", "functions")]
    return {target.name: target for module in (*core, *provider_modules()) for target in module.targets()}


def targets_of(owner: str) -> list[Target]:
    """Return the targets of a provider, by the first word of their names, or of the core."""
    names = [(name, name.partition(" ")[0]) for name in targets()]
    return [targets()[name] for name, first in names if owner == (first if first in OWNERS else "core")]


def provider_modules() -> list[Any]:
    """Return the modules by which providers have more of their own fuzzed: functions/*/fuzz_*.py."""
    paths = sorted(ROOT.glob("functions/*/fuzz_*.py"))
    return [importlib.import_module(f"functions.{path.parent.name}.{path.stem}") for path in paths]


def split(data: bytes) -> tuple[str, bytes]:
    """Return the content type and the body of an input: its first line, and the rest."""
    content_type, _, body = data.partition(b"\n")
    return text_of(content_type), body


def text_of(data: bytes) -> str:
    """Return a text of any bytes; lone surrogates are possible, as in what API Gateway and SQS hand over."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")
