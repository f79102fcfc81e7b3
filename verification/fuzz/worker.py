"""One target in a process of its own: as many inputs as asked for, and what it found on standard output.

Inputs come from atheris (libFuzzer: coverage of the Python code, a corpus that grows) with the mutations of JSON and
forms beside its own, or, where it isn't installed, from those mutations alone. A finding doesn't end the run: it is
minimised, saved, and told once for each place that raises. What hangs or eats memory ends it.
"""

import faulthandler
import hashlib
import json
import os
import re
import resource
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NoReturn

from verification.crash_points.replay import quietly
from verification.fuzz.mutate import LONGEST, WORDS, mutated
from verification.fuzz.targets import Target, targets

CPU_SECONDS = 1.0  # for an input of at most 8 kB; most take less than a millisecond
HANGS_SECONDS = 30
MAX_MEGABYTES = 1_024
_MINIMISING_TRIES = 1_000
_TOKEN = re.compile(rb"[A-Za-z][A-Za-z0-9_-]{2,30}")


class TooSlow(AssertionError):
    """An input that took too long."""


class Campaign:
    """Runs inputs, and counts."""

    def __init__(self, target: Target, inputs: int, seconds: float, findings: Path) -> None:
        self._target = target
        self._most = inputs
        self._latest = time.monotonic() + seconds
        self._folder = findings
        self._began = time.monotonic()
        self._slowest = 0.0
        self._places: dict[str, dict[str, str]] = {}
        self.outcomes: Counter[str] = Counter()

    def one(self, data: bytes) -> bool:
        """Runs one input; tells whether it was the last: there were as many as asked for, or the time is over."""
        try:
            self.outcomes[self._timed(data)] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            self.outcomes["finding"] += 1
            self._note(data, error)
        return self.outcomes.total() >= self._most or time.monotonic() > self._latest

    def _timed(self, data: bytes) -> str:
        began = time.process_time()
        outcome = self._target.run(data)
        seconds = time.process_time() - began
        self._slowest = max(self._slowest, seconds)
        if seconds > CPU_SECONDS:
            raise TooSlow(f"{seconds:.1f} s of CPU time for {len(data)} bytes")
        return outcome

    def _note(self, data: bytes, error: Exception) -> None:
        place = place_of(error)
        if place in self._places:
            return
        smallest = minimised(data, lambda smaller: self._raises(smaller, place))
        file = self._folder / hashlib.sha256(smallest).hexdigest()[:12]
        file.write_bytes(smallest)
        self._places[place] = {"place": place, "error": f"{type(error).__name__}: {error}"[:200], "file": str(file)}

    def _raises(self, data: bytes, place: str) -> bool:
        try:
            self._timed(data)
        except Exception as error:  # noqa: BLE001 - compared below
            return place_of(error) == place
        return False

    def report(self) -> dict[str, Any]:
        """Gives the figures, and what was found."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "inputs": self.outcomes.total(),
            "seconds": time.monotonic() - self._began,
            "slowest_ms": self._slowest * 1_000,
            "peak_mb": peak / (1024**2 if sys.platform == "darwin" else 1024),
            "outcomes": self.outcomes,
            "findings": list(self._places.values()),
        }


def place_of(error: BaseException) -> str:
    """Gives what an error is and where it arose: in our own code, where some of it is ours."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename and "/lib/python" not in frame.filename]
    last = (ours or frames)[-1]
    return f"{type(error).__name__} {Path(last.filename).name}:{last.lineno}"


def minimised(data: bytes, is_as_bad: Callable[[bytes], bool]) -> bytes:
    """Gives a shorter input that is as bad: stretches are left out, ever shorter ones."""
    tries, length = 0, max(1, len(data) // 2)
    while length and tries < _MINIMISING_TRIES:
        start = 0
        while start < len(data) and tries < _MINIMISING_TRIES:
            smaller = data[:start] + data[start + length :]
            tries += 1
            if is_as_bad(smaller):
                data = smaller
            else:
                start += length
        length //= 2
    return data


def words_of(target: Target) -> list[bytes]:
    """Gives the tokens of a target's seeds, and what is hostile anywhere."""
    return [*WORDS, *sorted({token for seed in target.seeds for token in _TOKEN.findall(seed)})]


def by_mutations(campaign: Campaign, target: Target, seed: int) -> None:
    """Runs the seeds, then inputs near to them, one to four changes away."""
    random, words = Random(seed), words_of(target)
    is_over = any(campaign.one(data) for data in target.seeds)
    while not is_over:
        data = random.choice(target.seeds)
        for _ in range(random.choice((1, 1, 2, 4))):
            data = mutated(data, random, words)
        faulthandler.dump_traceback_later(HANGS_SECONDS, exit=True)
        is_over = campaign.one(data)


def by_coverage(atheris: Any, campaign: Campaign, target: Target, corpus: Path, options: Sequence[str]) -> None:
    """Runs what libFuzzer comes up with."""
    words = words_of(target)
    corpus.mkdir(parents=True, exist_ok=True)
    for data in target.seeds:
        (corpus / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        return mutated(data, Random(seed), words, lambda body: atheris.Mutate(body, longest))[:longest]

    def one(data: bytes) -> None:
        if campaign.one(data):
            finish(campaign)  # libFuzzer doesn't give back control

    atheris.Setup([sys.argv[0], *options, str(corpus)], one, custom_mutator=mutate)
    atheris.Fuzz()


def finish(campaign: Campaign) -> NoReturn:
    """Tells the figures and ends the process, at once."""
    print(json.dumps(campaign.report()), flush=True)
    os._exit(0)


def main(atheris: Any) -> None:
    """Works, with atheris or (None) without it.

    Arguments: the target's name, how many inputs, how many seconds, the folder of corpus and findings, a seed.
    """
    name, inputs, seconds, folder, seed = sys.argv[1:]
    warnings.simplefilter("ignore")
    target = targets()[name]
    home, stem = Path(folder), name.replace(" ", "-")
    findings = home / "findings" / stem
    findings.mkdir(parents=True, exist_ok=True)
    campaign = Campaign(target, int(inputs), float(seconds), findings)
    with quietly():
        if atheris is None:
            by_mutations(campaign, target, int(seed))
            finish(campaign)
        options = {
            "max_len": LONGEST,
            "timeout": HANGS_SECONDS,
            "rss_limit_mb": MAX_MEGABYTES,
            "artifact_prefix": f"{findings}/",
            "seed": seed,
        }
        by_coverage(atheris, campaign, target, home / "corpus" / stem, [f"-{key}={options[key]}" for key in options])
