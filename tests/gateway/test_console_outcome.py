"""What is said of a request that was sent from the page, by what the logs and the rows tell of it at that moment."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.console.board import Board
from gateway.console.outcome import what_became
from gateway.operations.logs import Logged
from gateway.operations.outcomes import Outcome, State
from gateway.simulator import Attempt, Verdict

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PART = {"event_ids": ["acme/1"], "provider": "acme", "Accepted": [1], "delivery_id": "d", "request_id": "r"}
BEFORE = PART | {"request_id": "before"}
WHOLE = {
    "id": "acme/parts:1",
    "type": "inbound-sms.message.received.v1",
    "data": {"provider": "acme", "received_at": NOW.isoformat(), "segments": 3, "parts": [{"id": "acme/1"}]},
}
WAITS = {"message": "waits for other parts", "events": [{"event_id": "acme/1"}]}
FAILED = {"message": "not stored, the provider must retry", "cause": "queue", "provider": "acme", "request_id": "r"}

QUEUED = Outcome(State.QUEUED, "acme/1")
DUPLICATE = Outcome(State.DUPLICATE, "acme/1", seconds=0.004)
PUBLISHED = Outcome(State.PUBLISHED, "acme/1", seconds=0.031)
WHOLE_IS = "event:acme/parts:1"


@pytest.mark.parametrize(
    ("heard", "status", "outcome", "state", "says", "row"),
    [
        ([], None, None, "unknown", "not answered (ReadTimeout)", None),
        ([], 200, Outcome(State.UNKNOWN), "unknown", "acknowledged; the logs don't show an outcome yet", None),
        ([], 200, Outcome(State.IGNORED), "ignored", "nothing to store", None),
        ([], 200, QUEUED, "queued", "queued as acme/1, not published yet", "event:acme/1"),
        ([PART, WAITS], 200, QUEUED, "waiting", "acme/1 is waiting for the other parts", "event:acme/1"),
        ([PART, WHOLE], 200, QUEUED, "joined", "joined into acme/parts:1, 1 of 3 parts after 0 ms", WHOLE_IS),
        ([BEFORE, WHOLE], 200, QUEUED, "queued", "queued once more as acme/1", "event:acme/1"),
        ([BEFORE, WHOLE], 200, DUPLICATE, "duplicate", "dropped as a duplicate of acme/1", WHOLE_IS),
        ([], 200, PUBLISHED, "published", "became acme/1 after 31 ms", "event:acme/1"),
        ([], 200, Outcome(State.QUARANTINED, key="a/2"), "quarantined", "quarantined as a/2", "quarantine:a/2"),
        ([], 401, None, "refused", "refused (401)", None),
        ([FAILED], 503, None, "failed", "failed (503): not stored, the provider must retry: queue", "request:r"),
    ],
)
def test_what_became_is_said(
    monkeypatch: pytest.MonkeyPatch,
    heard: list[dict[str, Any]],
    status: int | None,
    outcome: Outcome | None,
    state: str,
    says: str,
    row: str | None,
) -> None:
    monkeypatch.setattr("gateway.console.outcome._WAIT_SECONDS", 0)
    monkeypatch.setattr("gateway.console.outcome.outcomes_of", lambda *_: {"r": [outcome]})
    board: Any = Board(["acme"])
    for each in heard:
        if "data" in each:
            board.published(each, NOW)
        else:
            board.logged([Logged(NOW, each)])
    attempt = Attempt(Verdict.AGAIN, 0.1, status, error=None if status else "ReadTimeout", request_id="r")
    nobody: Any = None
    [became] = what_became(nobody, board, "acme", [attempt, attempt], NOW)
    assert (became["state"], became["says"][: len(says)], became["row"]) == (state, says, row)
