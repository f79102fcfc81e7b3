"""`make fuzz`: each target in a process of its own, one after another; a table at the end, and what was found.

Ends with 1 where something was found. A finding is a file: `make fuzz FUZZ="--again FILE"` runs it once more.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from verification.crash_points.replay import quietly
from verification.fuzz.targets import targets

HOME = Path(".local/fuzz")
_STATUS = re.compile(r"^#(\d+)\s.*\bcov: (\d+) .*\bcorp: (\d+)/")
_FIGURES = ("inputs", "inputs/s", "coverage", "corpus", "slowest ms", "peak MB", "findings")


class Run(NamedTuple):
    """What a worker told."""

    report: dict[str, Any]
    coverage: str
    corpus: str


def run(name: str, arguments: argparse.Namespace, tell: Callable[[str], None]) -> Run:
    """Runs a target; what ended it before its time is a finding as well."""
    options = [name, str(arguments.inputs), str(arguments.seconds), str(HOME), str(arguments.seed)]
    worker = subprocess.Popen(
        [sys.executable, "-m", "verification.fuzz.instrumented", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    assert worker.stderr
    assert worker.stdout
    coverage, corpus, last = "-", "-", ""
    for line in worker.stderr:
        if status := _STATUS.match(line):
            coverage, corpus = status[2], status[3]
            tell(f"{int(status[1]):,} inputs, {coverage} edges, {corpus} kept")
        elif not line.startswith("INFO: "):
            last = (last + line)[-2_000:]
    told = worker.stdout.read()
    if worker.wait() == 0 and told:
        return Run(json.loads(told), coverage, corpus)
    ended = {"place": f"ended by {worker.returncode}", "error": last, "file": _newest(name)}
    return Run(
        {"inputs": 0, "seconds": 0, "slowest_ms": 0, "peak_mb": 0, "outcomes": {}, "findings": [ended]}, "-", "-"
    )


def _newest(name: str) -> str:
    """What libFuzzer saved of a hang (timeout-...) or of too much memory (oom-...)."""
    files = [*(HOME / "findings" / name.replace(" ", "-")).glob("*")]
    return str(max(files, key=lambda file: file.stat().st_mtime, default=""))


def again(file: Path) -> int:
    """Runs one input by itself, and lets what it raises through."""
    [target] = [target for name, target in targets().items() if name.replace(" ", "-") == file.parent.name]
    data = file.read_bytes()
    print(f"{target.name}: {data[:300]!r}")
    with quietly():
        print(target.run(data))
    return 0


def main() -> int:
    """Gives the exit code."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--inputs", type=int, default=int(os.environ.get("FUZZ_INPUTS", "100000")), help="per target")
    parser.add_argument("--seconds", type=float, default=900, help="at most, per target")
    parser.add_argument("--only", nargs="+", default=["*"], help="targets by name, such as 'sinch*'")
    parser.add_argument("--seed", type=int, default=1, help="which inputs come, as far as it is up to us")
    parser.add_argument("--again", type=Path, help="a file that was found: run it once more")
    arguments = parser.parse_args()
    if arguments.again:
        return again(arguments.again)
    console = Console(width=132)
    table = Table("target", "outcomes", *(Column(name, justify="right") for name in _FIGURES))
    findings: list[dict[str, str]] = []
    bars = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    for name in (name for name in targets() if any(fnmatch(name, pattern) for pattern in arguments.only)):
        with Progress(*bars, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task(name)
            result = run(name, arguments, partial(_show, progress, task, name))
        figures = _figures(result)
        table.add_row(name, *figures)
        findings += result.report["findings"]
        told = (f"{label} {figure}" for label, figure in zip(("", *_FIGURES), figures, strict=True))
        console.print(f"{name}:{'; '.join(told)}", highlight=False, soft_wrap=True)
    console.print(table)
    for finding in findings:
        console.print(f"[bold red]{finding['place']}[/] {finding['file']}", highlight=False)
        console.print(
            f'  {finding["error"]}\n  make fuzz FUZZ="--again {finding["file"]}"', markup=False, highlight=False
        )
    return 1 if findings or not table.rows else 0


def _show(progress: Progress, task: TaskID, name: str, said: str) -> None:
    progress.update(task, description=f"{name}: {said}")


def _figures(result: Run) -> list[str]:
    report = result.report
    outcomes = ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(report["outcomes"].items()))
    rate = report["inputs"] / report["seconds"] if report["seconds"] else 0
    return [
        outcomes,
        f"{report['inputs']:,}",
        f"{rate:,.0f}",
        result.coverage,
        result.corpus,
        f"{report['slowest_ms']:.1f}",
        f"{report['peak_mb']:.0f}",
        str(len(report["findings"])),
    ]


if __name__ == "__main__":
    sys.exit(main())
