"""What needs a person: the quarantine by reason, dead letters, alarms, and what doctor finds."""

import re
from collections import defaultdict
from dataclasses import asdict
from typing import Any

from gateway.console.bodies import format_of, mark_of
from gateway.console.source import DEAD_SHOWN, KEPT_SHOWN, Watched
from gateway.errors import GatewayError
from gateway.operations.dead_letters import DeadLetters, dead_letters_of
from gateway.operations.doctor import alarms_ringing, examine
from gateway.operations.quarantine import Kept, Quarantine, Selection

_PLACE = re.compile(r" at line \d+ column \d+")  # another one in each body


class Problems:
    """Looks each up when it is asked for."""

    def __init__(self, watched: Watched) -> None:
        self._installation = installation = watched.installation
        self._looking = watched.looking
        self._quarantine = Quarantine(installation)
        self._dead_letters = dead_letters_of(installation)

    def quarantine(self) -> dict[str, Any]:
        """Return the newest in the quarantine, what has the same reason and provider together."""
        stock, kept = self._quarantine.newest(KEPT_SHOWN)
        groups: dict[tuple[str, str], list[Kept]] = defaultdict(list)
        for each in sorted(kept, key=lambda each: each.received_at, reverse=True):
            groups[each.provider, _PLACE.sub("", each.reason)].append(each)
        return {
            "number": stock.number,
            "mark": stock.mark,
            "listed": len(kept),
            "groups": [
                {
                    "provider": provider,
                    "reason": reason,
                    "number": len(group),
                    "newest_at": group[0].received_at.isoformat(),
                    "items": [_known(each) for each in group],
                }
                for (provider, reason), group in groups.items()
            ],
        }

    def body(self, key: str) -> dict[str, Any]:
        """Return the record and the body of one, and the place that is broken."""
        kept, body = self._quarantine.one(key)
        text, field = body.decode("utf-8", "backslashreplace"), kept.record.get("field")
        return {
            "key": key,
            "record": kept.record,
            "body": text,
            "format": format_of(text, content_type_of(kept)),
            "reason": kept.reason,
            "field": field,
            "mark": mark_of(text, kept.record),
        }

    def replay(self, keys: list[str]) -> dict[str, Any]:
        """Replay the named ones; without a key, replay nothing."""
        chosen = self._quarantine.select(Selection(keys=tuple(keys))) if keys else []
        results = self._quarantine.replay(chosen)
        return {"results": [asdict(each) | {"rows": [f"event:{id_}" for id_ in each.event_ids]} for each in results]}

    def dead_letters(self) -> dict[str, Any]:
        """Return the oldest dead letters of each queue."""
        with self._looking:
            return {"queues": [_queue(*each) for each in self._dead_letters.items()]}

    def redrive(self, queue: str) -> dict[str, Any]:
        """Move all dead letters of a queue back; raise GatewayError where there is no such queue."""
        if queue not in self._dead_letters:
            raise GatewayError(f"There is no queue {queue}; there are {', '.join(self._dead_letters)}")
        with self._looking:
            return {"moved": self._dead_letters[queue].redrive(lambda _done, _of: None)}

    def alarms(self) -> dict[str, Any]:
        """Return the alarms that ring; the local engine rings none."""
        if self._installation.local:
            return {"alarms": None, "alarms_unknown": "The local engine does not evaluate alarms"}
        ringing = [
            {
                "name": alarm["AlarmName"],
                "description": alarm.get("AlarmDescription", ""),
                "since": alarm["StateUpdatedTimestamp"].isoformat(),
            }
            for alarm in alarms_ringing(self._installation)[0]
        ]
        return {"alarms": ringing, "alarms_unknown": None}

    def findings(self) -> dict[str, Any]:
        """Return what doctor finds; it looks at everything, which takes seconds."""
        return {"findings": [asdict(each) for each in examine(self._installation)]}


def content_type_of(kept: Kept) -> str:
    """Return the content type that a request came with; empty where none is on record."""
    headers = kept.record.get("headers")
    return str(headers.get("content-type", "")) if isinstance(headers, dict) else ""


def _known(kept: Kept) -> dict[str, Any]:
    return {
        "key": kept.key,
        "received_at": kept.received_at.isoformat(),
        "reason": kept.reason,
        "times": kept.times,
        "replayable": bool(kept.record),
        "row": f"quarantine:{kept.key}",
    }


def _queue(name: str, letters: DeadLetters) -> dict[str, Any]:
    total = letters.count()  # first: what comes meanwhile makes another one, for which the page looks again
    items = [
        asdict(each) | {"queued_at": each.queued_at.isoformat(), "row": each.event_id and f"event:{each.event_id}"}
        for each in (letters.look(DEAD_SHOWN) if total else ())
    ]
    return {"queue": name, "provider": letters.provider, "total": total, "items": items}
