"""The web console, in a real browser, over the running stack: every function of it by clicking or typing.

Screenshots go into the folder of the stack (`.local/e2e`). With PICTURES=docs/images in the environment, the picture
of the README is written anew.
"""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from gateway.console.serving import listen, served
from gateway.console.source import watched_of
from gateway.operations.installation import installed_here
from gateway.operations.stack import Stack
from gateway.paths import ROOT
from gateway.simulator import Verdict, broken, senders
from tests.e2e.browser import chromium, nothing_wrong, opened
from tests.support.outside import FIRST, Outside
from tests.support.queued import Queued
from tests.support.stacks import WORK

pytestmark = pytest.mark.xdist_group("persons")  # a stack beside the one of the other tests

LAST = list(senders())[-1]
# What differs even where it breaks off, as the same bytes are kept once: a provider, and a kind of event that it sends.
VARIED, EVENT = max(
    ((name, event) for name, it in senders().items() for event in it.callbacks),
    key=lambda it: len({broken(senders()[it[0]].callbacks[it[1]].body()) for _ in range(9)}),
)
REPORTS = next(name for name, it in senders().items() if "report" in it.callbacks)
SILENT = next(name for name, it in senders().items() if "report" not in it.callbacks)
COUNTS = ("queued", "refused", "quarantined", "duplicates", "published", "dead", "conflicts")
HOSTILE = {
    "an image": '<img src=x onerror="alert(1)">',
    "a script's end": "</script><script>alert(1)</script>{{7*7}}${alert(1)}",
    "right to left": "\u202egnp.exe \u2066\u0627\u0644\u0633\u0644\u0627\u0645\u2069 <b>\u05e9\u05dc\u05d5\u05dd</b>",
    "controls": "a\x00b\x1b[31mred\x07 \u2028line\u2029 \x85",
    "long": "<i>" + "0123456789" * 1_000 + "</i>",
}


def served_over(stack: Stack, port: int | None = None) -> AbstractContextManager[str]:
    """Serve a console that looks at the numbers more often than people need it."""
    return served(replace(watched_of(installed_here(stack)), pause_seconds=0.2), listen(port))


@pytest.fixture(scope="module")
def console(stack: Stack) -> Iterator[str]:
    """Return the address of a console over the shared stack."""
    with served_over(stack) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def only_page(browser: Browser, console: str) -> Iterator[Page]:
    with opened(browser, console) as page:
        yield page


@pytest.fixture
def page(only_page: Page, console: str) -> Iterator[Page]:
    """Return a page of the console, its form empty; else as the test before left it: opening one takes longer
    than most.
    """
    with nothing_wrong(only_page, console):
        only_page.evaluate("send.reset(); senders.dispatchEvent(new Event('change'))")
        yield only_page


@pytest.fixture(scope="module")
def example(browser: Browser, stack: Stack) -> Iterator[Page]:
    """Return a page over a console of its own, on which there is something of everything, and not much."""
    options = {"viewport": {"width": 1100, "height": 1110}, "color_scheme": "light", "reduced_motion": "reduce"}
    options["bypass_csp"] = True  # lets axe in
    with served_over(stack) as address, opened(browser, address, **options) as page:
        for provider in senders():
            send(page, provider, "Send", "Is the table at eight still free?")
        for button in ("Send it again", "Send broken body", "Send with wrong signature"):
            send(page, VARIED, button)
        expect(page.locator("#events > li")).to_have_count(len(senders()))
        expect(page.locator(f'#providers [data-count="Refused {VARIED}"]')).not_to_have_text("0")
        yield page


def a_text() -> str:
    return f"hello {secrets.token_hex(6)}"


def send(page: Page, provider: str, button: str, text: str | None = None, event: str = "message") -> Locator:
    """Send; return what the page shows of the answer, once it is there."""
    page.get_by_role("radio", name=provider).check()
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
    return page.locator("#events > li").filter(has=page.get_by_text(text, exact=True))


