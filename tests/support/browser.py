"""Find a Chromium or Chrome for the tests of the console, or install one: `python -m tests.support.browser`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_START_SECONDS = 30
_APT = ["apt-get", "-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=10", "-o", "DPkg::Lock::Timeout=60"]
_INSTALL = (
    [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"],
    [*_APT, "update"],
    [*_APT, "install", "--yes", "--no-install-recommends", "chromium"],
)
_ENVIRONMENT = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "5000", "DEBIAN_FRONTEND": "noninteractive"}
_ADVICE = (
    "No Chromium or Chrome starts here, and none could be installed: "
    "install one (on Debian, as root: apt-get install chromium), then try again"
)


def find(playwright: Playwright) -> str | None:
    """Return the path of the system's Chromium or Chrome, or else of Playwright's own; None where none starts."""
    own = playwright.chromium.executable_path
    candidates = (*map(shutil.which, _NAMES), own if Path(own).exists() else None)
    return next((path for path in candidates if path and _starts(path)), None)


def _starts(path: str) -> bool:
    """Tell a browser from one that lacks libraries, and from Ubuntu's script that only asks for a snap."""
    try:
        subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_START_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def main() -> int:
    """Install a browser unless there is one; return the exit status."""
    with sync_playwright() as playwright:
        for command in _INSTALL:
            if find(playwright):
                return 0
            if command[0] == sys.executable or (shutil.which("apt-get") and os.geteuid() == 0):
                print("There is no Chromium or Chrome here; installing one (only this once):", *command, flush=True)
                subprocess.run(command, env=_ENVIRONMENT | os.environ, stdin=subprocess.DEVNULL, check=False)
        if path := find(playwright):
            print(f"The tests of the console use {path}")
            return 0
    print(_ADVICE, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
