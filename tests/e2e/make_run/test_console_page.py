"""The console's page for everybody: by keyboard, light and dark, narrow and wide, with much to show; and its end.

Screenshots go into the folder of the stack. With PICTURES=docs/images in the environment, the picture of the README is
written anew.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from gateway.console.rows import Row
from gateway.operations.stack import Stack
from gateway.paths import ROOT
from tests.e2e.make_run.browser import opened as page_of
from tests.e2e.make_run.page import PLACES, a_text, dark, found, go, scrolls_sideways, send
from tests.e2e.make_run.up import PROVIDERS, Listeners, Serve
from tests.support.outside import FIRST, IN_PARTS

MANY = 10_000


def focused(page: Page, selector: str) -> bool:
    it: bool = page.evaluate("selector => document.activeElement.matches(selector)", selector)
    return it


def tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page, selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", "one sees where one is"
            return
    pytest.fail(f"the tabulator doesn't lead to {selector}")


def test_it_is_worked_by_the_keyboard_alone(page: Page) -> None:
    text = a_text()
    page.reload()  # whoever begins is at the top
    page.locator(".row").first.wait_for()
    page.keyboard.press("Tab")
    assert focused(page, ".skip")
    page.keyboard.press("Enter")
    assert focused(page, "h1")
    page.keyboard.press("5")
    expect(page.get_by_role("heading", level=1)).to_have_text("Send")
    tab_to(page, "#provider")
    page.keyboard.type(FIRST)
    expect(page.locator("#provider")).to_have_value(FIRST)
    for field, typed in (("#sender", "+4512345678"), ("#recipient", "4545"), ("#text", text)):
        tab_to(page, field)
        page.keyboard.type(typed)
    tab_to(page, "button[value=new]")
    page.keyboard.press("Enter")
    expect(page.locator("#answers li").first).to_contain_text(f"became {FIRST}/")

    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("hello")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator(".row").first).to_be_focused()
    expect(page.locator(".row").first).to_contain_text(text)
    page.keyboard.press("Enter")
    drawer = page.get_by_role("complementary")
    expect(drawer.get_by_role("heading", name=FIRST)).to_be_focused()
    tab_to(page, "[role=tab]")
    page.keyboard.press("ArrowRight")
    expect(drawer.locator("pre")).to_contain_text('"specversion"')
    page.keyboard.press("r")
    expect(drawer.locator(".outcome")).to_contain_text("dropped as a duplicate")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(page.locator(".row").filter(has_text=text)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    page.keyboard.press("Escape")
    expect(page.locator(".row").filter(has_text=text)).to_be_focused()


def test_ten_thousand_messages_are_at_hand_and_few_are_drawn(browser: Browser, console: str) -> None:
    now = datetime.now(UTC)

    def a_row(number: int) -> dict[str, Any]:
        at = (now - timedelta(seconds=MANY - number)).isoformat()
        row = Row(f"event:{FIRST}/{number}", number, at, FIRST, "published", "message")
        row.event_id, row.sender, row.text = f"{FIRST}/{number}", f"+45{number:08}", f"text {number:05}"
        row.duplicates = number % 7 and 1_234
        return vars(row)

    about = {"stack": "many", "providers": [FIRST], "rows_kept": MANY, "can": {}, "senders": []}
    documents = [("about", about), ("rows", {"cursor": MANY, "rows": [a_row(at) for at in range(MANY)]})]
    told = "".join(f"event: {kind}\ndata: {json.dumps(it)}\n\n" for kind, it in documents)

    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.route("**/api/stream?after=0", lambda route: route.fulfill(body=told, content_type="text/event-stream"))
        page.goto(console)
        grid, rows = page.get_by_role("grid"), page.locator(".row")
        expect(grid).to_have_attribute("aria-rowcount", str(MANY + 1))
        expect(rows.first).to_contain_text("text 09999")
        rows.first.focus()
        for press, text in (("Home", "text 09999"), ("End", "text 00000"), ("k", "text 00001")):
            page.keyboard.press(press)
            expect(page.locator(".row:focus")).to_contain_text(text)
            assert rows.count() < 100, "only what is seen is drawn"
        page.keyboard.press("Enter")
        expect(page.locator(".row.opened")).to_be_in_viewport()
        page.keyboard.press("Escape")
        chips = rows.filter(has_text="×1,234").first.locator(".cell-status")
        assert chips.evaluate("it => it.scrollWidth <= it.clientWidth"), "four digits fit"
        page.get_by_role("searchbox").fill("text 0426")
        expect(page.locator("#shown")).to_have_text("10 of 10,000")
        expect(rows).to_have_count(10)
        page.goto(f"{console}/send/%E0")  # an address that was cut off
        expect(page.get_by_role("heading", level=1)).to_have_text("Send")


@pytest.fixture(scope="module")
def example(browser: Browser, serve: Serve) -> Iterator[Page]:
    """Return a page over a console of its own, on which there is something of everything, and not much."""
    options = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
    options["bypass_csp"] = True  # lets axe in
    with serve() as address, page_of(browser, address, **options) as (page, _):
        said = ("Is the table at eight still free?", "My parcel hasn't arrived.", "STOP", "Yes, see you tomorrow!")
        for provider, text in zip(PROVIDERS, said, strict=False):
            send(page, provider, "Send", text=text)
        for button in ("Send it again", "Send broken body", "Send with wrong signature"):
            send(page, FIRST, button)
        became = send(page, IN_PARTS, "Send", parts=3, text="The plumber comes between nine and eleven. " * 4)
        expect(became).to_contain_text("joined")
        found(page, "wrong")
        expect(page.locator(".row")).not_to_have_count(0)
        yield page


def test_the_picture_for_the_readme(example: Page, work: Path) -> None:
    found(example, "")
    expect(example.locator(".row").filter(has_text="joined 3 of 3")).to_have_count(1)
    example.locator(".row").filter(has_text="duplicate ×1").first.locator(".cell-text").click()
    expect(example.locator(".timeline")).to_contain_text("duplicate dropped")
    path = Path(os.environ.get("PICTURES") or work) / "console.png"
    assert 10_000 < len(example.screenshot(path=path)) < 250_000


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1_280)])
def test_light_dark_narrow_and_wide_every_place_is_accessible(
    scheme: Any, width: int, example: Page, work: Path
) -> None:
    example.emulate_media(color_scheme=scheme)
    example.set_viewport_size({"width": width, "height": 844})
    example.keyboard.press("Escape")
    unfolded = {  # what is opened where, and what is seen then
        "Messages": ("", ".row .chip"),
        "Problems": (".unfold", ".kept-body pre"),
        "Connect": (".secret button", ".revealed"),
        "Overview": ("", ".figure polyline"),
        "Send": ("button[value=forged]", ".outcome"),
        "drawer": (".row .cell-text", ".timeline"),
    }
    for place, (opener, seen) in unfolded.items():
        go(example, place if place in PLACES else "Messages")
        if opener:
            example.locator(opener).first.click()
        example.locator(seen).first.wait_for()
        assert dark(example) == (scheme == "dark")
        assert not scrolls_sideways(example)
        example.screenshot(path=work / f"console-{place}-{scheme}-{width}.png")
        report = Axe().run(example)
        assert report.violations_count == 0, f"{place}: {report.generate_report()}"
    example.keyboard.press("Escape")


# ---- Its server ------------------------------------------------------------------------------------------------------


def test_it_says_so_when_the_server_is_gone_and_when_the_key_is_no_longer_good(browser: Browser, serve: Serve) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        with serve() as address:
            page.goto(address)
            expect(page.locator("#connection")).to_have_text("live")
        expect(page.locator("#connection")).to_have_text("connecting")
        port = int(address.partition("#")[0].rstrip("/").rpartition(":")[2])
        with serve(port) as another:
            expect(page.locator("#trouble")).to_contain_text("open the address that the terminal printed")
            page.goto(another)
            expect(page.locator("#connection")).to_have_text("live")
            expect(page.locator("#trouble")).to_be_hidden()


def test_the_command_serves_it_until_interrupted_and_leaves_nothing(
    stack: Stack, work: Path, listeners: Listeners
) -> None:
    queues, subscriptions = listeners()
    command = [sys.executable, "-m", "gateway", "console", f"--work={work}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            printed = re.search(r"(http://127\.0\.0\.1:\d+/)#(\S+)", line)
            assert printed, line
            headers = {"Authorization": f"Bearer {printed[2]}"}
            with httpx.stream("GET", f"{printed[1]}api/stream", headers=headers) as told:
                assert stack.stack in next(told.iter_text())
            assert listeners() == (queues + 1, subscriptions + 2)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
            assert process.stdout.read() == ""
        finally:
            process.kill()
    assert listeners() == (queues, subscriptions)
