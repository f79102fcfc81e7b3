"""Shows what became of what was sent as a provider."""

import statistics
from collections import Counter, defaultdict
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from gateway.cli.common import say
from gateway.local.output import harmless
from gateway.operations.outcomes import Outcomes
from gateway.operations.sending import Sent
from gateway.simulator import Verdict

_SHOWN_BODY = 60
_SHOWN_OUTCOMES = 20


def _answer(sent: Sent) -> str:
    last = sent.delivery.attempts[-1]
    if last.status is None:
        return f"no answer ({last.error})"
    body = last.body.decode("utf-8", "replace")
    return f"{last.status} {body[:_SHOWN_BODY]}".strip()


def show(provider: str, found: list[Sent], outcomes: Outcomes) -> None:
    """Print what came back, and what became of it."""
    Console().print(_table(provider, found))
    became = [(sent, it) for sent in found for it in outcomes.get(sent.request_id or "", ())]
    for sent, it in became[:_SHOWN_OUTCOMES]:
        copy = f" (copy {sent.copy})" if sent.copy else ""
        after = "" if it.seconds is None else f" after {it.seconds * 1_000:.0f} ms"
        say("  ".join(filter(None, (f"#{sent.number}{copy}", it.event_id, f"{it.state.value}{after}", it.key))))
    if became[_SHOWN_OUTCOMES:]:
        counted = Counter(it.state.value for _, it in became)
        say(f"... in all {', '.join(f'{number} {state}' for state, number in counted.items())}")


def _table(provider: str, found: list[Sent]) -> Table:
    """Return what came back, the same answers in one row."""
    table = Table("answer", "taken for", title=f"What {provider} got back", box=box.SIMPLE)
    table.columns[0].overflow = "fold"
    for name in ("sent", "attempts", "median", "slowest"):
        table.add_column(name, justify="right")
    rows: dict[tuple[str, Verdict], list[Sent]] = defaultdict(list)
    for sent in found:
        rows[_answer(sent), sent.delivery.attempts[-1].verdict].append(sent)
    for (answer, verdict), group in rows.items():
        attempts = [attempt for sent in group for attempt in sent.delivery.attempts]
        seconds = [attempt.seconds for attempt in attempts]
        taken_for = "given up" if verdict is Verdict.AGAIN else verdict.value
        times = [f"{statistics.median(seconds) * 1_000:.0f} ms", f"{max(seconds) * 1_000:.0f} ms"]
        table.add_row(harmless(answer), taken_for, str(len(group)), str(len(attempts)), *times)
    return table


def known(sent: Sent, outcomes: Outcomes) -> dict[str, Any]:
    """Return everything about one, for scripts."""
    return {
        "number": sent.number,
        "copy": sent.copy,
        "delivered": sent.delivery.delivered,
        "attempts": [
            {
                "status": attempt.status,
                "body": attempt.body.decode("utf-8", "replace"),
                "error": attempt.error,
                "milliseconds": round(attempt.seconds * 1_000, 1),
                "verdict": attempt.verdict.value,
                "request_id": attempt.request_id,
            }
            for attempt in sent.delivery.attempts
        ],
        "outcomes": [
            {
                "state": it.state.value,
                "event_id": it.event_id,
                "quarantine_key": it.key,
                "milliseconds": None if it.seconds is None else round(it.seconds * 1_000, 1),
            }
            for it in outcomes.get(sent.request_id or "", ())
        ],
    }
