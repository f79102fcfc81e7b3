"""What is fuzzed: every function that reads what strangers send, each with inputs to begin with."""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass

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


def targets() -> dict[str, Target]:
    """Return every target by name: those of the core, two of each provider, and what functions/*/fuzz_*.py define.

    A new provider needs no listing.
    """
    modules = ["verification.fuzz.readers", "verification.fuzz.functions"]
    modules += [path.stem for path in sorted(ROOT.glob("functions/*/fuzz_*.py"))]
    sys.path[:0] = [
        folder for path in ROOT.glob("functions/*/fuzz_*.py") if (folder := str(path.parent)) not in sys.path
    ]
    return {target.name: target for name in modules for target in importlib.import_module(name).targets()}


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
