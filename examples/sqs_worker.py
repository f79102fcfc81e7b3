"""A worker that takes events from a queue: on a server, in a container, wherever Python runs.

    QUEUE_URL=... TABLE=... python sqs_worker.py

What it can't handle stays in the queue, comes back after the queue's visibility timeout, and ends in its dead-letter
queue. So that timeout is longer than a batch takes.
"""

import logging
import os
import signal
from typing import Any

import boto3

from inbound_sms_subscriber import DeliveryReport, DynamoStore, Event, InvalidPayload, Message, Running, event_of, once

logger = logging.getLogger("worker")


def handle(event: Event) -> None:
    """Do with an event what there is to do."""
    match event.data:
        case Message() as message:
            logger.info("%s: a text from %s", event.id, message.provider)
        case DeliveryReport() as report:
            logger.info("%s: %s", event.id, report.status)
        case _:
            logger.info("%s: %s is of no interest", event.id, event.type)


def main() -> None:
    """Works until it is told to end (SIGTERM), and ends after the batch that it is at."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sqs, url = boto3.client("sqs"), os.environ["QUEUE_URL"]
    store = DynamoStore(boto3.client("dynamodb"), os.environ["TABLE"], consumer="worker", lease_seconds=60)
    handle_once = once(store)(handle)
    ending: list[Any] = []
    signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
    while not ending:
        batch = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
        for message in batch.get("Messages", []):
            try:
                handle_once(event_of(message))
            except (Running, InvalidPayload) as error:
                logger.warning("left in the queue: %s", error)
            except Exception:
                logger.exception("left in the queue")
            else:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


if __name__ == "__main__":
    main()
