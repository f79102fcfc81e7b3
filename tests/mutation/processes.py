"""Each mutant in a process of its own, forked from one that has done already what all of them need.

A mutant inside of a function is put into the function as it is, after pytest has collected the tests. Only those tests
run that come by its statement: first what noticed another one nearby, then the fastest. Any other mutant has to be
there when its module is imported, and that takes longer.
"""

import builtins
import importlib
import importlib.util
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from itertools import pairwise
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from tests.mutation.mutants import Mutant, telling

PATIENCE = 20.0  # seconds for a mutant, beside four times what its tests take without it
_UNCOLLECTED, _UNFIT, _TELLER = "the tests were not collected", "unfit: ", "__mutants_came_by__"
_OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=mutants", "--timeout=0"]


class Verdict(StrEnum):
    """What became of a mutant. A test that doesn't come to an end has noticed it; a process that died tells nothing."""

    SURVIVED = "survived"
    KILLED = "killed"
    TIMED_OUT = "timed out"
    DIED = "died"


@dataclass
class _Test:
    """What is known about a test: how long it takes, which statements of the module it comes by, and whom it caught."""

    name: str
    seconds: float
    lines: list[int]
    caught: list[int] = field(default_factory=list)

    def rank(self, mutant: Mutant) -> tuple[float, float]:
        """Gives its place in the order for a mutant: whoever caught one nearby is likely to catch this one."""
        nearest = min((abs(line - mutant.line) for line in self.caught), default=1000)
        return (nearest if nearest <= 3 else 1000), self.seconds


class _Mutated(SourceFileLoader, MetaPathFinder):
    """Gives a mutant wherever the module is imported."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        super().__init__(name, str(path))
        self._code = code

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        return self._code


class _Loop:
    """Runs the collected tests once as they are, and then some of them for each mutant, instead of once."""

    def __init__(self, module: str, path: Path, mutants: list[Mutant], report: int) -> None:
        self._module, self._path, self._mutants, self._report = module, path, mutants, report

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        tests = [_Test(*each) for each in self._known(session)]
        self._tell([[test.name, test.seconds] for test in tests])
        for number, mutant in enumerate(self._mutants if tests else ()):
            chosen = _chosen(tests, mutant)
            seconds = PATIENCE + 4 * sum(test.seconds for test in chosen)
            caught_by = _forked(lambda mutant=mutant, chosen=chosen: self._caught_by(session, mutant, chosen), seconds)
            for test in tests:
                if test.name == caught_by:
                    test.caught.append(mutant.line)
            self._tell([number, caught_by])
        return True

    def _known(self, session: pytest.Session) -> list[list[Any]]:
        watched = _forked(lambda: self._watched(session), 1200)
        return [] if isinstance(watched, Verdict) else watched

    def _tell(self, what: Any) -> None:
        os.write(self._report, f"{json.dumps(what)}\n".encode())

    def _watched(self, session: pytest.Session) -> list[tuple[str, float, list[int]]]:
        """Runs every test; gives their names, seconds and lines, or nothing where one fails."""
        seen: list[tuple[str, float, list[int]]] = []
        lines: set[int] = set()
        setattr(builtins, _TELLER, lines.add)
        told = compile(telling(self._path.read_text(encoding="utf-8"), _TELLER), str(self._path), "exec")
        self._install(told, {mutant.function for mutant in self._mutants})
        for item, following in pairwise([*session.items, None]):
            began = time.monotonic()
            lines.clear()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return []
            seen.append((item.nodeid, time.monotonic() - began, sorted(lines)))
        return seen

    def _caught_by(self, session: pytest.Session, mutant: Mutant, chosen: list[_Test]) -> str | None:
        """Gives the first test that fails, if any; or _UNFIT where the mutant cannot be put in its place."""
        try:
            self._install(compile(mutant.tree, str(self._path), "exec"), {mutant.function})
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            return f"{_UNFIT}{error!r}"
        items = {item.nodeid: item for item in session.items}
        for item, following in pairwise([*(items[test.name] for test in chosen), None]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return item.nodeid
        return None

    def _install(self, code: CodeType, functions: set[str]) -> None:
        sys.meta_path.insert(0, _Mutated(self._module, self._path, code))  # for tests that import it anew
        module = importlib.import_module(self._module)
        for name in functions:
            _function_of(module, name).__code__ = _code_of(code, name)


class _Sorted:
    """Runs those tests first that noticed another mutant, then the fastest; remembers what fails."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self.failed = _UNCOLLECTED

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self._seconds.get(item.nodeid, 1000))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid


