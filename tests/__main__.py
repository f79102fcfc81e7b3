"""`make test`: every test, in five processes side by side. The tests on a local stack wait some of the time; there are
three such processes, each with a stack of its own.

Each line says whose it is. It ends with 0 if each of them did, and told how many tests passed: a process that something
ends in the middle may end with 0, too.
"""

import os
import re
import signal
import subprocess
import sys
from threading import Thread

PERSONS = ["tests/e2e/test_commands.py", "tests/e2e/test_console.py", "tests/e2e/test_local_stack.py"]
HARM = [f"tests/e2e/test_{name}.py" for name in ("chaos", "gradual", "outages", "privacy", "upgrade")]
PARTS = {
    "stack  ": ["tests/e2e", *(f"--ignore={path}" for path in PERSONS + HARM)],  # the real template, the local engine
    "harm   ": HARM,  # the same, taken apart while it runs
    "persons": PERSONS,  # as the people see it who run it
    "parts  ": ["tests/component"],  # over AWS in memory
    "rest   ": ["tests", "--ignore=tests/e2e", "--ignore=tests/component"],
}
_SUMMARY = re.compile(r"\d+ passed.* in [\d.]+s")


def main() -> int:
    """Runs them all; gives the exit status."""
    processes = {
        name: subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments, *sys.argv[1:]],
            env={**os.environ, "E2E_WORK": f"e2e-{name.strip()}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        for name, arguments in PARTS.items()
    }
    summed_up: set[str] = set()
    readers = [Thread(target=_show, args=(*each, summed_up)) for each in processes.items()]
    for reader in readers:
        reader.start()
    try:
        statuses = {name: process.wait() for name, process in processes.items()}
    except KeyboardInterrupt:  # the terminal told all of them, too: they clean up
        statuses = {name: process.wait() or 128 + signal.SIGINT for name, process in processes.items()}
    for reader in readers:
        reader.join()
    faults = {name: _fault(status, name in summed_up) for name, status in statuses.items()}
    for name, fault in faults.items():
        print(f"{name} │ {f'failed: {fault}' if fault else 'passed'}")
    return 1 if any(faults.values()) else 0


def _show(name: str, process: subprocess.Popen[str], summed_up: set[str]) -> None:
    assert process.stdout
    for line in process.stdout:
        print(f"{name} │ {line.rstrip()}", flush=True)  # the last one may be cut short
        if _SUMMARY.search(line):
            summed_up.add(name)


def _fault(status: int, has_summary: bool) -> str:
    if status:  # negative where a signal ended it
        return f"pytest ended with {status}"
    return "" if has_summary else "pytest ended without a summary"


if __name__ == "__main__":
    sys.exit(main())
