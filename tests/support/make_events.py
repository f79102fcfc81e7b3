"""Write events/: API Gateway's event of each provider's message and report, and one SQS event for the fan-out.

    python -m tests.support.make_events

Their credentials are those of the local stack (`make run`), so `sam remote invoke` works against it as it is. A
provider whose usual credential is a signature has none: that holds for one URL, and often for minutes.
"""

import json
import sys
from pathlib import Path
from typing import Any

from gateway.simulator.formats import JSON
from gateway.simulator.sender import SIGNATURES
from tests.support.expected import completed
from tests.support.providers import ROOT, compact, registered
from tests.support.queued import sqs_record

EVENTS = ROOT / "events"
CALLBACKS = ("message", "report")  # what of each provider is worth a file, where it sends that


def events() -> dict[str, dict[str, Any]]:
    """Return the events by file name: a body is text where API Gateway hands it on as that."""
    found = {
        f"{entry}-{name}.json": entry.event(callback=name, as_base64=entry.sender.callbacks[name].content_type != JSON)
        for entry in registered()
        if entry.kind not in SIGNATURES
        for name in CALLBACKS
        if name in entry.sender.callbacks
    }
    records = []
    for number, entry in enumerate(registered()):
        sample = next(each for each in entry.expected.samples if entry.message in (each.body, each.query.encode()))
        record_id = f"00000000-0000-4000-8000-00000000000{number}"
        event = completed(sample.events[0], "2026-01-01T00:00:00Z", record_id)
        records.append(sqs_record(record_id, compact(event).decode()))
    return found | {"fanout-messages.json": {"Records": records}}


def main() -> None:
    for name, event in events().items():
        Path(EVENTS / name).write_text(json.dumps(event, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        sys.stdout.write(f"events/{name}\n")


if __name__ == "__main__":
    main()
