"""What a chaos run tells: tables."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Column, Table

from gateway.simulator import senders
from verification.chaos.accounts import Account, End
from verification.chaos.faults import Fault
from verification.chaos.run import Result
from verification.chaos.traffic import Kind


def show(console: Console, result: Result) -> None:
    for part in (_faults(result), _providers(result), _ends(result.accounts), *_notes(result)):
        console.print(part)
    for account in result.wrong:
        said = f"{account.message.token} ({account.message.kind.value}): {account.wrong}"
        console.print(said, style="red", markup=False)


def table_of(first: str, columns: Sequence[str], rows: Mapping[str, Sequence[int]]) -> Table:
    table = Table(Column(first, no_wrap=True), *(Column(name, justify="right") for name in columns))
    for label, figures in rows.items():
        table.add_row(label, *(f"{figure:,}" for figure in figures))
    return table


def _faults(result: Result) -> Table:
    asked = Counter(entry.call.service for entry in result.journal)
    injected = result.journal.injected
    rows = {fault.value: [injected[service, fault] for service in sorted(asked)] for fault in Fault}
    rows["of requests"] = [asked[service] for service in sorted(asked)]
    return table_of(
        "faults injected", [*sorted(asked), "all"], {label: [*row, sum(row)] for label, row in rows.items()}
    )


def _providers(result: Result) -> Table:
    rows = {}
    for provider in senders():
        mine = [message for message in result.traffic.messages if message.provider == provider]
        deliveries = [delivery for message in mine for delivery in result.traffic.deliveries[message.token]]
        delivered = sum(delivery.delivered for delivery in deliveries)
        attempts = sum(len(delivery.attempts) for delivery in deliveries)
        rows[provider] = [len(mine), len(deliveries), attempts, delivered, len(deliveries) - delivered]
    return table_of("what the providers saw", ["messages", "deliveries", "attempts", "delivered", "given up"], rows)


def _ends(accounts: Sequence[Account]) -> Table:
    by_end = {end.value: [each for each in accounts if each.end is end] for end in End}
    lost = [each for each in accounts if each.end is End.NOWHERE and each.wrong]
    return table_of(
        "where each message ended",
        [*(kind.value for kind in Kind), "all", "given up"],
        {end: _by_kind(those) for end, those in {**by_end, "of those LOST": lost, "all": accounts}.items()},
    )


def _by_kind(accounts: Sequence[Account]) -> list[int]:
    kinds = Counter(account.message.kind for account in accounts if account.message.believed)
    return [*(kinds[kind] for kind in Kind), kinds.total(), len(accounts) - kinds.total()]


def _notes(result: Result) -> Iterator[str]:
    names = {function: name for name, function in result.functions.items()}
    killed = ", ".join(f"{names.get(function)} {times}" for function, times in result.workers.killed.items())
    yield f"Workers killed: {result.workers.killed.total()} ({killed})"
    excuses = Counter(excuse for account in result.accounts for excuse in account.excuses)
    yield "Published again, and why: " + "; ".join(f"{excuse} ({times:,})" for excuse, times in excuses.items())
    both = sum(
        each.message.token in result.found.dead for each in result.accounts if each.end in {End.ONCE, End.DOUBLED}
    )
    yield f"Published, and a message of it in the dead-letter queue as well: {both:,}"
