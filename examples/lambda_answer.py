"""A Lambda function that answers texts: subscribe it to the topic of messages.

    export TABLE=...   # a DynamoDB table: string key `id`, time to live in `expires_at`

It prints each reply that is to be sent. Where to send it is your provider's business.
"""

import json
import os
from typing import Any

import boto3

from inbound_sms_subscriber import DynamoStore, Event, Message, event_of, once

ANSWERS = {"hours": "We are open from 9 to 17.", "hi": "Hello! Text HOURS for our opening hours."}
LEASE_SECONDS = 60  # more than this function's timeout

store = DynamoStore(boto3.client("dynamodb"), os.environ["TABLE"], consumer="answers", lease_seconds=LEASE_SECONDS)


def reply_to(message: Message) -> dict[str, str] | None:
    """Return the reply to a message; None where there is nothing to say, or nobody to say it to."""
    answer = ANSWERS.get((message.text or "").strip().lower())
    if message.opt_out or not answer or not message.sender.number or not message.recipient.number:
        return None
    return {"from": message.recipient.number, "to": message.sender.number, "text": answer}


@once(store)
def answer(event: Event) -> None:
    """Answers one event: sends the reply, here to the log."""
    reply = reply_to(event.data) if isinstance(event.data, Message) else None
    if reply:
        print(json.dumps(reply))


def handler(event: dict[str, Any], _context: Any) -> None:
    """Take what SNS delivers. Where it fails, Lambda invokes it again."""
    for record in event["Records"]:
        answer(event_of(record))
