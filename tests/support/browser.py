"""Find a Chromium or Chrome for the tests of the console, or install one: `python -m tests.support.browser`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_START_SECONDS = 30
_DOWNLOAD = [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]
_SOCKET_MILLISECONDS = "5000"  # how long Playwright waits for an answer
_APT = ["apt-get", "-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=10", "-o", "DPkg::Lock::Timeout=60"]
_ADVICE = (
    "No Chromium or Chrome starts here, and none could be installed: "
    "install one (on Debian, as root: apt-get install chromium), then try again"
)


def find(playwright: Playwright) -> str | None:
    """Return the path of the system's Chromium or Chrome, or else of Playwright's own; None where none starts."""
    return next(filter(_starts, _candidates(playwright)), None)


def main() -> int:
    """Install a browser unless there is one; return the exit status."""
    with sync_playwright() as playwright:
        if find(playwright):
            return 0
        print("There is no Chromium or Chrome here; installing one (only this once)", flush=True)
        _download()
        if not find(playwright) and shutil.which("apt-get") and os.geteuid() == 0:
            _install_package()
        if path := find(playwright):
            print(f"The tests of the console use {path}")
            return 0
    print(_ADVICE, file=sys.stderr)
    return 1


def _candidates(playwright: Playwright) -> Iterator[str]:
    for name in _NAMES:
        if path := shutil.which(name):
            yield path
    if Path(playwright.chromium.executable_path).exists():
        yield playwright.chromium.executable_path


def _starts(path: str) -> bool:
    """Tell a browser from one that lacks libraries, and from Ubuntu's script that only asks for a snap."""
    try:
        ended = subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_START_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


def _download() -> None:
    """Let Playwright download its own Chromium; where it meets an error, say so."""
    environment = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": _SOCKET_MILLISECONDS, **os.environ}
    done = subprocess.run(
        _DOWNLOAD, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        said = (line.removeprefix("Error: ") for line in done.stderr.splitlines() if line.startswith("Error: "))
        error = next(said, f"it ended with {done.returncode}")
        print(f"Playwright could not download its Chromium: {error}", flush=True)


def _install_package() -> None:
    print("Installing the system's package chromium", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run([*_APT, *words], env=environment, stdin=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    sys.exit(main())
