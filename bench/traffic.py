"""What the functions are given: Sinch's documented text, each time as another message, and batches of the queue."""

import base64
import json
import uuid
from typing import Any

from bench.api_event import api_event
from gateway.simulator import senders

BATCH = 10
PARTS = 3  # of a long text
_USER, _PASSWORD = "sinch", "bench-only-password"
SECRETS = {
    "/inbound-sms/dev/sinch": json.dumps({"basic": [{"username": _USER, "password": _PASSWORD}]}),
    "/textbook/sinch": json.dumps({"username": _USER, "password": _PASSWORD}),
}


def webhook(password: str = _PASSWORD) -> dict[str, Any]:
    """Return API Gateway's event of a new message from Sinch."""
    message = senders()["sinch"].message
    headers = {
        "authorization": "Basic " + base64.b64encode(f"{_USER}:{password}".encode()).decode(),
        "content-type": message.content_type,
    }
    return api_event("/sinch", message.body(), headers, as_base64=False)


def batch(bodies: list[str]) -> dict[str, Any]:
    """Return what SQS hands to the consumer, of what a webhook function queued."""
    return {"Records": [_record(body) for body in bodies]}


def torn(body: str, reference: int) -> list[str]:
    """Return parts of a long text in the place of a text that a webhook function queued."""
    event = json.loads(body)
    bodies = []
    for part in range(1, PARTS + 1):
        place = {"reference": reference, "reference_bits": 8, "total": PARTS, "part": part}
        data = {**event["data"], "concatenation": place, "delivery_id": str(uuid.uuid4())}
        bodies.append(json.dumps({**event, "id": f"{event['id']}-{part}", "data": data}))
    return bodies


def _record(body: str) -> dict[str, Any]:
    return {
        "messageId": str(uuid.uuid4()),
        "receiptHandle": "receipt",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1767225600000",
            "SenderId": "AIDAEXAMPLE",
            "ApproximateFirstReceiveTimestamp": "1767225600001",
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:EventsQueue",
        "awsRegion": "us-east-1",
    }