def count(page: Page, name: str) -> Locator:
    return page.locator(f'#flow [data-count="{name}"]')


def counts(page: Page) -> dict[str, int]:
    """All counts on the arrows; received is what is received of each provider."""

    def number(name: str) -> int:
        return int((count(page, name).text_content() or "").replace(",", ""))

    own = {name: number(f"received {name}") for name in senders()}
    return own | {name: number(name) for name in COUNTS} | {"received": sum(own.values())}


def keys(outside: Outside) -> set[str]:
    """Return what is in the quarantine."""
    return {key.rpartition("/")[0] for key in outside.quarantined()}


def kept_since(before: set[str], page: Page, outside: Outside) -> list[Locator]:
    """Return what the page shows of what came into the quarantine."""
    found = [page.locator(f'#quarantine > li[data-key="{key}"]') for key in keys(outside) - before]
    for each in found:
        expect(each).to_be_visible()
    return found


def settled(page: Page, outside: Outside) -> dict[str, int]:
    """Return the counts, once nothing is under way and two looks in a row gave the same."""
    outside.wait_until(lambda: outside.backlog() == 0)
    before: dict[str, int] = {}
    while (now := counts_of_next_look(page)) != before:
        before = now
    return now


def counts_of_next_look(page: Page) -> dict[str, int]:
    """Return the counts, once the page was told of another look: it names the picture anew each time."""
    page.evaluate(
        """() => new Promise((told) => new MutationObserver(told).observe(
             document.getElementById("flow"), {subtree: true, attributeFilter: ["aria-label"]}))"""
    )
    return counts(page)


def grown(page: Page, before: dict[str, int], expected: dict[str, int]) -> None:
    """Wait until exactly the expected counts have grown by so much."""
    for name, by in expected.items():
        place = count(page, f"received {name}" if name in senders() else name)
        expect(place).to_have_text(f"{before[name] + by:,}", timeout=30_000)
    after = counts(page)
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == expected | {
        "received": sum(by for name, by in expected.items() if name in senders())
    }


@pytest.mark.parametrize("provider", senders())
def test_what_each_provider_sends_is_seen_where_it_belongs(provider: str, page: Page, outside: Outside) -> None:
    text = a_text()
    before = settled(page, outside)

    answer = send(page, provider, "Send", text)
    expect(answer).to_contain_text("delivered")
    expect(answer).to_contain_text("200")
    expect(cards(page, text)).to_have_count(1)
    expect(cards(page, text)).to_contain_text(provider)
    outside.wait_until(lambda: outside.backlog() == 0)  # that it was published is on record now

    expect(send(page, provider, "Send it again")).to_contain_text("delivered")

    kept_before = keys(outside)
    expect(send(page, provider, "Send broken body")).to_contain_text("delivered")
    [kept] = kept_since(kept_before, page, outside)
    expect(kept).to_contain_text(provider)

    answer = send(page, provider, "Send with wrong signature")
    expect(answer).to_contain_text("401")
    verdict = senders()[provider].retries.read(401, b"")
    never = verdict is Verdict.GIVEN_UP
    expect(answer).to_contain_text(verdict.value)
    expect(answer).to_contain_text("It will never send this again" if never else "It will try again")

    grown(
        page,
        before,
        {"queued": 2, "published": 1, "duplicates": 1, "quarantined": 1, "refused": 1, provider: 4},
    )
    assert cards(page, text).count() == 1
    row = page.locator("#providers tr").filter(has=page.get_by_role("rowheader", name=provider))
    assert int(row.locator("td").nth(2).inner_text()) >= 1, "refused"

    key = kept.get_attribute("data-key")
    kept.get_by_role("button", name="Replay").click()
    expect(page.locator("#replayed")).to_contain_text(f"{key}: unreadable")
    assert [object_ for object_ in outside.quarantined() if object_.startswith(key or "?")], "it stays as it is"


