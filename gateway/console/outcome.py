"""What became of requests that were sent from the page, in words, with the rows that tell more."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.console.board import Board
from gateway.console.rows import Row
from gateway.operations.installation import Installation
from gateway.operations.outcomes import Outcome, Outcomes, State, outcomes_of
from gateway.simulator import Attempt

_WAIT_SECONDS = 10.0
_AGAIN_SECONDS = 0.1
_OF_ROWS = {"refused": "refused", "failed": "failed", "ignored": "nothing to store"}


@dataclass(frozen=True)
class _Became:
    state: str
    says: str
    row: str | None = None
    seconds: float | None = None
    is_final: bool = True
    duplicates: int | None = None  # that the row had, where it is of an earlier request: the page waits for one more

    @property
    def document(self) -> dict[str, Any]:
        milliseconds = None if self.seconds is None else self.seconds * 1_000
        told = {"state": self.state, "says": self.says, "row": self.row, "milliseconds": milliseconds}
        return told | {"duplicates": self.duplicates}


def what_became(
    installation: Installation, board: Board, provider: str, attempts: Sequence[Attempt], began: datetime
) -> list[dict[str, Any]]:
    """Return what became of requests, each thing once; as soon as it is known, or what is known after a while."""
    end = time.monotonic() + _WAIT_SECONDS
    ids = [it.request_id for it in attempts if it.request_id and _is_taken(it)]
    while True:
        try:
            outcomes = outcomes_of(installation, provider, ids, began) if ids else {}
        except (BotoCoreError, ClientError):
            outcomes = {}
        found = [each for it in attempts for each in _of_attempt(it, outcomes, board)]
        if all(each.is_final for each in found) or time.monotonic() >= end:
            return [each.document for each in dict.fromkeys(found)]
        time.sleep(_AGAIN_SECONDS)


def _is_taken(attempt: Attempt) -> bool:
    return attempt.status is not None and attempt.status < 300


def _of_attempt(attempt: Attempt, outcomes: Outcomes, board: Board) -> list[_Became]:
    if attempt.status is None:
        return [_Became("unknown", f"not answered ({attempt.error})")]
    request = f"request:{attempt.request_id}"
    row = _row(board, request)
    if row and row.status in _OF_ROWS:
        why = "" if _is_taken(attempt) else f" ({attempt.status})"
        reason = f": {row.reason}" if row.reason else ""
        return [_Became(row.status, f"{_OF_ROWS[row.status]}{why}{reason}", request)]
    if not _is_taken(attempt):
        state = "failed" if attempt.status >= 500 else "refused"
        return [_Became(state, f"{_OF_ROWS[state]} ({attempt.status})", is_final=attempt.request_id is None)]
    known = outcomes.get(attempt.request_id or "", [Outcome(State.UNKNOWN)])
    return [_of_outcome(each, board, attempt.request_id) for each in known]


def _of_outcome(outcome: Outcome, board: Board, request_id: str | None) -> _Became:
    event = f"event:{outcome.event_id}"
    row = _row(board, event)
    match outcome.state:
        case State.PUBLISHED:
            is_there = row is not None and row.status == "published"
            says = f"became {outcome.event_id}{_after(outcome.seconds)}"
            became = _Became("published", says, event, outcome.seconds, is_there)
        case State.DUPLICATE:
            says = f"dropped as a duplicate of {outcome.event_id}"
            became = _Became("duplicate", says, (row and row.joined_as) or event, outcome.seconds)
        case State.QUARANTINED:
            kept = _row(board, f"quarantine:{outcome.key}")
            because = f" because {kept.reason}" if kept and kept.reason else ""
            says = f"quarantined as {outcome.key}{because}"
            became = _Became("quarantined", says, f"quarantine:{outcome.key}", is_final=kept is not None)
        case State.IGNORED:
            became = _Became("ignored", "nothing to store")
        case State.QUEUED:
            became = _of_queued(outcome, row, board, request_id)
        case State.UNKNOWN:
            says = "acknowledged; the logs don't show an outcome yet"
            became = _Became("unknown", says, is_final=request_id is None)
    return became


def _of_queued(outcome: Outcome, row: Row | None, board: Board, request_id: str | None) -> _Became:
    """Return what became of an event that the fan-out has not logged by its own name: it may be a part of another."""
    event = f"event:{outcome.event_id}"
    if row and row.joined_as and row.request_id == request_id:  # or it is the part once more
        whole = _row(board, row.joined_as)
        of = f", {whole.parts['joined']} of {whole.parts['of']} parts" if whole and whole.parts else ""
        seconds = whole.milliseconds / 1_000 if whole and whole.milliseconds is not None else None
        says = f"joined into {row.joined_as.removeprefix('event:')}{of}{_after(seconds)}"
        return _Became("joined", says, row.joined_as, seconds)
    if row and row.status == "waiting":
        return _Became("waiting", f"{outcome.event_id} is waiting for the other parts", event, is_final=False)
    if row and row.is_settled and row.request_id not in {None, request_id}:
        says = f"queued once more as {outcome.event_id}"
        return _Became("queued", says, event, is_final=False, duplicates=row.duplicates)
    return _Became("queued", f"queued as {outcome.event_id}, not published yet", event, is_final=False)


def _after(seconds: float | None) -> str:
    return "" if seconds is None else f" after {seconds * 1_000:.0f} ms"


def _row(board: Board, id_: str) -> Row | None:
    found = board.row(id_)
    return found and found[0]
