"""The web console, in a real browser, over the running stack: every function of it by clicking or typing."""

import json
import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from gateway.simulator import Verdict
from tests.e2e.make_run.page import EVENT, VARIED, a_text, cards, click, kept_since, keys, scrolls_sideways, send
from tests.e2e.make_run.up import PROVIDERS
from tests.support.outside import FIRST, Outside
from tests.support.queued import Queued

REPORTS = next(name for name, it in PROVIDERS.items() if (report := it.callbacks.get("report")) and report.recipient)
SILENT = next(name for name, it in PROVIDERS.items() if "report" not in it.callbacks)
READINGS = {name: it.retries.read(401, b"") for name, it in PROVIDERS.items()}
# One provider for each way to take a refusal.
EACH_READING = sorted({verdict: name for name, verdict in READINGS.items()}.values())
COUNTS = ("queued", "refused", "quarantined", "duplicates", "published", "dead", "conflicts")
MARKUP = '<b>bold</b> <img src=x onerror="alert(1)"> </script><script>alert(1)</script>{{7*7}}${alert(1)}'
ODD = "\u202egnp.exe \u2066\u0627\u0644\u0633\u0644\u0627\u0645\u2069 a\x00b\x1b[31mred\x07 \u2028line\u2029 \x85"
HOSTILE = {"odd": f"{MARKUP} {ODD}", "long": "<i>" + "0123456789" * 1_000 + "</i>"}


def count(page: Page, name: str) -> Locator:
    return page.locator(f'#flow [data-count="{name}"]')


def counts(page: Page) -> dict[str, int]:
    """All counts on the arrows; received is what is received of each provider."""

    def number(name: str) -> int:
        return int((count(page, name).text_content() or "").replace(",", ""))

    own = {name: number(f"received {name}") for name in PROVIDERS}
    return own | {name: number(name) for name in COUNTS} | {"received": sum(own.values())}


def settled(page: Page, outside: Outside) -> dict[str, int]:
    """Return the counts, once nothing is under way and three looks in a row gave the same."""
    outside.wait_until(lambda: outside.backlog() == 0)
    looks = [counts_of_next_look(page)]
    while len(looks) < 3 or any(look != looks[-1] for look in looks[-3:]):
        looks.append(counts_of_next_look(page))
    return looks[-1]


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
        place = count(page, f"received {name}" if name in PROVIDERS else name)
        expect(place).to_have_text(f"{before[name] + by:,}", timeout=30_000)
    after = counts(page)
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == expected | {
        "received": sum(by for name, by in expected.items() if name in PROVIDERS)
    }


@pytest.mark.parametrize("provider", EACH_READING)
def test_what_a_provider_sends_is_seen_where_it_belongs(provider: str, page: Page, outside: Outside) -> None:
    text = a_text()
    before = settled(page, outside)

    page.get_by_role("radio", name=provider, exact=True).check()
    page.get_by_label("From", exact=True).fill("+4512345678")
    page.get_by_label("To", exact=True).fill("+4587654321")
    answer = send(page, provider, "Send", text)
    expect(answer).to_contain_text("delivered")
    expect(answer).to_contain_text("200")
    expect(cards(page, text)).to_have_count(1)
    expect(cards(page, text)).to_contain_text(provider)
    expect(cards(page, text)).to_contain_text("+4512345678 → +4587654321")
    outside.wait_until(lambda: outside.backlog() == 0)  # that it was published is on record now

    expect(send(page, provider, "Send it again")).to_contain_text("delivered")

    kept_before = keys(outside)
    expect(send(page, provider, "Send broken body")).to_contain_text("delivered")
    [kept] = kept_since(kept_before, page, outside)
    expect(kept).to_contain_text(provider)

    answer = send(page, provider, "Send with wrong signature")
    expect(answer).to_contain_text("401")
    verdict = READINGS[provider]
    expect(answer).to_contain_text(verdict.value)
    never = verdict is Verdict.GIVEN_UP
    expect(answer).to_contain_text("It will never send this again" if never else "It will try again")

    grown(
        page,
        before,
        {"queued": 2, "published": 1, "duplicates": 1, "quarantined": 1, "refused": 1, provider: 4},
    )
    assert cards(page, text).count() == 1
    row = page.locator("#providers tr").filter(has=page.get_by_role("rowheader", name=provider, exact=True))
    assert int(row.locator("td").nth(2).inner_text()) >= 1, "refused"

    key = kept.get_attribute("data-key")
    kept.get_by_role("button", name="Replay").click()
    expect(page.locator("#replayed")).to_contain_text(f"{key}: unreadable")
    assert [object_ for object_ in outside.quarantined() if object_.startswith(key or "?")], "it stays as it is"

    # The charts show it, too.
    expect(page.locator("#latency .legend")).to_contain_text(re.compile(r"Answer to the provider: [\d.]+ m?s"))
    expect(page.locator("#latency .legend")).to_contain_text(re.compile(r"arrived, median: [\d.]+ m?s"))
    expect(page.locator("#rate .scale")).to_contain_text(re.compile(r"up to [\d.]+/s, last \d+ s"))
    points = page.locator("#rate polyline.line0").get_attribute("points") or ""
    assert len({point.split(",")[1] for point in points.split()}) > 1, "the line rises where something was received"
    expect(page.locator("#rate svg")).to_have_attribute("aria-label", re.compile(r"Received: [\d.]+/s"))


def test_every_event_of_the_provider_is_offered_with_the_fields_that_it_has(page: Page) -> None:
    events = page.get_by_label("Event", exact=True)
    for provider, kinds in ((name, sender.callbacks) for name, sender in PROVIDERS.items()):
        page.get_by_role("radio", name=provider, exact=True).check()
        assert events.locator("option").all_inner_texts() == list(kinds)
    page.get_by_role("radio", name=REPORTS, exact=True).check()
    events.select_option("report")
    expect(page.get_by_label("Text", exact=True)).to_be_disabled()
    documented = PROVIDERS[REPORTS].callbacks["report"].documented_in("recipient")
    assert documented
    expect(page.get_by_label("To", exact=True)).to_have_attribute("placeholder", documented)
    page.get_by_label("To", exact=True).fill("+4512345678")

    expect(click(page, "Send")).to_contain_text(f"report, a new one, as {REPORTS}")

    expect(page.locator("#events > li").first).to_contain_text("+4512345678")
    expect(page.locator("#events > li").first).to_contain_text("status: ")
    expect(send(page, REPORTS, "Send it again", event="unknown")).to_contain_text("report, the same once more")
    events.select_option("report")
    page.get_by_role("radio", name=SILENT, exact=True).check()
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
    page.keyboard.type("ACME")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("delivered")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("")
    expect(cards(page, text)).to_have_count(1)
    expect(cards(page, text)).to_contain_text("ACME → ")


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
        message = PROVIDERS[source.provider].message
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


def test_paused_it_holds_events_back(page: Page) -> None:
    text = a_text()
    page.get_by_role("button", name="Pause").click()
    send(page, FIRST, "Send", text)
    expect(page.locator("#held")).to_have_text("1 waiting")
    assert cards(page, text).count() == 0
    page.get_by_role("button", name="Pause").click()
    expect(cards(page, text)).to_have_count(1)
