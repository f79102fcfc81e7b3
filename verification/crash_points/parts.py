"""Long texts that come in parts: what arrives of them, and what is asked of their publications."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from inbound_sms.publishing.queued import read_event
from tests.support.queued import Queued
from verification.crash_points.ledger import Ledger, Violation
from verification.crash_points.simulated_aws import Params, Stores, thaw
from verification.crash_points.state import START

JOIN_SECONDS = 60.0


def _part(total: int, letter: str, number: int, **fields: Any) -> str:
    sent_at = datetime.fromtimestamp(START + (letter == "B"), UTC)
    text, place = f"{letter}{number} ", (7, total, number)
    named = {"id": f"{total}{letter}{number}", "text": text} | fields
    return Queued(**named, place=place, received_at=sent_at).document


# "2A1" is the first of the two parts of text A. B has the same reference and was sent a second later; both arrive at
# any time. "again" is what a network transmits twice: the same part under another id.
PARTS: dict[str, str] = {
    f"{total}{letter}{number}": _part(total, letter, number)
    for total in (2, 3)
    for letter in "AB"
    for number in range(1, total + 1)
} | {"2A1 retry": _part(2, "A", 1, delivery="delivery-2"), "2A1 again": _part(2, "A", 1, id="2A1-again")}


def totals_of(bodies: Mapping[str, str]) -> dict[str, int]:
    """Return of how many parts each is, by its event's id."""
    events = [read_event(body) for body in bodies.values() if '"concatenation":{' in body]
    return {event.id: event.data.concatenation.total for event in events if event.data.concatenation}


def check_in_time(params: Params, stores: Stores, now: float) -> None:
    """Raise Violation where parts are published as incomplete before the others had the time to come."""
    if not any('"incomplete":true' in entry["Message"] for entry in params["PublishBatchRequestEntries"]):
        return
    groups = [thaw(item) for key, item in stores.table if key.startswith("parts:")]
    if not any(group["opened_at"]["N"] for group in groups if float(group["opened_at"]["N"]) + JOIN_SECONDS <= now):
        raise Violation("published as incomplete too early")


def check_none_stays(stores: Stores) -> None:
    """Raise Violation where a part stays in its group: it would be taken for one of the next text."""
    for key, item in stores.table:
        if left := [name for name, _, _ in item if name.startswith("part:")]:
            raise Violation(f"{left} stay in {key}")


def are_joined(ledger: Ledger, totals: Mapping[str, int]) -> bool:
    """Return whether a text was published as a whole."""
    under = Counter((each.under, totals[event_id]) for event_id, each in ledger.publications if event_id in totals)
    return any(number == total for (_, total), number in under.items())
