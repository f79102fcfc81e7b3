"""`make browser`: a Chromium or Chrome is found, or installed, or one line says what to install."""

import os
import sys
from pathlib import Path

import pytest

from tests.support import browser

WORKS, FAILS = "exit 0", "exit 127"
# Stands for Debian's: what it installs is there and starts.
APT = 'echo "apt $*"; for word; do :; done; test "$word" = update || { cp "$0" "${0%/*}/$word"; }'


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of all programs of a machine without a browser, where Playwright's download fails."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    (tmp_path / "cp").symlink_to("/bin/cp")
    refuses = "import sys; sys.exit('Error: no such host\\nError: once more')"
    monkeypatch.setattr(browser, "_DOWNLOAD", [sys.executable, "-c", refuses])
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


@pytest.mark.parametrize(
    "programs",
    [
        {"chromium": WORKS},
        {"google-chrome": WORKS},
        {"chromium-browser": FAILS, "google-chrome-stable": WORKS},  # Ubuntu's script, which asks for a snap
    ],
    ids=str,
)
def test_a_browser_that_starts_is_found_and_nothing_is_installed(
    machine: Path, programs: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    program(machine, "apt-get", APT)
    for name, script in programs.items():
        program(machine, name, script)

    assert browser.main() == 0
    assert capfd.readouterr() == ("", "")


def test_where_the_download_fails_root_on_debian_gets_the_package(
    machine: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program(machine, "apt-get", APT)

    assert browser.main() == 0
    said = capfd.readouterr()
    assert "Playwright could not download its Chromium: no such host\n" in said.out
    assert said.out.endswith(f"The tests of the console use {machine / 'chromium'}\n")
    assert said.err == ""


@pytest.mark.parametrize(
    ("programs", "user"),
    [
        ({}, 0),
        ({"chromium-browser": FAILS}, 0),
        ({"apt-get": APT}, 1000),
        ({"apt-get": FAILS}, 0),
    ],
    ids=["no apt-get", "a browser that does not start", "not root", "apt-get fails"],
)
def test_where_nothing_helps_the_end_is_one_line_that_says_what_to_install(
    machine: Path,
    programs: dict[str, str],
    user: int,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, script in programs.items():
        program(machine, name, script)
    monkeypatch.setattr(os, "geteuid", lambda: user)

    assert browser.main() == 1
    said = capfd.readouterr()
    assert said.err.count("\n") == 1
    assert "apt-get install chromium" in said.err
    assert "apt -q" not in said.out
