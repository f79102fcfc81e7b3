"""Write events/: API Gateway's event of each provider's message and report, and one SQS event for the fan-out.

    python -m tests.support.make_events

Their credentials are those of the local stack (`make run`), so `sam remote invoke` works against it as it is. A
provider whose usual credential is a signature has none: that holds for one URL, and often for minutes.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.simulator.formats import JSON
from tests.support.expected import completed
from tests.support.providers import ROOT, Registered, registered

EVENTS = ROOT / "events"
CALLBACKS = ("message", "report")  # what of each provider is worth a file, where it sends that


def events() -> dict[str, dict[str, Any]]:
    """Return the events by file name."""
    found = {
        f"{entry}-{name}.json": entry.event(callback=name, as_base64=not is_json(entry, name))
        for entry in registered()
        if entry.kind != "hmac"
        for name in CALLBACKS
        if name in entry.sender.callbacks
    }
    return found | {"fanout-messages.json": _sqs_event(registered())}


def is_json(entry: Registered, callback: str) -> bool:
    """Return whether API Gateway hands on the body of a callback as text."""
    return entry.sender.callbacks[callback].content_type == JSON


def main() -> None:
    """Write the files."""
    EVENTS.mkdir(exist_ok=True)
    for name, event in events().items():
        Path(EVENTS / name).write_text(json.dumps(event, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        sys.stdout.write(f"events/{name}\n")


def _sqs_event(entries: Sequence[Registered]) -> dict[str, Any]:
    """Return a batch with one event of each provider, as SQS hands it to a function."""
    records = []
    for number, entry in enumerate(entries):
        record_id = f"00000000-0000-4000-8000-00000000000{number}"
        records.append(
            {
                "messageId": record_id,
                "receiptHandle": f"receipt-{number}",
                "body": json.dumps(_queued(entry, record_id), separators=(",", ":"), ensure_ascii=False),
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1767225600000",
                    "SenderId": "AIDAEXAMPLE",
                    "ApproximateFirstReceiveTimestamp": "1767225600001",
                },
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:events",
                "awsRegion": "eu-west-1",
            }
        )
    return {"Records": records}


def _queued(entry: Registered, delivery_id: str) -> dict[str, Any]:
    sample = next(each for each in entry.expected.samples if each.body == entry.message)
    return completed(sample.events[0], "2026-01-01T00:00:00Z", delivery_id)


if __name__ == "__main__":
    main()