def verdicts(tests: list[str], module: str, path: Path, mutants: list[Mutant]) -> Iterator[tuple[Mutant, Verdict]]:
    """Gives each mutant, and what the tests make of it."""
    seconds: dict[str, float] = {}
    yield from _inside_of_functions(tests, module, path, [mutant for mutant in mutants if mutant.function], seconds)
    for mutant in mutants:
        if not mutant.function:
            code = compile(mutant.tree, str(path), "exec")
            finder = _Mutated(module, path, code)
            caught_by = _forked(lambda finder=finder: _caught_when_imported(finder, tests, seconds), 300)
            if caught_by in seconds:
                seconds[caught_by] = 0
            yield mutant, _verdict(caught_by)


def _inside_of_functions(
    tests: list[str], module: str, path: Path, mutants: list[Mutant], seconds: dict[str, float]
) -> Iterator[tuple[Mutant, Verdict]]:
    """Gives the verdicts of one loop, and puts into `seconds` how long each test takes; each mutant has to be told."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _silently()
        os._exit(pytest.main([*_OPTIONS, *tests], plugins=[_Loop(module, path, mutants, write)]))
    os.close(write)
    told = 0
    with os.fdopen(read) as reports:
        seconds.update(json.loads(reports.readline() or "[]"))
        if not seconds:
            raise SystemExit(f"the tests of {module} fail without any mutant")
        for number, caught_by in map(json.loads, reports):
            if (caught_by or "").startswith(_UNFIT):
                raise SystemExit(f"{module}: {mutants[number].name}: cannot be put in its place: {caught_by}")
            told += 1
            yield mutants[number], _verdict(caught_by)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended or told < len(mutants):
        raise SystemExit(f"{module}: the tests ended with {ended} after {told} of {len(mutants)} mutants")


def _verdict(caught_by: str | None) -> Verdict:
    if caught_by is None:
        return Verdict.SURVIVED
    return Verdict(caught_by) if caught_by in {Verdict.TIMED_OUT, Verdict.DIED} else Verdict.KILLED


def _caught_when_imported(finder: MetaPathFinder, tests: list[str], seconds: dict[str, float]) -> str | None:
    _silently()
    sys.meta_path.insert(0, finder)
    plugin = _Sorted(seconds)
    return None if pytest.main([*_OPTIONS, *tests], plugins=[plugin]) == 0 else plugin.failed


def _chosen(tests: list[_Test], mutant: Mutant) -> list[_Test]:
    """Gives the tests that come by a mutant's statement, in the order in which they are to run."""
    return sorted((test for test in tests if mutant.statement in test.lines), key=lambda test: test.rank(mutant))


def _forked(job: Callable[[], Any], seconds: float) -> Any:
    """Does something in a process of its own; gives what it gave, or the verdict where it took too long or died."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        try:
            os.write(write, json.dumps(job()).encode())
        finally:
            os._exit(0)
    os.close(write)
    answer, deadline, otherwise = b"", time.monotonic() + seconds, Verdict.DIED
    while select.select([read], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(read, 1 << 16)
        if not part:
            break
        answer += part
    else:
        otherwise = Verdict.TIMED_OUT
    os.close(read)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    try:
        return json.loads(answer)
    except ValueError:
        return otherwise


def _silently() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _code_of(code: CodeType, name: str) -> CodeType:
    """Gives the code of a function by its qualified name."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            if each.co_qualname == name:
                return each
            if name.startswith(f"{each.co_qualname}."):
                return _code_of(each, name)
    raise LookupError(name)


def _function_of(module: Any, name: str) -> FunctionType:
    """Gives the function itself, out of whatever its decorators have made of it."""
    *classes, last = name.split(".")
    for each in classes:
        module = getattr(module, each)
    found = vars(module)[last]
    for wrapping in ("fget", "__func__", "__wrapped__"):
        found = getattr(found, wrapping, found)
    assert isinstance(found, FunctionType), name
    return found
