"""What an update did, as tables."""

from collections import Counter

from rich.console import Console
from rich.table import Table

from verification.chaos.accounts import Account, End
from verification.upgrade.run import Result, Stage

_ENDS = [End.ONCE, End.DOUBLED, End.QUARANTINED, End.DEAD]
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
    """Print the accounts of each update, and what is wrong."""
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
    table = Table(title=f"{stage.before.name} → {stage.after.name}", title_justify="left")
    table.add_column("when the update began")
    for end in _ENDS:
        table.add_column(end.value, justify="right")
    for column in ("given up", "WRONG", "all"):
        table.add_column(column, justify="right")
    totals: Counter[str] = Counter()
    for state, said in _STATES.items():
        row = _row([by_token[message.token] for message in stage.flight.get(state, [])])
        totals += row
        table.add_row(said, *_shown(row))
    table.add_section()
    table.add_row("all", *_shown(totals))
    return table


def _row(accounts: list[Account]) -> Counter[str]:
    row = Counter(account.end.value for account in accounts if not account.wrong)
    row["WRONG"] = sum(bool(account.wrong) for account in accounts)
    row["all"] = len(accounts)
    return row


def _shown(row: Counter[str]) -> list[str]:
    names = [*(end.value for end in _ENDS), End.NOWHERE.value, "WRONG", "all"]
    return [f"{row[name]:,}" for name in names]
