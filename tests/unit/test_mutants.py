"""The mutation testing itself: what it makes of a module, and that it tells a mutant from none."""

import json
import subprocess
import sys

from tests.mutation.mutants import mutants_of
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
        raise Refused("words")
'''

COMPARED = """
import ast, json, sys
sys.path[:0] = [".", "shared"]
from tests.mutation.__main__ import load_libraries, path_of
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.processes import noticed_by
path = path_of("sinch_signature")
line = 1 + [line.strip().partition(" = ")[0] for line in path.read_text().splitlines()].index("signed")
same = [Mutant("same", line, line, ast.parse(path.read_text()), each) for each in ("SinchSignature.identify", "")]
broken = [each for each in mutants_of(path.read_text()) if each.name.startswith('return "hmac" | return')]
load_libraries()
found = noticed_by(["tests/unit/test_sinch_signature.py"], "sinch_signature", path, [*same, *broken])
print(json.dumps([[mutant.name, noticed] for mutant, noticed in found]))
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
        "raise Refused('words') -> pass",
    }  # fmt: skip


def test_names_stay_when_lines_move() -> None:
    assert [each.name for each in mutants_of(SOURCE)] == [each.name for each in mutants_of("\n\n" + SOURCE)]


def test_a_mutant_is_noticed_and_unchanged_code_is_not() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPARED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )

    found = json.loads(done.stdout)
    assert [noticed for name, noticed in found if name == "same"] == [False, False]
    assert [noticed for name, noticed in found if name != "same"] == [True]
