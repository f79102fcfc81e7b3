"""The console's page for everybody: by keyboard, light and dark, narrow and wide; and what becomes of it at the end.

Screenshots go into the folder of the stack. With PICTURES=docs/images in the environment, the picture of the README is
written anew.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from gateway.operations.stack import Stack
from gateway.paths import ROOT
from tests.e2e.make_run.browser import opened
from tests.e2e.make_run.page import VARIED, a_text, cards, dark, scrolls_sideways, send
from tests.e2e.make_run.up import PROVIDERS
from tests.support.outside import FIRST, Outside

Serve = Callable[..., AbstractContextManager[str]]


def test_it_is_worked_by_the_keyboard_alone(page: Page) -> None:
    text = a_text()
    page.reload()  # whoever begins is at the top

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", "one sees where one is"
                return
        pytest.fail(f"the tabulator doesn't lead to {selector}")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    tab_to("input[type=radio]")
    for _ in range(len(PROVIDERS) + list(PROVIDERS).index(VARIED)):  # once around
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == VARIED
    tab_to("#event")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#event")).not_to_have_value("message")
    page.keyboard.press("ArrowUp")
    for field, typed in (("#sender", "+4512345678"), ("#recipient", "4545"), ("textarea", text)):
        tab_to(field)
        page.keyboard.type(typed)
    tab_to("button[value=new]")
    page.keyboard.press("Enter")
    expect(cards(page, text)).to_contain_text("+4512345678 → 4545")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#answer")).to_contain_text("the same once more")
    kept = page.locator("#quarantine > li").count()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("its body breaks off")
    expect(page.locator("#quarantine > li")).to_have_count(kept + 1)
    tab_to("#events summary")
    page.keyboard.press("Enter")
    expect(page.locator("#events pre").first).to_contain_text('"specversion"')
    tab_to("#quarantine button")
    page.keyboard.press("Enter")
    expect(page.locator("#replayed")).to_contain_text("unreadable")


@pytest.fixture(scope="module")
def example(browser: Browser, serve: Serve) -> Iterator[Page]:
    """Return a page over a console of its own, on which there is something of everything, and not much."""
    options = {"viewport": {"width": 1100, "height": 1110}, "color_scheme": "light"}
    options["bypass_csp"] = True  # lets axe in
    with serve() as address, opened(browser, address, **options) as page:
        shown = dict.fromkeys((*islice(PROVIDERS, 7), VARIED))  # all have a row, and a few an event
        for provider in shown:
            send(page, provider, "Send", "Is the table at eight still free?")
        for button in ("Send it again", "Send broken body", "Send with wrong signature"):
            send(page, VARIED, button)
        expect(page.locator("#events > li")).to_have_count(len(shown))
        expect(page.locator(f'#providers [data-count="Refused {VARIED}"]')).not_to_have_text("0")
        yield page


def test_the_picture_for_the_readme(example: Page, work: Path) -> None:
    example.mouse.move(0, 0)
    example.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    path = Path(os.environ.get("PICTURES") or work) / "console.png"
    assert 10_000 < len(example.screenshot(path=path)) < 250_000


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1_200)])
def test_light_dark_narrow_and_wide_it_is_accessible(scheme: Any, width: int, example: Page, work: Path) -> None:
    example.emulate_media(color_scheme=scheme)
    example.set_viewport_size({"width": width, "height": 800})
    for details in (example.locator("#events details").first, example.locator("#quarantine details").first):
        details.evaluate("it => { it.open = true }")
    example.get_by_label("From", exact=True).fill("12")
    example.get_by_role("button", name="Send", exact=True).click()
    expect(example.locator("#sender-error")).to_be_visible()
    assert dark(example) == (scheme == "dark")
    assert not scrolls_sideways(example)
    example.screenshot(path=work / f"console-{scheme}-{width}.png", full_page=True)
    found = Axe().run(example)
    assert found.violations_count == 0, found.generate_report()


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


def test_another_sites_page_gets_nothing_and_does_nothing(browser: Browser, console: str, outside: Outside) -> None:
    """With the browser's own help: what it sends for another origin's page is refused, and unreadable for it."""
    before = len(outside.quarantined())
    address = console.partition("#")[0]
    with browser.new_context() as context:
        page = context.new_page()
        page.route("http://evil.example/**", lambda route: route.fulfill(body="<p>evil</p>", content_type="text/html"))
        page.goto("http://evil.example/")
        answers = []
        page.on("response", lambda response: answers.append((response.request.method, response.status)))
        body = json.dumps({"provider": FIRST, "kind": "broken"})
        tried = page.evaluate(
            """async ([address, body]) => Promise.all([
                 fetch(`${address}api/send`, {method: "POST", body, mode: "no-cors"}),
                 fetch(`${address}api/send`, {method: "POST", body, headers: {"Content-Type": "application/json"}}),
                 fetch(`${address}api/quarantine`),
               ].map(async (tried) => { try { return (await tried).type } catch { return "refused" } }))""",
            [address, body],
        )
    assert tried[1:] == ["refused", "refused"]
    assert tried[0] in {"refused", "opaque"}
    assert not [answer for answer in answers if answer[1] < 400 and answer[0] == "POST"]
    assert len(outside.quarantined()) == before


def test_the_command_serves_it_until_interrupted_and_leaves_nothing(
    stack: Stack, work: Path, boto: Callable[[str], Any]
) -> None:
    def listeners() -> tuple[int, int]:
        queues = boto("sqs").list_queues(QueueNamePrefix=f"{stack.stack}-console").get("QueueUrls", [])
        return len(queues), len(boto("sns").list_subscriptions()["Subscriptions"])

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
