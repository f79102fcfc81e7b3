"""Makefiles, asked from within a test, which itself may be run by make."""

import os
import subprocess
from pathlib import Path


def make(*words: str, folder: Path, **variables: str) -> str:
    """Run make in a folder with more variables in its environment; return what it prints, fail where it does."""
    environment = outside_of_make() | variables
    command = ["make", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=30
    ).stdout


def outside_of_make() -> dict[str, str]:
    """Return the environment without what `make test` hands down: its flags would change what another make prints. So
    would that of a continuous integration.
    """
    handed_down = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "CI"}
    return {name: value for name, value in os.environ.items() if name not in handed_down}
