"""What the rows learn: from events that were published, from the functions' logs, quarantine and dead letters."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from gateway.console.rows import Row, Rows, logged_id_of, parts_of, time_of
from gateway.local.output import read
from gateway.operations.dead_letters import DeadLetter
from gateway.operations.logs import Logged
from gateway.operations.quarantine import Kept

_REFUSED = "refused: "
_NOT_STORED = (
    "not set up, answered with 503",
    "invalid configuration, answered with 503",
    "not stored, the provider must retry",
    "unexpected error, the provider must retry",
)


@dataclass
class News:
    """Brings what comes in to the rows, in whatever order it comes: logs may be late, and so may events."""

    rows: Rows
    _joined: dict[str, str] = field(default_factory=dict)  # the rows of joined texts, by those of their parts

    def published(self, event: Mapping[str, Any], now: datetime) -> float | None:
        """Note an event that a subscriber got just now; return how many milliseconds after it was received."""
        data = event["data"]
        if event["id"] == "none":
            row = self.rows.row(f"other:{uuid4()}", at=now, provider=data["provider"], status="published")
        else:
            row = self.rows.row_of(event, at=now, status="published")
        received = time_of(data.get("received_at"))
        row.settle("published")
        row.show(event)
        self.rows.keep(row, event)
        took = None if received is None else max(0.0, (now - received).total_seconds() * 1_000)
        if row.milliseconds is None and row.recovery != "resend":  # which is no measure of how fast it went
            row.milliseconds = took
        if parts := parts_of(event):
            self._join(row, event, parts)
        return None if row.recovery else took

    def _join(self, row: Row, event: Mapping[str, Any], parts: list[dict[str, Any]]) -> None:
        data = event["data"]
        total = data.get("segments")
        row.parts = {"joined": len(parts), "of": total if isinstance(total, int) else len(parts)}
        row.incomplete = data.get("incomplete") is True
        for part in parts:
            id_ = logged_id_of({"id": part["id"], "data": data})
            self._joined[id_] = row.id
            if found := self.rows.find(id_):
                self._take_in(found, row)
        while len(self._joined) > 4 * self.rows.kept:
            del self._joined[next(iter(self._joined))]

    def _take_in(self, part: Row, row: Row) -> None:
        part.status, part.joined_as = "joined", row.id
        row.duplicates = max(row.duplicates, part.duplicates)  # a text that comes again does so part by part
        self.rows.changed(part)
        self.rows.changed(row)

    def logged(self, found: Logged) -> str | None:
        """Note a line of a function's log; return its provider where that says that a message was accepted."""
        at, line = found
        says = str(line.get("message", ""))
        provider = str(line.get("provider") or "")
        request = f"request:{line.get('request_id')}"
        if "event_ids" in line:
            self._accepted(at, line)
            return provider if "Accepted" in line else None
        if says.startswith(_REFUSED):
            self._request(request, at, line, "refused", says.removeprefix(_REFUSED))
        elif says in _NOT_STORED:
            self._request(request, at, line, "failed", f"{says}: {line.get('cause')}")
        elif says == "nothing to store":
            self._request(request, at, line, "ignored", str(line.get("reason")))
        elif says == "quarantined":
            row = self._kept(str(line.get("key")), at, provider)
            named = line.get("field")
            row.reason = f"{named}: {line.get('reason')}" if named else str(line.get("reason"))
            row.request_id, row.delivery_id = line.get("request_id"), line.get("delivery_id")
        elif says == "replayed":
            self._replayed(lambda row: row.key == line.get("key"))
        else:
            self._of_fanout(at, says, line)
        return None

    def _request(self, id_: str, at: datetime, line: Mapping[str, Any], status: str, reason: str) -> None:
        row = self.rows.row(id_, at=at, provider=str(line.get("provider")), status=status)
        row.reason = reason
        row.request_id, row.delivery_id = line.get("request_id"), line.get("delivery_id")

    def _accepted(self, at: datetime, line: Mapping[str, Any]) -> None:
        """Note the events of a request, or of a replay: that names no request, but the delivery of what it replays."""
        for each in line["event_ids"]:
            row = self._event(at, {**line, "event_id": each})
            if row.delivery_id == line.get("delivery_id"):
                row.request_id = row.request_id or line.get("request_id")
        if "Replayed" in line:
            became = [f"event:{each}" for each in line["event_ids"]]
            self._replayed(lambda row: bool(row.key) and row.delivery_id == line.get("delivery_id"), became)

    def _replayed(self, which: Callable[[Row], bool], became: list[str] | None = None) -> None:
        for row in filter(which, list(self.rows)):
            row.settle("replayed")
            row.became = became or row.became
            self.rows.changed(row)

    def _may_be_part(self, row: Row) -> None:
        whole = self.rows.find(self._joined.get(row.id, ""))
        if whole and row.status != "joined":
            self._take_in(row, whole)

    def _of_fanout(self, at: datetime, says: str, line: Mapping[str, Any]) -> None:
        match says:
            case "published":
                for event in line.get("events", ()):
                    row = self._event(at, event)
                    if row.event_id == event.get("event_id"):  # or it may mean another recipient's
                        row.settle("published")
            case "waits for other parts":
                for event in line.get("events", ()):
                    row = self._event(at, event)
                    if row.status == "queued":
                        row.status = "waiting"
            case "duplicate dropped":
                row = self._event(at, line, status="published")
                row.duplicates += 1
                if whole := self.rows.find(row.joined_as or ""):
                    self._take_in(row, whole)
            case "id conflict, quarantined":
                row = self._kept(str(line.get("key")), at, _provider_of(line))
                row.reason, row.event_id = "id: id conflict: another message has the same id", line.get("event_id")
                row.delivery_id = line.get("delivery_id")

    def _event(self, at: datetime, line: Mapping[str, Any], status: str = "queued") -> Row:
        id_, delivery = line.get("event_id"), line.get("delivery_id")
        row = self.rows.row(f"event:{id_}", at=at, provider=_provider_of(line), status=status, delivery_id=delivery)
        row.event_id, row.delivery_id = row.event_id or id_, row.delivery_id or delivery
        self._may_be_part(row)
        return row

    def _kept(self, key: str, at: datetime, provider: str) -> Row:
        row = self.rows.row(f"quarantine:{key}", at=at, provider=provider, status="quarantined")
        row.key = key
        if row.status != "quarantined":  # the same bytes once more
            row.status, row.became = "quarantined", []
        return row

    def kept(self, found: Iterable[Kept], *, are_all: bool) -> None:
        """Note what is in the quarantine: the newest of it, or all. What was just replayed may be there still."""
        there = {each.key: each for each in found}
        for key, each in there.items():
            known, times = self.rows.find(f"quarantine:{key}"), max(1, len(each.arrivals))
            if known and (known.status == "replayed" or (known.status, known.times) == ("quarantined", times)):
                continue
            row = self._kept(key, each.received_at, each.provider)
            row.times, row.at, row.reason = times, each.received_at.isoformat(), each.reason
            row.delivery_id = row.delivery_id or each.record.get("delivery_id")
        self._set(lambda row: are_all and row.status == "quarantined" and row.key not in there, "removed")

    def dead(self, letters: Iterable[DeadLetter], *, are_all: bool) -> None:
        """Note the dead letters that are events; what is no longer among all of them is in the queue again."""
        there = set()
        for letter in letters:
            if letter.event_id is None:
                continue
            event = read(letter.body)
            row = self.rows.row_of(event, at=letter.queued_at, status="dead")
            if row.status != "published":
                row.show(event)
                self.rows.keep(row, event)
            row.settle("dead")
            row.reason = letter.reason
            there.add(row.id)
        self._set(lambda row: are_all and row.status == "dead" and row.id not in there, "queued")

    def _set(self, which: Callable[[Row], bool], status: str) -> None:
        for row in list(self.rows):
            if which(row):
                row.status, row.reason = status, None if status == "queued" else row.reason
                self.rows.changed(row)


def _provider_of(line: Mapping[str, Any]) -> str:
    return str(line.get("provider") or str(line.get("event_id")).partition("/")[0])
