"""The console's page, as somebody at it works and sees it."""

import secrets

from playwright.sync_api import Locator, Page, expect

from gateway.simulator import broken
from tests.e2e.make_run.up import PROVIDERS
from tests.support.outside import Outside

# What differs even where it breaks off, as the same bytes are kept once: a provider, and a kind of event that it sends.
VARIED, EVENT = max(
    ((name, event) for name, it in PROVIDERS.items() for event in it.callbacks),
    key=lambda it: len({broken(PROVIDERS[it[0]].callbacks[it[1]].body()) for _ in range(9)}),
)


def a_text() -> str:
    return f"hello {secrets.token_hex(6)}"


def send(page: Page, provider: str, button: str, text: str | None = None, event: str = "message") -> Locator:
    """Send; return what the page shows of the answer, once it is there."""
    page.get_by_role("radio", name=provider, exact=True).check()
    page.get_by_label("Event", exact=True).select_option(event)
    if text is not None:
        page.get_by_label("Text", exact=True).fill(text)
    return click(page, button)


def click(page: Page, button: str) -> Locator:
    """Send what is filled in; return what the page shows of the answer, once it is there."""
    answer = page.locator("#answer")
    page.evaluate("document.getElementById('answer').replaceChildren()")
    page.get_by_role("button", name=button, exact=True).click()
    answer.locator("dl, .bad").wait_for()
    return answer


def cards(page: Page, text: str) -> Locator:
    """Return the events with exactly this text."""
    return page.locator("#events > li").filter(has=page.get_by_text(text, exact=True))


def keys(outside: Outside) -> set[str]:
    """Return what is in the quarantine."""
    return {"/".join(key.split("/")[:2]) for key in outside.quarantined()}


def kept_since(before: set[str], page: Page, outside: Outside) -> list[Locator]:
    """Return what the page shows of what came into the quarantine."""
    found = [page.locator(f'#quarantine > li[data-key="{key}"]') for key in keys(outside) - before]
    for each in found:
        expect(each).to_be_visible()
    return found


def scrolls_sideways(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wide


def dark(page: Page) -> bool:
    red = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
    return int(red) < 128