def test_from_to_and_text_are_sent_as_they_are_filled_in(page: Page) -> None:
    text = a_text()
    for provider in senders():
        page.get_by_role("radio", name=provider).check()
        page.get_by_label("From", exact=True).fill("+4512345678")
        page.get_by_label("To", exact=True).fill("+4587654321")
        send(page, provider, "Send", f"{text} {provider}")
        expect(cards(page, f"{text} {provider}")).to_contain_text("+4512345678 → +4587654321")
    page.get_by_label("From", exact=True).fill("ACME")
    expect(click(page, "Send")).to_contain_text(f"message, a new one, as {LAST}")
    expect(page.locator("#events > li").first).to_contain_text("ACME → +4587654321")


def test_every_event_of_the_provider_is_offered_with_the_fields_that_it_has(page: Page) -> None:
    events = page.get_by_label("Event", exact=True)
    for provider, kinds in ((name, sender.callbacks) for name, sender in senders().items()):
        page.get_by_role("radio", name=provider).check()
        assert events.locator("option").all_inner_texts() == list(kinds)
    page.get_by_role("radio", name=REPORTS).check()
    events.select_option("report")
    expect(page.get_by_label("Text", exact=True)).to_be_disabled()
    documented = senders()[REPORTS].callbacks["report"].documented_in("recipient") or ""
    expect(page.get_by_label("To", exact=True)).to_have_attribute("placeholder", documented)
    page.get_by_label("To", exact=True).fill("+4512345678")

    expect(click(page, "Send")).to_contain_text(f"report, a new one, as {REPORTS}")

    expect(page.locator("#events > li").first).to_contain_text("+4512345678")
    expect(page.locator("#events > li").first).to_contain_text("status: ")
    expect(send(page, REPORTS, "Send it again", event="unknown")).to_contain_text("report, the same once more")
    events.select_option("report")
    page.get_by_role("radio", name=SILENT).check()
    expect(events).to_have_value("message")  # it knows no report
    expect(page.get_by_label("Text", exact=True)).to_be_enabled()


def test_what_is_wrong_is_told_at_its_field_and_not_sent(page: Page) -> None:
    text, field = a_text(), page.get_by_label("From", exact=True)
    page.get_by_label("Text", exact=True).fill(text)
    field.fill("+45 12 34")
    page.get_by_role("button", name="Send", exact=True).click()

    said = "From: a number (+4512345678, 3 to 15 digits and no spaces), or a name of up to 11 characters"
    expect(field).to_have_accessible_description(said)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(page.locator("#answer")).to_be_empty()
    page.keyboard.press("Control+a")
    page.keyboard.type("+451234")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("delivered")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("")
    expect(cards(page, text)).to_have_count(1)


def test_the_charts_show_what_was_just_sent(page: Page, outside: Outside) -> None:
    send(page, FIRST, "Send", a_text())

    expect(page.locator("#latency .legend")).to_contain_text(re.compile(r"Answer to the provider: [\d.]+ m?s"))
    expect(page.locator("#latency .legend")).to_contain_text(re.compile(r"arrived, median: [\d.]+ m?s"))
    expect(page.locator("#rate .scale")).to_contain_text(re.compile(r"up to [\d.]+/s, last \d+ s"))
    points = page.locator("#rate polyline.line0").get_attribute("points") or ""
    assert len({point.split(",")[1] for point in points.split()}) > 1, "the line rises where something was received"
    expect(page.locator("#rate svg")).to_have_attribute("aria-label", re.compile(r"Received: [\d.]+/s"))


def test_a_conflicting_text_gets_back_by_a_click(page: Page, outside: Outside) -> None:
    own_id, first, second = secrets.token_hex(6), a_text(), a_text()
    for text in (first, second):
        event_id = outside.text("+4512345678", "+4587654321", text, own_id=own_id)
        outside.wait_until(lambda: outside.backlog() == 0)
    expect(cards(page, first)).to_have_count(1)

    kept = page.locator("#quarantine > li").filter(has_text="id conflict").first
    expect(kept).to_be_visible()
    kept.locator("summary").click()
    expect(kept.locator("pre")).to_contain_text(second)
    key = kept.get_attribute("data-key")
    kept.get_by_role("button", name="Replay").click()

    expect(page.locator("#replayed")).to_contain_text(f"{key}: accepted {event_id}#conflict-")
    expect(cards(page, second)).to_have_count(1)
    expect(page.locator(f'#quarantine > li[data-key="{key}"]')).to_have_count(0)


