"""The console's page, as somebody at it works and sees it."""

import secrets

from playwright.sync_api import Locator, Page, expect

from tests.support.outside import Outside

PLACES = ("Messages", "Problems", "Connect", "Overview", "Send")


def a_text() -> str:
    return f"hello {secrets.token_hex(6)}"


def a_number() -> str:
    return f"+45{secrets.randbelow(10**8):08}"


def go(page: Page, place: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=place).click()
    expect(page.get_by_role("heading", level=1, name=place)).to_be_visible()


def send(page: Page, provider: str, button: str, event: str = "message", parts: int = 1, **said: str) -> Locator:
    """Send; return what the page shows of what became of it, once it is there."""
    go(page, "Send")
    page.get_by_label("As", exact=True).select_option(provider)
    page.get_by_label("Event", exact=True).select_option(event)
    for label in ("From", "To", "Text"):
        if (field := page.get_by_label(label, exact=True)).is_enabled():
            field.fill(said.get(label.lower(), ""))
    if (torn := page.get_by_label("Split into", exact=True)).is_visible():
        torn.select_option(str(parts))
    return click(page, button)


def click(page: Page, button: str) -> Locator:
    """Send what is filled in; return what the page shows of what became of it, once it is there."""
    answers = page.locator("#answers > ol > li")
    newest = answers.first.get_attribute("data-at") if answers.count() else ""
    page.get_by_role("button", name=button, exact=True).click()
    return page.locator(f'#answers > ol > li:first-child:not([data-at="{newest}"])')


def found(page: Page, words: str) -> Locator:
    """Search; return the rows that are found."""
    go(page, "Messages")
    page.get_by_role("searchbox").fill(words)
    if words:
        expect(page.locator("#shown")).to_contain_text(" of ")
    return page.locator(".row")


def opened(page: Page, words: str, status: str = "") -> Locator:
    """Search, open the row that is found, once it has got so far; return its drawer."""
    rows = found(page, words)
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(status)
    rows.locator(".cell-text").click()
    return page.get_by_role("complementary")


def keys(outside: Outside) -> set[str]:
    """Return what is in the quarantine."""
    return {"/".join(key.split("/")[:2]) for key in outside.quarantined()}


def kept_since(before: set[str], page: Page, outside: Outside) -> list[Locator]:
    """Return what the page shows of what came into the quarantine."""
    go(page, "Problems")
    listed = [page.locator(f'.kept[data-key="{key}"]') for key in keys(outside) - before]
    for each in listed:
        expect(each).to_be_visible()
    return listed


def scrolls_sideways(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wide


def dark(page: Page) -> bool:
    red = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
    return int(red) < 128
