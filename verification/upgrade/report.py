"""What an update did, as tables."""

from collections import Counter

from rich.console import Console
from rich.table import Table

from verification.chaos.accounts import Account, End
from verification.chaos.report import table_of
from verification.upgrade.run import Result, Stage

_STATES = {
    "published": "published before",
    "given up": "in the dead-letter queue",
    "claimed": "claimed by a worker that died",
    "set aside": "in the quarantine",
    "taken": "taken by a worker that died",
    "queued": "in the queue",
    "meanwhile": "posted during the update",
}


def show(console: Console, result: Result) -> None:
    by_token = {account.message.token: account for account in result.accounts}
    for stage in result.stages:
        console.print(_table(stage, by_token))
        old, new = stage.code
        updated = sum(old[name] != new[name] for name in old)
        console.print(
            f"{len(stage.resources[0])} stateful resources, {len(stage.moved)} of them moved or gone; "
            f"{updated} of {len(old)} functions with other code; redriven {stage.redriven}, replayed {stage.replayed}; "
            f"{stage.seconds:.0f} s",
            highlight=False,
        )
        for name, (before, after) in stage.moved.items():
            console.print(f"MOVED: {name} was {before} and is {after}", style="bold red", markup=False)
    console.print(f"Posts that heard an error and were sent again: {result.posts.failed_attempts}", highlight=False)
    for account in result.wrong[:20]:
        console.print(f"{account.message.token} ({account.message.kind.value}): {account.wrong}", style="red")


def _table(stage: Stage, by_token: dict[str, Account]) -> Table:
    flight = {said: [by_token[each.token] for each in stage.flight.get(state, [])] for state, said in _STATES.items()}
    flight["all"] = [account for found in flight.values() for account in found]
    rows = {}
    for state, found in flight.items():
        ends = Counter(account.end for account in found if not account.wrong)
        rows[state] = [*(ends[end] for end in End), sum(bool(account.wrong) for account in found), len(found)]
    title = f"{stage.before.name} → {stage.after.name}: when the update began"
    return table_of(title, [*(end.value for end in End), "WRONG", "all"], rows)
