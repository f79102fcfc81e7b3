"""The web console, in a real browser, over the running stack: every function of it by clicking or typing."""

import json
import re
import secrets

from playwright.sync_api import Page, Route, expect

from gateway.simulator import Verdict
from tests.e2e.make_run.page import (
    a_number,
    a_text,
    click,
    found,
    go,
    kept_since,
    keys,
    opened,
    scrolls_sideways,
    send,
)
from tests.e2e.make_run.up import PROVIDERS
from tests.support.outside import FIRST, IN_PARTS, SECOND, Outside
from tests.support.queued import Queued

REPORTS = next(name for name, it in PROVIDERS.items() if (report := it.callbacks.get("report")) and report.recipient)
SILENT = next(name for name, it in PROVIDERS.items() if "report" not in it.callbacks)
GIVES_UP = next(name for name, it in PROVIDERS.items() if it.retries.read(401, b"") is Verdict.GIVEN_UP)
MARKUP = '<b>bold</b> <img src=x onerror="alert(1)"> </script><script>alert(1)</script>{{7*7}}${alert(1)}'
ODD = "\u202egnp.exe \u2066\u0627\u0644\u0633\u0644\u0627\u0645\u2069 a\x00b\x1b[31mred\x07 \u2028line\u2029 \x85"


def test_what_a_provider_sends_is_found_where_it_belongs(page: Page) -> None:
    text, number, drawer = a_text(), a_number(), page.get_by_role("complementary")

    became = send(page, FIRST, "Send", **{"from": number, "to": "+4587654321", "text": text})
    expect(became).to_contain_text(re.compile(rf"became {re.escape(FIRST)}/\S+ after [\d.]+ m?s"))
    expect(click(page, "Send it again")).to_contain_text(f"dropped as a duplicate of {FIRST}/")
    became.get_by_role("link", name="Show message").click()
    expect(drawer).to_contain_text(text)
    for step in ("received", "authenticated", "queued", "claimed", "published", "duplicate dropped"):
        expect(drawer.locator(".timeline")).to_contain_text(step)
    rows = found(page, text)
    expect(rows).to_have_count(1)
    for said in (f"{number} → +4587654321", "published", "duplicate ×1"):
        expect(rows).to_contain_text(said)

    for provider, button, outcome, shown in (
        (FIRST, "Send broken body", "quarantined as", "quarantined"),
        (FIRST, "Send with wrong signature", "It will try again", "refused"),
        (GIVES_UP, "Send with wrong signature", "It will never send this again", "refused"),
    ):
        became = send(page, provider, button)
        expect(became).to_contain_text(outcome)
        became.get_by_role("link", name="Show message").click()
        expect(drawer).to_contain_text(shown)


