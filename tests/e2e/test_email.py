"""Who subscribes by e-mail gets a text to read, and everybody else what they always got."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from gateway.operations.stack import Stack
from inbound_sms_subscriber import event_of
from tests.support.outside import FIRST, Outside
from tests.support.stacks import EMAIL


def mails(stack: Stack, address: str) -> list[dict[str, Any]]:
    """Return what the engine has kept in place of delivering it."""
    answer = httpx.get(f"{stack.endpoint}/_ministack/ses/messages", timeout=30, trust_env=False).json()
    return [mail for account in answer["messages"].values() for mail in account if address in mail["To"]]


def test_a_mail_is_a_text_to_read(outside: Outside, stack: Stack, boto: Callable[[str], Any]) -> None:
    event_id = outside.text("+393351234567", "+4534735477", "Perché no? 👍\nSecond line")
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
        "Perché no? 👍\nSecond line\n"
    )
    assert event["data"]["text"] == "Perché no? 👍\nSecond line"


def test_the_document_is_the_one_that_was_queued(outside: Outside, stack: Stack, boto: Callable[[str], Any]) -> None:
    """Byte by byte: what a raw subscriber gets is what the model writes, with e-mail on or off."""
    sqs = boto("sqs")
    url = sqs.create_queue(QueueName="as-published")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"first_word": ["byte"]}
    attributes = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps(policy)}
    boto("sns").subscribe(TopicArn=stack.topics.messages, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    outside.text("+393351234567", "+4534735477", 'byte "by" \\ byte é \x01\u2028 👍')

    bodies: list[str] = []

    def arrived() -> bool:
        bodies.extend(each["Body"] for each in sqs.receive_message(QueueUrl=url).get("Messages", []))
        return bool(bodies)

    outside.wait_until(arrived)
    assert event_of(bodies[0]).to_json() == bodies[0]
