"""A page in a headless Chromium that notices what must not happen in any test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

PATIENCE_MILLISECONDS = 30_000
# Animations take the processor; a test reads what a button copies.
_OPTIONS: dict[str, Any] = {"reduced_motion": "reduce", "permissions": ["clipboard-read", "clipboard-write"]}
_WRONG_FIELD = "the server responded with a status of 400"  # which the page shows at the field


@contextmanager
def opened(browser: Browser, address: str, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """Open a page and wait until it is live; return it with what goes wrong, of which there is nothing at the end."""
    with browser.new_context(**{**_OPTIONS, **options}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        wrong = _going_wrong(page, urlsplit(address).netloc)
        page.goto(address)
        page.get_by_text("live", exact=True).wait_for()
        yield page, wrong
        assert wrong == []


def _going_wrong(page: Page, here: str) -> list[str]:
    """Return a list that grows with each error, dialog and request to anybody else."""
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type != "log" and _WRONG_FIELD not in message.text:
            wrong.append(f"{message.type}: {message.text}")

    def asked(request: Request) -> None:
        if urlsplit(request.url).netloc != here:
            wrong.append(request.url)

    page.on("console", said)
    page.on("request", asked)
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
    return wrong