def test_a_torn_text_is_joined_and_its_parts_are_in_its_drawer(page: Page) -> None:
    text = f"{a_text()} {'word ' * 30}".strip()
    expect(send(page, IN_PARTS, "Send", parts=3, text=text)).to_contain_text("joined")
    drawer = opened(page, text[:18], "joined 3 of 3")
    expect(drawer.locator(".said-whole")).to_have_text(text)
    expect(drawer.locator(".parts > li")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(found(page, "").filter(has_text=text[:18])).to_have_count(1)
    expect(page.locator(".row .chip.joined").filter(has_not_text=" of ")).to_have_count(0)  # the parts are not listed


def test_a_number_opens_its_conversation(page: Page, outside: Outside) -> None:
    number, texts = a_number(), [a_text(), a_text(), a_text()]
    for text in texts[:2]:
        outside.text(number, "+4587654321", text)
    outside.text("+4587654321", number, texts[2])
    found(page, texts[0]).get_by_role("link", name=number).click()
    bubbles = page.locator(".bubble")
    expect(bubbles).to_have_text(texts)
    expect(page.get_by_role("heading", name=number)).to_be_visible()
    bubbles.first.click()
    expect(page.get_by_role("complementary")).to_contain_text(texts[0])
    page.keyboard.press("Escape")
    page.get_by_role("link", name="All messages").click()
    expect(page.get_by_role("searchbox")).to_be_visible()


def test_it_is_searched_filtered_and_kept_in_the_address(page: Page, outside: Outside) -> None:
    number, text, own_id = a_number(), a_text(), secrets.token_hex(6)
    event_id = outside.text(number, "+4587654321", text, own_id=own_id)
    for words in (text.upper(), own_id, event_id, f"{number[:3]} {number[3:7]} {number[7:]}"):
        expect(found(page, words)).to_contain_text([text])
    page.get_by_label("Time").select_option("5m")
    for label, fits, other in (("Provider", FIRST, SECOND), ("Status", "published", "dead")):
        page.get_by_label(label).select_option(fits)
        expect(page.locator(".row")).to_have_count(1)
        page.get_by_label(label).select_option(other)
        expect(page.get_by_text("No matches")).to_be_visible()
        page.go_back()
        expect(page.locator(".row")).to_have_count(1)
    page.reload()
    expect(page.locator(".row")).to_contain_text([text])
    page.get_by_label("Status").select_option("dead")
    page.get_by_role("link", name="Show all messages").click()
    expect(page.locator("#shown")).not_to_contain_text("of")


def test_a_row_is_read_as_event_payload_and_curl_and_resent(page: Page, outside: Outside) -> None:
    text = a_text()
    send(page, FIRST, "Send", text=text)
    drawer = opened(page, text, "published")
    for tab, told in (("Event", '"specversion"'), ("Provider's payload", text.split()[1]), ("Copy as curl", "curl ")):
        drawer.get_by_role("tab", name=tab).click()
        expect(drawer.locator("pre").first).to_contain_text(told)
        page.evaluate("navigator.clipboard.writeText('')")
        drawer.get_by_role("tabpanel").get_by_role("button", name=re.compile("Copy")).first.click()
        expect(page.locator("#said")).to_have_text("Copied")
        assert told in page.evaluate("navigator.clipboard.readText()")
    drawer.get_by_role("button", name="Resend").click()
    expect(drawer.locator(".outcome")).to_contain_text("dropped as a duplicate")
    expect(drawer.locator(".drawer-head")).to_contain_text("duplicate ×1")

    def answered_too_soon(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        told["became"][0] |= {"state": "queued", "says": "queued once more", "duplicates": 1}
        route.fulfill(response=answer, json=told)

    page.route("**/api/resend", answered_too_soon)
    drawer.get_by_role("button", name="Resend").click()
    expect(drawer.locator(".drawer-head")).to_contain_text("duplicate ×2")
    expect(drawer.locator(".outcome")).to_contain_text("dropped as a duplicate")


def test_every_event_of_the_provider_is_offered_with_the_fields_that_it_has(page: Page) -> None:
    go(page, "Send")
    events, to = page.get_by_label("Event", exact=True), page.get_by_label("To", exact=True)
    for provider, kinds in ((name, sender.callbacks) for name, sender in PROVIDERS.items()):
        page.get_by_label("As", exact=True).select_option(provider)
        assert events.locator("option").all_inner_texts() == list(kinds)
    page.get_by_label("As", exact=True).select_option(REPORTS)
    events.select_option("report")
    expect(page.get_by_label("Text", exact=True)).to_be_disabled()
    documented = PROVIDERS[REPORTS].callbacks["report"].documented_in("recipient")
    expect(to).to_have_attribute("placeholder", documented or "?")
    number = a_number()
    expect(send(page, REPORTS, "Send", event="report", to=number)).to_contain_text(f"report, as {REPORTS}")
    expect(found(page, number)).to_contain_text(["Delivery report"])
    expect(send(page, REPORTS, "Send it again", event="unknown")).to_contain_text("report, repeated")
    events.select_option("report")
    page.get_by_label("As", exact=True).select_option(SILENT)
    expect(events).to_have_value("message")  # it knows no report
    expect(page.get_by_label("Text", exact=True)).to_be_enabled()


def test_what_is_wrong_is_told_at_its_field_and_not_sent(page: Page) -> None:
    text, field = a_text(), page.get_by_label("From", exact=True)
    go(page, "Send")
    page.get_by_label("Text", exact=True).fill(text)
    field.fill("+45 12 34")
    page.get_by_role("button", name="Send", exact=True).click()

    expect(field).to_have_accessible_description(re.compile("^From: a number"))
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("ACME")
    page.keyboard.press("Enter")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("")
    expect(found(page, text)).to_contain_text(["ACME → "])


def test_what_is_kept_gets_back_by_a_click_or_shows_where_it_broke(page: Page, outside: Outside) -> None:
    own_id, before = secrets.token_hex(6), keys(outside)
    for text in (a_text(), second := a_text()):
        event_id = outside.text("+4512345678", "+4587654321", text, own_id=own_id)
        outside.wait_until(lambda: outside.backlog() == 0)
    [conflict] = kept_since(before, page, outside)
    conflict.locator(".unfold").click()
    expect(conflict.locator("pre").first).to_contain_text(second)
    conflict.get_by_role("button", name=re.compile("Replay")).click()
    accepted = page.locator(".accepted > li").filter(has_text=f"{event_id}#conflict-")
    expect(accepted).to_contain_text("accepted")
    expect(conflict).to_have_count(0)
    accepted.get_by_role("link").click()
    expect(page.get_by_role("complementary")).to_contain_text(second)

    before = keys(outside)
    for _ in range(2):
        outside.post(FIRST, f'{{"own": "{secrets.token_hex(6)}", "n": 1 2}}'.encode())
    kept = kept_since(before, page, outside)
    kept[0].locator(".unfold").click()
    expect(kept[0].locator("mark")).to_be_visible()
    page.locator(".group").filter(has=kept[0]).get_by_role("button", name=re.compile("Replay all")).click()
    for each in kept:
        expect(each.locator(".result")).to_contain_text("unreadable")


def test_dead_letters_get_back_by_a_click(page: Page, outside: Outside) -> None:
    letter = Queued(f"console-{secrets.token_hex(4)}")
    go(page, "Problems")
    part = page.locator('[data-queue="events"]')
    outside.boto("sqs").send_message(QueueUrl=outside.stack.queues.dead_letters, MessageBody=letter.document)

    expect(part.locator(".badge")).to_have_text("1")
    part.locator(".kept .unfold").click()
    expect(part.locator("pre")).to_have_text(letter.document)
    part.get_by_role("button", name="Redrive all").click()

    expect(part.locator(".result")).to_have_text("1 moved back")
    expect(part.locator(".kept")).to_have_count(0)
    expect(part.get_by_role("button", name="Redrive all")).to_be_disabled()
    expect(found(page, letter.event_id)).to_have_count(1)


def test_a_provider_is_connected_by_what_its_card_says(page: Page, outside: Outside) -> None:
    go(page, "Connect")
    card = page.locator(f'[data-provider="{FIRST}"]')
    expect(card).to_contain_text(outside.stack.webhooks[FIRST].address)
    covered = card.inner_text()
    card.get_by_role("button", name="Reveal").first.click()
    secret = card.locator(".revealed code").last.inner_text()
    assert secret in json.dumps(outside.stack.webhooks[FIRST].secrets)
    assert secret not in covered
    card.get_by_role("button", name="Copy URL").first.click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("http")
    card.get_by_role("button", name="Hide").click()
    expect(card.locator(".revealed")).to_have_count(0)
    outside.text("+4512345678", "+4587654321", a_text())
    expect(card.locator(".alive")).to_contain_text("last message")


def test_the_counts_lead_to_the_messages_that_they_count(page: Page) -> None:
    text, count = a_text(), page.locator('[data-count="published"]')
    go(page, "Overview")
    before = count.inner_text()
    expect(send(page, FIRST, "Send", text=text)).to_contain_text("became")
    go(page, "Overview")
    expect(count).not_to_have_text(before)
    expect(page.locator(".legend")).to_contain_text(re.compile(r"Response to provider, median [\d.]+ m?s"))
    axes = re.compile(r"Received per second: .*; the axis goes from 0 to")
    expect(page.get_by_role("img", name=axes)).to_be_visible()
    page.locator("#flow").get_by_role("link", name="published").click()
    expect(page.get_by_label("Status")).to_have_value("published")
    expect(page.locator(".row").first).to_contain_text(text)


def test_a_hostile_text_is_a_text(page: Page, outside: Outside) -> None:
    text = f"{a_text()} {MARKUP} {ODD} {'0123456789' * 1_000}"
    own_id = f"<img src=x onerror=alert(2)>{secrets.token_hex(6)}"
    bad = page.locator("img, script, b, i, iframe, object")
    elements = bad.count()

    outside.text("<b>\u202eA", "+4587654321", text, own_id=own_id)
    drawer = opened(page, own_id, "published")
    assert drawer.locator(".said").text_content() == f"{text[:1_000]} …"
    drawer.get_by_role("tab", name="Event").click()
    expect(drawer.locator("pre")).to_contain_text('"specversion"')
    assert json.loads(drawer.locator("pre").text_content() or "")["data"]["text"] == text

    before = keys(outside)
    outside.post(FIRST, f'{{"{text[:2_000]}": "'.encode())
    [kept] = kept_since(before, page, outside)
    kept.locator(".unfold").click()
    expect(kept.locator("pre").first).to_contain_text(text[:18])
    send(page, FIRST, "Send", text=text.replace("\x00", ""))
    found(page, "<b>").first.get_by_role("link").first.click()
    expect(page.locator(".bubble").first).to_be_visible()
    assert bad.count() == elements
    assert not scrolls_sideways(page)


def test_paused_it_holds_messages_back(page: Page, outside: Outside) -> None:
    text = a_text()
    found(page, text)
    page.get_by_role("button", name="Pause").click()
    outside.text("+4512345678", "+4587654321", text)
    expect(page.get_by_role("button", name="Resume")).to_contain_text("1 new")
    expect(page.locator(".row")).to_have_count(0)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".row")).to_contain_text([text])
