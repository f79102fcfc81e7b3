"""The rows of the page: one for each message, and for what became none. So many are kept, the newest."""

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gateway.local.output import glance_at, text_in
from gateway.operations.tail import TYPES

ROWS_KEPT = 10_000
_DOCUMENT_BYTES_KEPT = 64 * 1024 * 1024
_TEXT_SHOWN = 1_000  # characters; all of it is in the document
_SHORTEST_MASKED = 5  # the functions log ids without numbers: shared/inbound_sms/events/numbers.py
_KINDS = {name: kind for kind, name in TYPES.items()}
_SETTLED = ("published", "joined")  # nothing that is heard later makes anything else of it


@dataclass
class Row:
    """What is shown of a message, or of a request that brought none."""

    id: str
    number: int
    at: str
    provider: str
    status: str
    kind: str | None = None
    type: str | None = None
    sender: str | None = None
    recipient: str | None = None
    text: str | None = None
    cut: bool = False
    delivery_status: str | None = None
    incomplete: bool = False
    duplicates: int = 0
    parts: dict[str, int] | None = None
    joined_as: str | None = None
    recovery: str | None = None  # how an operator got it back: replay, backfill, resend
    became: list[str] = field(default_factory=list)
    times: int = 1
    reason: str | None = None
    milliseconds: float | None = None
    event_id: str | None = None
    key: str | None = None
    request_id: str | None = None
    delivery_id: str | None = None

    def show(self, event: Mapping[str, Any]) -> None:
        """Take over what there is to see of an event."""
        seen, data = glance_at(event), event["data"]
        self.provider, self.type = seen.provider, seen.type
        self.kind = _KINDS.get(seen.type, "other")
        self.sender, self.recipient = seen.sender, seen.recipient
        self.text, self.cut = seen.text and seen.text[:_TEXT_SHOWN], len(seen.text or "") > _TEXT_SHOWN
        self.delivery_status = text_in(data, "status")
        self.event_id = seen.id
        self.recovery = text_in(event, "recovery")
        self.delivery_id = text_in(data, "delivery_id") or self.delivery_id
        received = time_of(data.get("received_at"))
        self.at = received.isoformat() if received else self.at

    def settle(self, status: str) -> None:
        """Take over a later status; what was published stays so."""
        if self.status not in _SETTLED or status in _SETTLED:
            self.status = status


class Rows:
    """The rows, and whole events as far as memory allows. Not safe for threads by itself."""

    def __init__(self, kept: int = ROWS_KEPT, document_bytes: int = _DOCUMENT_BYTES_KEPT) -> None:
        self.kept = kept
        self._room = document_bytes
        self._rows: OrderedDict[str, Row] = OrderedDict()
        self._documents: OrderedDict[str, bytes] = OrderedDict()
        self._changes: OrderedDict[str, int] = OrderedDict()  # the cursor at each row's last change, in their order
        self._ids: dict[str, str] = {}  # of rows, by the real ids of events that logs call by another
        self._number = 0
        self.cursor = 0

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def find(self, id_: str) -> Row | None:
        """Return a row by its id, or by that of its event as it was published."""
        return self._rows.get(id_) or self._rows.get(self._ids.get(id_, ""))

    def row(self, id_: str, *, at: datetime, provider: str, status: str) -> Row:
        """Return a row, new with this status if it isn't there yet; it counts as changed."""
        row = self._rows.get(id_)
        if row is None:
            self._number += 1
            row = self._rows[id_] = Row(id_, self._number, at.isoformat(), provider, status)
            while len(self._rows) > self.kept:
                self._forget(next(iter(self._rows)))
        self.changed(row)
        return row

    def changed(self, row: Row) -> None:
        """Have a row told again."""
        if row.id in self._rows:
            self.cursor += 1
            self._changes[row.id] = self.cursor
            self._changes.move_to_end(row.id)

    def after(self, cursor: int, limit: int) -> tuple[int, list[dict[str, Any]]]:
        """Return what changed after a cursor, oldest change first, so many at most; and the cursor to go on from."""
        changed = []
        for id_, at in reversed(self._changes.items()):
            if at <= cursor:
                break
            changed.append((at, id_))
        told = changed[::-1][:limit]
        return (told[-1][0] if told else cursor), [dict(vars(self._rows[id_])) for _, id_ in told]

    def keep(self, row: Row, event: Mapping[str, Any]) -> None:
        """Keep a whole event, for as long as there is room."""
        self._ids[f"event:{event['id']}"] = row.id
        document = json.dumps(event).encode()
        self._room += len(self._documents.pop(row.id, b"")) - len(document)
        self._documents[row.id] = document
        while self._room < 0:
            _, oldest = self._documents.popitem(last=False)
            self._room += len(oldest)

    def document(self, id_: str) -> dict[str, Any] | None:
        """Return the whole event of a row; None where it wasn't seen, or is no longer kept."""
        document = self._documents.get(id_)
        return None if document is None else dict(json.loads(document))

    def _forget(self, id_: str) -> None:
        row = self._rows.pop(id_)
        self._changes.pop(id_, None)
        self._room += len(self._documents.pop(id_, b""))
        self._ids.pop(f"event:{row.event_id}", None)


def parts_of(event: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the parts that an event was joined from; none, where it says anything else by that name."""
    parts = event["data"].get("parts") if event else None
    if not isinstance(parts, list):
        return []
    return [part for part in parts if isinstance(part, dict) and isinstance(part.get("id"), str)]


def id_of(event: Mapping[str, Any]) -> str:
    """Return the id of an event's row: made of the id by which the functions log it, without any number."""
    name: str = event["id"]
    for number in (event["data"].get("sender"), event["data"].get("recipient")):
        raw = text_in(number, "raw") if isinstance(number, dict) else None
        if raw and len(raw) >= _SHORTEST_MASKED:
            name = name.replace(raw, "***")
    return f"event:{name}"


def time_of(value: Any) -> datetime | None:
    """Return a time that somebody wrote; None where it is none."""
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
