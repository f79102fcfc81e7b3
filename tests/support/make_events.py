"""Writes events/: one API Gateway event per sample of an inbound message, and one SQS event for the fan-out.

    python -m tests.support.make_events

Their credentials are those of the local stack (`make run`), so `sam remote invoke` works against it as it is.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inbound_sms.parsing.request import request_from_event
from inbound_sms.settings import ParseSettings
from tests.support.providers import ROOT, Registered, registered, sample

EVENTS = ROOT / "events"

# Per provider's folder in functions/: the name of the event and the sample in tests/samples.
SAMPLES: dict[str, list[tuple[str, str]]] = {
    "eight_by_eight": [("inbound-sms", "8x8/inbound_sms.json")],
    "url_networks": [
        ("inbound-sms", "url-networks/inbound_sample.form"),
        ("alphanumeric-sender", "url-networks/synthetic/inbound_alpha_sender.form"),
        ("unescaped-plus", "url-networks/synthetic/inbound_unescaped_plus.form"),
    ],
    "agile_telecom": [
        ("inbound-sms", "agile-telecom/synthetic/inbound_encoded.form"),
        ("unescaped-plus", "agile-telecom/synthetic/inbound_unescaped_plus.form"),
        ("emoji", "agile-telecom/synthetic/inbound_utf8_emoji.form"),
    ],
    "sinch": [
        ("mo-text", "sinch/mo_text_docs.json"),
        ("mo-text-short-code", "sinch/mo_text_2021_guide.json"),
        ("mo-text-emoji", "sinch/synthetic/mo_text_sdk_e2e_reconstructed.json"),
    ],
}


def events() -> dict[str, dict[str, Any]]:
    """Gives the events by file name."""
    found = {}
    entries = {entry.module: entry for entry in registered()}
    for module, samples in SAMPLES.items():
        entry = entries[module]
        for name, path in samples:
            is_json = path.endswith(".json")
            content_type = "application/json" if is_json else "application/x-www-form-urlencoded"
            event = entry.event(sample(path), content_type=content_type, as_base64=not is_json)
            found[f"{entry.provider.name}-{name}.json"] = event
    found["fanout-messages.json"] = _sqs_event(list(entries.values()))
    return found


def main() -> None:
    """Writes the files."""
    EVENTS.mkdir(exist_ok=True)
    for name, event in events().items():
        Path(EVENTS / name).write_text(json.dumps(event, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        sys.stdout.write(f"events/{name}\n")


def _sqs_event(entries: list[Registered]) -> dict[str, Any]:
    """A batch with one event of each provider, as SQS hands it to a function."""
    records = []
    for number, entry in enumerate(entries):
        record_id = f"00000000-0000-4000-8000-00000000000{number}"
        records.append(
            {
                "messageId": record_id,
                "receiptHandle": f"receipt-{number}",
                "body": _queued_document(entry, delivery_id=record_id),
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


def _queued_document(entry: Registered, delivery_id: str) -> str:
    request = request_from_event(
        entry.event(),
        provider=entry.provider.name,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        delivery_id=delivery_id,
        settings=ParseSettings(),
    )
    [event] = entry.provider.parse(request)
    return event.to_json()


if __name__ == "__main__":
    main()
