"""`make test`: every test, in two processes side by side. The tests on the local stack wait most of the time.

Each line says whose it is; ends with the worse of the two exit statuses.
"""

import signal
import subprocess
import sys
from threading import Thread

HALVES = {
    "stack": ["tests/e2e"],  # the real template on the local engine
    "here ": ["tests", "--ignore=tests/e2e"],
}


def main() -> int:
    """Runs both; gives the exit status."""
    processes = {
        name: subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments, *sys.argv[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        for name, arguments in HALVES.items()
    }
    readers = [Thread(target=_show, args=each) for each in processes.items()]
    for reader in readers:
        reader.start()
    try:
        statuses = {name: process.wait() for name, process in processes.items()}
    except KeyboardInterrupt:  # the terminal told both of them, too: they clean up
        statuses = {name: process.wait() for name, process in processes.items()} | {"here ": 128 + signal.SIGINT}
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
