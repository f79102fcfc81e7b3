"""A headless Chromium, and a page that notices what must not happen in any test."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE_MILLISECONDS = 30_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Starts the Chromium or Chrome of this machine, or Playwright's own; fails where there is none."""
    expect.set_options(timeout=_PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_path(playwright))
        try:
            yield browser
        finally:
            browser.close()


def _path(playwright: Playwright) -> str:
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    own = playwright.chromium.executable_path
    if not Path(own).exists():
        pytest.fail("No Chromium here: `apt-get install chromium`, or `make browser`", pytrace=False)
    return own


@contextmanager
def opened(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """Opens a page and waits until it is live. At the end: no error, no dialog, no request to anybody else."""
    wrong: list[str] = []
    here = urlsplit(address).netloc
    with browser.new_context(**options) as context:
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MILLISECONDS)
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda said: wrong.append(f"{said.type}: {said.text}") if said.type != "log" else None)
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.on("request", lambda asked: None if urlsplit(asked.url).netloc == here else wrong.append(asked.url))
        page.goto(address)
        page.get_by_text("live", exact=True).wait_for()
        page.locator('[data-count="published"]').filter(has_text=re.compile(r"\d")).wait_for()
        yield page
        assert wrong == []
