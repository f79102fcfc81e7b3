"""Commands that run beside us and never outlive us."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.errors import GatewayError
from gateway.paths import ROOT, shown
from gateway.process import supervisor as keeper


class Process:
    """A command in a process group of its own, its output in a file. Leaving the `with` block ends it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path = ROOT) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", keeper.__file__, str(keeper.GRACE_SECONDS), *command],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C at the terminal is ours to handle
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def last_words(self) -> str:
        """The line of the output that most likely tells what went wrong."""
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        complaints = [line for line in lines if "error" in line.lower()]
        said = (complaints or lines or ["it said nothing"])[-1]
        return f"{said} (all it said: {shown(self.log)})"

    def ended_within(self, seconds: float) -> int | None:
        """Wait for the end for some time at most; return the exit status, or None while it runs."""
        try:
            return self._keeper.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """End the command and all it started; does nothing where it has ended."""
        if self._keeper.stdin:
            self._keeper.stdin.close()
        self._keeper.wait(keeper.GRACE_SECONDS + 5)


def run(what: str, command: Sequence[str], environment: Mapping[str, str], log: Path, seconds: float) -> None:
    """Run a command in its log's folder to its end; raises GatewayError where it fails or take too long."""
    with Process(command, environment, log, log.parent) as process:
        status = process.ended_within(seconds)
        if status is None:
            raise GatewayError(f"{what} took more than {seconds:.0f} s: {process.last_words}")
        if status:
            raise GatewayError(f"{what} failed: {process.last_words}")