def test_all_that_is_shown_of_the_quarantine_is_replayed_at_once(page: Page, outside: Outside) -> None:
    before = keys(outside)
    for _ in range(2):
        send(page, VARIED, "Send broken body", event=EVENT)
    kept = kept_since(before, page, outside)
    assert len(kept) == 2

    page.get_by_role("button", name="Replay all shown").click()

    for each in kept:
        expect(page.locator("#replayed")).to_contain_text(f"{each.get_attribute('data-key')}: unreadable")


def test_what_came_while_as_much_went_is_shown(page: Page, outside: Outside, boto: Callable[[str], Any]) -> None:
    s3, bucket = boto("s3"), outside.stack.quarantine_bucket
    first, second = (f"{FIRST}/{secrets.token_hex(32)}" for _ in range(2))
    card = '#quarantine > li[data-key="{}"]'
    s3.put_object(Bucket=bucket, Key=f"{first}/body", Body=b"x")
    expect(page.locator(card.format(first))).to_be_visible()

    s3.put_object(Bucket=bucket, Key=f"{second}/body", Body=b"x")
    s3.delete_object(Bucket=bucket, Key=f"{first}/body")

    expect(page.locator(card.format(second))).to_be_visible()
    expect(page.locator(card.format(first))).to_have_count(0)
    s3.delete_object(Bucket=bucket, Key=f"{second}/body")


def test_dead_letters_get_back_by_a_click(page: Page, outside: Outside) -> None:
    letter = Queued(f"console-{secrets.token_hex(4)}")
    redrive(page, outside, "events", outside.stack.queues.dead_letters, letter.document, letter.event_id)
    for name, source in outside.stack.sources.items():
        message = senders()[source.provider].message
        redrive(page, outside, name, source.dead_letters, message.body(text=(text := a_text())).decode(), text)


def redrive(page: Page, outside: Outside, queue: str, url: str, body: str, shown: str) -> None:
    """Put a letter into a dead-letter queue and let it go back: what becomes of it is among the events then."""
    part = page.locator(f'[data-queue="{queue}"]')
    outside.boto("sqs").send_message(QueueUrl=url, MessageBody=body)

    listed = part.locator("li")
    expect(listed).to_have_count(1)
    expect(part.locator(".badge")).to_have_text("1")
    listed.locator("summary").click()
    expect(listed.locator("pre")).to_have_text(body)
    part.get_by_role("button", name="Redrive all").click()

    expect(part.get_by_role("status")).to_have_text("1 moved back")
    expect(part.get_by_role("button", name="Redrive all")).to_be_disabled()
    expect(page.locator("#events > li").filter(has_text=shown)).to_have_count(1)
    expect(part.locator("li")).to_have_count(0)
    expect(part.locator(".badge")).to_have_text("0")
    expect(count(page, "dead")).to_have_text("0")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_a_text(name: str, page: Page, outside: Outside) -> None:
    text = f"{a_text()} {HOSTILE[name]}"
    own_id = f"<img src=x onerror=alert(2)>{secrets.token_hex(6)}"
    elements = page.evaluate("document.querySelectorAll('img, script, b, i').length")

    outside.text("<b>\u202eA", "+4587654321", text, own_id=own_id)
    card = page.locator("#events > li").filter(has_text=own_id)
    expect(card).to_have_count(1)
    shown = card.locator(".text").text_content() or ""
    assert shown == (text if len(text) <= 1_000 else f"{text[:1_000]} …")
    card.locator("summary").click()
    expect(card.locator("pre")).to_contain_text('"specversion"')
    assert json.loads(card.locator("pre").text_content() or "")["data"]["text"] == text

    kept_before = keys(outside)
    outside.post(FIRST, f'{{"{text[:2_000]}": "'.encode())
    [kept] = kept_since(kept_before, page, outside)
    kept.locator("summary").click()
    expect(kept.locator("pre")).to_contain_text(text[:18])
    send(page, FIRST, "Send", text.replace("\x00", ""))
    assert page.evaluate("document.querySelectorAll('img, script, b, i').length") == elements
    assert not scrolls_sideways(page)


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
    for _ in range(len(senders()) + list(senders()).index(VARIED)):  # once around
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


