"""Who subscribes by e-mail gets a text to read, and everybody else what they always got."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from gateway.local.aws import LocalAws
from gateway.local.subscription import subscribe_queue
from gateway.operations.stack import Stack
from inbound_sms_subscriber import event_of
from tests.e2e.conftest import EMAIL
from tests.support.outside import FIRST, Outside

TEXT = 'Perché no? 👍\nSecond line "quoted" \\ \u2028'


def mails(stack: Stack, address: str) -> list[dict[str, Any]]:
    """Return what the engine has kept in place of delivering it."""
    answer = httpx.get(f"{stack.endpoint}/_ministack/ses/messages", timeout=30, trust_env=False).json()
    return [mail for account in answer["messages"].values() for mail in account if address in mail["To"]]


def test_a_mail_is_a_text_to_read_and_the_document_is_the_one_that_was_queued(
    outside: Outside, stack: Stack, boto: Callable[[str], Any]
) -> None:
    url = subscribe_queue(LocalAws(stack.endpoint), "as-published", stack.topics.messages)
    event_id = outside.text("+393351234567", "+4534735477", TEXT)
    [event] = outside.events_with(event_id)
    outside.wait_until(lambda: any(event_id in mail["BodyText"] for mail in mails(stack, EMAIL)))

    [mail] = [mail for mail in mails(stack, EMAIL) if event_id in mail["BodyText"]]
    assert mail["Subject"] == "SMS from +393351234567 to +4534735477"
    assert mail["BodyText"] == (
        "From: +393351234567\n"
        "To: +4534735477\n"
        f"Date/Time: {event['time'][:10]} {event['time'][11:19]} UTC\n"
        f"Provider: {FIRST}\n"
        f"Event: {event_id}\n"
        "Body:\n"
        f"{TEXT}\n".replace("\u2028", "\ufffd")  # nobody sees it, and it breaks a line
    )
    assert event["data"]["text"] == TEXT
    # Byte by byte: what a raw subscriber gets is what the model writes.
    [published] = boto("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(published["Body"]) == event
    assert event_of(published["Body"]).to_json() == published["Body"]
