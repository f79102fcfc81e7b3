"""Each mutant in a process of its own, forked from one that has done already what all of them need.

A mutant inside of a function is put into the function as it is, after pytest has collected the tests. Any other has to
be there when its module is imported, and that takes longer.
"""

import importlib
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from tests.mutation.mutants import Mutant

_OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=mutants", "--timeout=0"]


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
    """Runs the collected tests once as they are, and once for each mutant, instead of once."""

    def __init__(self, module: str, path: Path, mutants: list[Mutant], report: int) -> None:
        self._module, self._path, self._mutants, self._report = module, path, mutants, report

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        began = time.monotonic()
        failed = _is_forked(lambda: _tests_fail(session), 900)
        seconds = 20 + 4 * (time.monotonic() - began)
        self._tell(-1, failed)
        for number, mutant in enumerate(() if failed else self._mutants):
            noticed = _is_forked(lambda mutant=mutant: self._is_noticed(session, mutant), seconds)
            self._tell(number, noticed)
        return True

    def _tell(self, number: int, noticed: bool) -> None:
        os.write(self._report, f"{json.dumps([number, noticed])}\n".encode())

    def _is_noticed(self, session: pytest.Session, mutant: Mutant) -> bool:
        code = compile(mutant.tree, str(self._path), "exec")
        sys.meta_path.insert(0, _Mutated(self._module, self._path, code))  # for tests that import it anew
        _function_of(importlib.import_module(self._module), mutant.function).__code__ = _code_of(code, mutant.function)
        return _tests_fail(session)


def noticed_by(tests: list[str], module: str, path: Path, mutants: list[Mutant]) -> Iterator[tuple[Mutant, bool]]:
    """Gives each mutant, and whether one of the tests fails with it."""
    inside = [mutant for mutant in mutants if mutant.function]
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _silently()
        pytest.main([*_OPTIONS, *tests], plugins=[_Loop(module, path, inside, write)])
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as reports:
        if json.loads(reports.readline() or "[-1, true]")[1]:
            raise SystemExit(f"the tests of {module} fail without any mutant")
        for number, noticed in map(json.loads, reports):
            yield inside[number], noticed
    os.waitpid(child, 0)
    for mutant in mutants:
        if not mutant.function:
            code = compile(mutant.tree, str(path), "exec")
            finder = _Mutated(module, path, code)
            yield mutant, _is_forked(lambda finder=finder: _fails_when_imported(finder, tests), 300)


def _fails_when_imported(finder: MetaPathFinder, tests: list[str]) -> bool:
    _silently()
    sys.meta_path.insert(0, finder)
    return pytest.main([*_OPTIONS, *tests]) != 0


def _tests_fail(session: pytest.Session) -> bool:
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return True
    return False


def _is_forked(job: Callable[[], bool], seconds: float) -> bool:
    """Does something in a process of its own; gives what it gave, or that it was noticed, where it took too long."""
    child = os.fork()
    if child == 0:
        os.setsid()
        try:
            os._exit(int(job()))
        except BaseException:  # noqa: BLE001 - whatever it is, it was noticed
            os._exit(1)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


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