def test_paused_it_holds_events_back(page: Page) -> None:
    text = a_text()
    page.get_by_role("button", name="Pause").click()
    send(page, FIRST, "Send", text)
    expect(page.locator("#held")).to_have_text("1 waiting")
    assert cards(page, text).count() == 0
    page.get_by_role("button", name="Pause").click()
    expect(cards(page, text)).to_have_count(1)


def test_the_picture_for_the_readme(example: Page) -> None:
    example.mouse.move(0, 0)
    example.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    path = Path(os.environ.get("PICTURES") or WORK) / "console.png"
    assert 10_000 < len(example.screenshot(path=path)) < 250_000


@pytest.mark.parametrize("width", [360, 1_200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_dark_narrow_and_wide_it_is_accessible(scheme: Any, width: int, example: Page) -> None:
    example.emulate_media(color_scheme=scheme)
    example.set_viewport_size({"width": width, "height": 800})
    for details in (example.locator("#events details").first, example.locator("#quarantine details").first):
        details.evaluate("it => { it.open = true }")
    example.get_by_label("From", exact=True).fill("12")
    example.get_by_role("button", name="Send", exact=True).click()
    expect(example.locator("#sender-error")).to_be_visible()
    assert dark(example) == (scheme == "dark")
    assert not scrolls_sideways(example)
    example.screenshot(path=WORK / f"console-{scheme}-{width}.png", full_page=True)
    found = Axe().run(example)
    assert found.violations_count == 0, found.generate_report()


def test_it_says_so_when_the_server_is_gone_and_when_the_key_is_no_longer_good(browser: Browser, stack: Stack) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        with served_over(stack) as address:
            page.goto(address)
            expect(page.locator("#connection")).to_have_text("live")
        expect(page.locator("#connection")).to_have_text("connecting")
        port = int(address.partition("#")[0].rstrip("/").rpartition(":")[2])
        with served_over(stack, port) as another:
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


def test_nothing_is_left_in_the_stack_when_it_ends(stack: Stack, boto: Callable[[str], Any]) -> None:
    def left() -> tuple[set[str], int]:
        queues = set(boto("sqs").list_queues(QueueNamePrefix=f"{stack.stack}-console").get("QueueUrls", []))
        subscribed = boto("sns").list_subscriptions()["Subscriptions"]
        return queues, len(subscribed)

    before = left()
    with served_over(stack):
        queues, subscriptions = left()
        assert (len(queues), subscriptions) == (len(before[0]) + 1, before[1] + 2)
    assert left() == before


def test_the_command_serves_it_until_interrupted(stack: Stack, tmp_path: Path) -> None:
    stack.write(tmp_path / "stack.json")
    command = [sys.executable, "-m", "gateway", "console", f"--work={tmp_path}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            printed = re.search(r"(http://127\.0\.0\.1:\d+/)#(\S+)", line)
            assert printed, line
            with httpx.stream(
                "GET", f"{printed[1]}api/stream", headers={"Authorization": f"Bearer {printed[2]}"}
            ) as told:
                assert stack.stack in next(told.iter_text())
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
            assert process.stdout.read() == ""
        finally:
            process.kill()


def scrolls_sideways(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wide


def dark(page: Page) -> bool:
    red = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
    return int(red) < 128
