"""The mutation testing itself: what it makes of a module, and that it tells a mutant from none."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from rich.console import Console

from tests.mutation import __main__ as command
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.processes import Verdict
from tests.support.providers import ROOT

SOURCE = '''
"""A docstring."""
LIMIT: int = 3

@dataclass(frozen=True)
class Gate:
    """Another."""

    @property
    def is_open(self) -> bool:
        logger.info("words", count=1)
        if self.number < LIMIT and not self.closed:
            return True
        raise AuthenticationError("words")
'''

COMPARED = """
import ast, json, os, sys
sys.path[:0] = [".", "shared"]
from tests.mutation import processes
from tests.mutation.__main__ import load_libraries, path_of
from tests.mutation.mutants import Mutant, mutants_of
path = path_of("sinch_signature")
source = path.read_text()
line = 1 + [line.strip().partition(" = ")[0] for line in source.splitlines()].index("signed")
def changed(name, code, function="SinchSignature.identify"):
    return Mutant(name, line, line, ast.parse(source.replace('return "hmac"', code)), function)
same = [changed("same", 'return "hmac"', function) for function in ("SinchSignature.identify", "")]
broken = [each for each in mutants_of(source) if each.name.startswith('return "hmac" | return')]
fatal = [changed("dies", '__import__("os")._exit(0)'), changed("hangs", '__import__("time").sleep(1000)')]
load_libraries()
processes.PATIENCE = 1.0
"""
TESTED = 'processes.verdicts(["tests/unit/test_sinch_signature.py"], "sinch_signature", path, [*same, *broken, *fatal])'
VERDICTS = f"print(json.dumps([[mutant.name, verdict] for mutant, verdict in {TESTED}]))"
CUT_SHORT = f"""
told = []
def tell(loop, what):
    if len(told) == 2:
        os._exit({{}})
    told.append(what)
    os.write(loop._report, json.dumps(what).encode() + b"\\n")
processes._Loop._tell = tell
list({TESTED})
"""


def test_what_is_made_of_a_module() -> None:
    made = [(mutant.name.partition(" | ")[2], mutant.function) for mutant in mutants_of(SOURCE)]

    assert [name for name, function in made if not function] == ["3 -> 4"]
    assert {function for _, function in made} == {"", "Gate.is_open"}
    assert {name for name, function in made if function} == {
        (
            "if self.number < LIMIT and (not self.closed): return True -> "
            "if not (self.number < LIMIT and (not self.closed)): return True"
        ),
        "self.number < LIMIT and (not self.closed) -> self.number < LIMIT or not self.closed",
        "self.number < LIMIT -> self.number <= LIMIT",
        "self.number < LIMIT -> self.number >= LIMIT",
        "not self.closed -> self.closed",
        "return True -> return None",
        "True -> False",
        "raise AuthenticationError('words') -> pass",
    }  # fmt: skip


def test_names_stay_when_lines_move() -> None:
    assert [each.name for each in mutants_of(SOURCE)] == [each.name for each in mutants_of("\n\n" + SOURCE)]


def ran(script: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, as it forks."""
    return subprocess.run(
        [sys.executable, "-c", COMPARED + script], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
    )


def test_a_mutant_is_killed_and_unchanged_code_is_not_nor_what_ends_the_process() -> None:
    done = ran(VERDICTS)

    [(killed, verdict), *others] = sorted(json.loads(done.stdout), key=lambda each: each[1] != "killed")
    assert (killed.startswith('return "hmac" | return'), verdict) == (True, "killed")
    assert others == [["same", "survived"], ["dies", "died"], ["hangs", "timed out"], ["same", "survived"]]


@pytest.mark.parametrize("status", [0, 3])
def test_mutants_that_nobody_told_of_fail_the_run(status: int) -> None:
    done = ran(CUT_SHORT.format(status))

    assert done.returncode == 1
    assert done.stderr == f"sinch_signature: the tests ended with {status} after 1 of 4 mutants\n"


OUTSIDE, *INSIDE = sorted((mutant.name for mutant in mutants_of(SOURCE)), key=lambda name: not name.startswith("LIMIT"))
COUNTED: list[tuple[str, Verdict, list[str], bool, dict[str, int]]] = [
    ("killed", Verdict.KILLED, [], False, {"mutants": 9, "killed": 9}),
    ("one explained", Verdict.SURVIVED, INSIDE[:1], False, {"mutants": 9, "survived": 8, "explained": 1}),
    ("died", Verdict.DIED, [OUTSIDE], False, {"mutants": 9, "died": 8, "explained": 1}),
    ("too slow", Verdict.TIMED_OUT, [], False, {"mutants": 9, "timed out": 9}),
    ("in vain", Verdict.KILLED, [OUTSIDE, "gone"], False, {"mutants": 9, "killed": 9, "in vain": 2}),
    ("quick", Verdict.KILLED, [OUTSIDE], True, {"mutants": 8, "killed": 8}),
]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "module.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(command, "path_of", lambda _: tmp_path / "module.py")
    return "inbound_sms.publishing.deduplication"  # whose tests nobody runs here


@pytest.mark.parametrize(
    ("verdict", "explained", "quick", "counts"), [c[1:] for c in COUNTED], ids=[c[0] for c in COUNTED]
)
def test_every_mutant_is_counted_once(
    verdict: Verdict, explained: list[str], quick: bool, counts: dict[str, int], module: str
) -> None:
    def told(*known: Any) -> list[tuple[Mutant, Verdict]]:
        return [(mutant, verdict) for mutant in known[-1]]

    with patch.object(command, "verdicts", told):
        counted = command.run(module, dict.fromkeys(explained, "why"), Console(quiet=True), quick=quick)

    assert counted == Counter(counts)
