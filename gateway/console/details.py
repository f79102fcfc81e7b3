"""Everything about one row of the page, looked up when it is asked for."""

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.console import timeline
from gateway.console.again import Again
from gateway.console.board import Board
from gateway.console.bodies import format_of, mark_of, payload_of
from gateway.console.problems import content_type_of
from gateway.console.rows import Row, logged_id_of, parts_of, time_of
from gateway.errors import GatewayError
from gateway.operations.history import history_of
from gateway.operations.installation import Installation
from gateway.operations.quarantine import Quarantine

_NOT_SEEN = "Published before the console started, or too long ago: only subscribers have its text"
_JOINED = "Published as part of another event"
_NOT_PUBLISHED = "Not published yet"
_ELSEWHERE = "The payload is too large for the event: it is in the payload bucket"
_NO_BODY = "The gateway keeps no body of a request that it did not accept"
_LEFT = "No longer in the quarantine"

Detail = dict[str, Any]


class Details:
    """Looks things up, on the board and in the installation."""

    def __init__(self, installation: Installation, board: Board, again: Again) -> None:
        self._installation = installation
        self._board = board
        self._again = again

    def of(self, id_: str) -> Detail:
        """Return what is known of a row; raise GatewayError where there is no such row."""
        found = self._board.row(id_)
        if found is None:
            raise GatewayError("Unknown message: it is too old, or has not arrived yet")
        row, event = found
        detail: Detail = {
            "row": vars(row),
            "timeline": [],
            "timeline_unknown": None,
            "parts": None,
            "missing_parts": [],
            "event": event,
            "event_unknown": None,
            "payload": None,
            "payload_unknown": None,
            "mark": None,
            "record": None,
        }
        if row.key:
            detail |= self._of_kept(row, row.key)
        elif row.id.startswith("request:"):
            detail |= {"event_unknown": _NO_BODY, "payload_unknown": _NO_BODY}
            detail |= _unless_denied(lambda: timeline.of_request(row, self._installation))
        else:
            detail |= self._of_event(row, event)
        if (exact := self._again.exact(row)) is not None:
            payload = {"text": exact, "format": format_of(exact), "exact": True}
            detail |= {"payload": payload, "payload_unknown": None}
        return detail | self._again.offer(row, event)

    def _of_event(self, row: Row, event: dict[str, Any] | None) -> Detail:
        data = event["data"] if event else {}
        parts = parts_of(event)
        ids = [logged_id_of({"id": each["id"], "data": data}) for each in parts]
        rows = {id_: found[0] for id_ in ids if (found := self._board.row(id_))}

        def look() -> list[timeline.Step]:
            # What is set aside has rows of its own, and is not looked for again.
            known = history_of(self._installation, str(row.event_id), set_aside=False)
            return timeline.of_event(row, event, known, rows.values())

        steps = _unless_denied(look)
        if steps["timeline_unknown"]:
            steps["timeline"] = timeline.shown(timeline.of_event(row, event, None, rows.values()))
        unknown = {"published": _NOT_SEEN, "joined": _JOINED}.get(row.status, _NOT_PUBLISHED)
        payload = payload_of(event) if event else None
        return steps | {
            "parts": [
                {"part": each.get("part"), "id": id_, "at": rows[id_].at if id_ in rows else None}
                | {"message_id": each.get("message_id")}
                for each, id_ in zip(parts, ids, strict=True)
            ]
            or None,
            "missing_parts": data.get("missing_parts") or [],
            "event_unknown": None if event else unknown,
            "payload": payload,
            "payload_unknown": None if payload else _ELSEWHERE if event else unknown,
        }

    def _of_kept(self, row: Row, key: str) -> Detail:
        if row.status != "quarantined":
            return {
                "timeline": timeline.shown([timeline.Step(time_of(row.at), "quarantined", row.reason, "bad")])
                + timeline.shown(timeline.became(row)),
                "event_unknown": _LEFT,
                "payload_unknown": _LEFT,
            }
        kept, body = Quarantine(self._installation).one(key)
        text = body.decode("utf-8", "backslashreplace")
        return {
            "timeline": timeline.shown(timeline.of_kept(row, kept)),
            "event_unknown": "It never became an event",
            "payload": {"text": text, "format": format_of(text, content_type_of(kept)), "exact": text.encode() == body},
            "mark": mark_of(text, kept.record),
            "record": kept.record,
        }


def _unless_denied(look: Any) -> Detail:
    """Return the steps that are found, or why they can't be: the rest is shown without."""
    try:
        steps: Iterable[timeline.Step] = look()
        return {"timeline": timeline.shown(steps), "timeline_unknown": None}
    except (BotoCoreError, ClientError) as error:
        return {"timeline": [], "timeline_unknown": f"Claims and logs can't be read: {error}"}
