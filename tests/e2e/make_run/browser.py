"""A headless Chromium, and a page that notices what must not happen in any test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.support.browser import find

_PATIENCE_MILLISECONDS = 30_000
# Animations take the processor; a test reads what a button copies.
_OPTIONS: dict[str, Any] = {"reduced_motion": "reduce", "permissions": ["clipboard-read", "clipboard-write"]}
_WRONG_FIELD = "the server responded with a status of 400"  # which the page shows at the field


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium or Chrome that `make browser` found or installed."""
    expect.set_options(timeout=_PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        path = find(playwright)
        if path is None:
            pytest.fail("No Chromium or Chrome starts here; `make browser` installs one", pytrace=False)
        browser = playwright.chromium.launch(executable_path=path)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """Open a page and wait until it is live. At the end: nothing went wrong."""
    with browser.new_context(**{**_OPTIONS, **options}) as context:
        page = context.new_page()
        with nothing_wrong(page, address):
            page.goto(address)
            page.get_by_text("live", exact=True).wait_for()
            yield page


@contextmanager
def nothing_wrong(page: Page, address: str) -> Iterator[None]:
    """Sees to it that until the block is left there is no error, no dialog, no request to anybody else."""
    wrong: list[str] = []
    here = urlsplit(address).netloc

    def said(message: ConsoleMessage) -> None:
        if message.type != "log" and _WRONG_FIELD not in message.text:
            wrong.append(f"{message.type}: {message.text}")

    def asked(request: Request) -> None:
        if urlsplit(request.url).netloc != here:
            wrong.append(request.url)

    heard: dict[Any, Callable[[Any], None]] = {
        "pageerror": lambda error: wrong.append(f"error: {error}"),
        "console": said,
        "dialog": lambda dialog: wrong.append(f"dialog: {dialog.message}"),
        "request": asked,
    }
    page.set_default_timeout(_PATIENCE_MILLISECONDS)
    for event, handler in heard.items():
        page.on(event, handler)
    yield
    for event, handler in heard.items():
        page.remove_listener(event, handler)
    assert wrong == []
