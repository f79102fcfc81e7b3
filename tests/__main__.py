"""`make test`: every test, in five processes side by side. The tests on a local stack wait some of the time; there are
three such processes, each with a stack of its own.

Each line says whose it is; ends with the worst of the exit statuses.
"""

import os
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
    readers = [Thread(target=_show, args=each) for each in processes.items()]
    for reader in readers:
        reader.start()
    try:
        statuses = {name: process.wait() for name, process in processes.items()}
    except KeyboardInterrupt:  # the terminal told all of them, too: they clean up
        statuses = {name: process.wait() or 128 + signal.SIGINT for name, process in processes.items()}
    for reader in readers:
        reader.join()
    for name, status in statuses.items():
        print(f"{name} │ {'passed' if status == 0 else f'failed: pytest ended with {status}'}")
    return max(statuses.values())


def _show(name: str, process: subprocess.Popen[str]) -> None:
    assert process.stdout
    for line in process.stdout:
        print(f"{name} │ {line}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
