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
_FIELD_SHOWN = 200
_ID_KEPT = 1_024  # the gateway makes no longer one
_SHORTEST_MASKED = 5  # the functions log ids without numbers: shared/inbound_sms/events/numbers.py
_KINDS = {name: kind for kind, name in TYPES.items()}
_SETTLED = ("published", "joined")


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
        self.provider, self.type = seen.provider[:_FIELD_SHOWN], seen.type[:_FIELD_SHOWN]
        self.kind = _KINDS.get(seen.type, "other")
        self.sender, self.recipient = _short(seen.sender), _short(seen.recipient)
        self.text, self.cut = seen.text and seen.text[:_TEXT_SHOWN], len(seen.text or "") > _TEXT_SHOWN
        self.delivery_status = _short(text_in(data, "status"))
        self.event_id = seen.id[:_ID_KEPT]
        self.recovery = _short(text_in(event, "recovery"))
        self.delivery_id = _short(text_in(data, "delivery_id")) or self.delivery_id
        received = time_of(data.get("received_at"))
        self.at = received.isoformat() if received else self.at

    @property
    def is_settled(self) -> bool:
        """Whether nothing that is heard later makes anything else of it."""
        return self.status in _SETTLED

    def settle(self, status: str) -> None:
        """Take over a later status; what was published stays so."""
        if not self.is_settled or status in _SETTLED:
            self.status = status


class Rows:
    """The rows, and whole events as far as memory allows. Not safe for threads by itself."""

    def __init__(self, kept: int = ROWS_KEPT, document_bytes: int = _DOCUMENT_BYTES_KEPT) -> None:
        self.kept = kept
        self._room = document_bytes
        self._rows: OrderedDict[str, Row] = OrderedDict()
        self._documents: OrderedDict[str, bytes] = OrderedDict()
        self._changes: OrderedDict[str, int] = OrderedDict()  # the cursor at each row's last change, in their order
        self._called: dict[str, list[str]] = {}  # the ids of rows, by what else those are called
        self._names: dict[str, list[str]] = {}  # what else a row is called, by its id
        self._number = 0
        self.cursor = 0

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def find(self, id_: str) -> Row | None:
        """Return a row by its id, or by what else it is called: by several of one name, the first."""
        return self._rows.get(id_) or next((self._rows[each] for each in self._called.get(id_, ())), None)

    def row(self, id_: str, *, at: datetime, provider: str, status: str, delivery_id: str | None = None) -> Row:
        """Return a row, new with this status if it isn't there yet; it counts as changed. Of several by one name, it is
        the one of this delivery, or the first.
        """
        called = [self._rows[each] for each in self._called.get(id_, ())]
        row = next((each for each in called if delivery_id and each.delivery_id == delivery_id), None)
        row = row or self.find(id_) or self._new(id_, at, provider, status)
        self.changed(row)
        return row

    def row_of(self, event: Mapping[str, Any], *, at: datetime, status: str) -> Row:
        """Return the row of a whole event. It takes over the row that the logs made, unless another event has it: the
        logs call the reports of one message to several recipients by the same id.
        """
        id_, called, data = id_of(event), logged_id_of(event), event["data"]
        row = self.find(id_)
        if row is None:
            row = self._rows.get(called)
            if row is None or row.event_id != called.removeprefix("event:") or (status == "dead" and row.is_settled):
                row = self._new(id_, at, data["provider"], status)
            elif text_in(data, "delivery_id") not in {None, row.delivery_id}:
                row.request_id = None  # of another one's request
            self._name(row, id_, called)
        self.changed(row)
        return row

    def _new(self, id_: str, at: datetime, provider: str, status: str) -> Row:
        self._number += 1
        row = self._rows[id_] = Row(id_, self._number, at.isoformat(), provider, status)
        while len(self._rows) > self.kept:
            self._forget(next(iter(self._rows)))
        return row

    def _name(self, row: Row, *names: str) -> None:
        for name in names:
            if name != row.id:
                self._called.setdefault(name, []).append(row.id)
                self._names.setdefault(row.id, []).append(name)

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
        del self._rows[id_]
        self._changes.pop(id_, None)
        self._room += len(self._documents.pop(id_, b""))
        for name in self._names.pop(id_, ()):
            self._called[name].remove(id_)
            if not self._called[name]:
                del self._called[name]


def parts_of(event: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the parts that an event was joined from; none, where it says anything else by that name."""
    parts = event["data"].get("parts") if event else None
    if not isinstance(parts, list):
        return []
    return [part for part in parts if isinstance(part, dict) and isinstance(part.get("id"), str)]


def id_of(event: Mapping[str, Any]) -> str:
    """Return the id of an event's row, unless it took over one of the logs."""
    return f"event:{event['id'][:_ID_KEPT]}"


def logged_id_of(event: Mapping[str, Any]) -> str:
    """Return the id of the row that logs make of an event: they call it by its id without any number."""
    name: str = event["id"][:_ID_KEPT]
    for number in (event["data"].get("sender"), event["data"].get("recipient")):
        raw = text_in(number, "raw") if isinstance(number, dict) else None
        if raw and len(raw) >= _SHORTEST_MASKED:
            name = name.replace(raw, "***")
    return f"event:{name}"


def _short(text: str | None) -> str | None:
    return text and text[:_FIELD_SHOWN]


def time_of(value: Any) -> datetime | None:
    """Return a time that somebody wrote; None where it is none."""
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
