"""What a chaos run tells: tables."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Console, Group
from rich.table import Column, Table

from gateway.simulator import senders
from verification.chaos.accounts import Account, End
from verification.chaos.faults import Fault
from verification.chaos.run import Result
from verification.chaos.traffic import Kind

_GOOD = (End.ONCE, End.DOUBLED, End.QUARANTINED, End.DEAD)


def show(console: Console, result: Result) -> None:
    """Print the tables, and in words whatever is wrong."""
    console.print(Group(_faults(result), _kills(result), _providers(result), _ends(result), *_notes(result)))
    for account in result.wrong:
        console.print(
            f"{account.message.token} ({account.message.kind.value}): {account.wrong}", style="red", markup=False
        )


def _faults(result: Result) -> Table:
    asked = Counter(entry.call.service for entry in result.journal.entries)
    services = sorted(asked)
    injected = result.journal.injected
    table = Table(*_columns("faults injected", *services, "all"))
    for fault in Fault:
        _row(table, fault.value, [injected[service, fault] for service in services])
    table.add_section()
    _row(table, "of requests", [asked[service] for service in services])
    return table


def _kills(result: Result) -> Table:
    names = {function: name for name, function in result.functions.items()}
    table = Table(
        *_columns("workers killed", *(names.get(function, function) for function in result.workers.killed), "all")
    )
    _row(table, "", list(result.workers.killed.values()))
    return table


def _providers(result: Result) -> Table:
    table = Table(*_columns("what the providers saw", "messages", "deliveries", "attempts", "delivered", "given up"))
    for provider in senders():
        mine = [message for message in result.traffic.messages if message.provider == provider]
        deliveries = [delivery for message in mine for delivery in result.traffic.deliveries[message.token]]
        delivered = sum(delivery.delivered for delivery in deliveries)
        attempts = sum(len(delivery.attempts) for delivery in deliveries)
        figures = (len(mine), len(deliveries), attempts, delivered, len(deliveries) - delivered)
        table.add_row(provider, *(f"{figure:,}" for figure in figures))
    return table


def _ends(result: Result) -> Table:
    believed = [account for account in result.accounts if account.message.believed]
    given_up = [account for account in result.accounts if not account.message.believed]
    table = Table(*_columns("where each message ended", *(kind.value for kind in Kind), "all", "given up"))
    for end in _GOOD:
        _end(
            table,
            end.value,
            [each for each in believed if each.end is end],
            [each for each in given_up if each.end is end],
        )
    nowhere = [each for each in given_up if each.end is End.NOWHERE and not each.wrong]
    _end(table, "nowhere: never acknowledged", [], nowhere)
    table.add_section()
    _end(table, "LOST", *_split(each for each in result.accounts if each.end is End.NOWHERE and each.wrong))
    _end(table, "against another promise", *_split(each for each in result.accounts if each.end is End.WRONG))
    table.add_section()
    _end(table, "all", believed, given_up)
    return table


def _split(those: Iterator[Account]) -> tuple[list[Account], list[Account]]:
    listed = list(those)
    return [each for each in listed if each.message.believed], [each for each in listed if not each.message.believed]


def _end(table: Table, label: str, believed: list[Account], given_up: list[Account]) -> None:
    kinds = Counter(account.message.kind for account in believed)
    figures = [*(kinds[kind] for kind in Kind), len(believed), len(given_up)]
    table.add_row(label, *(f"{figure:,}" for figure in figures))


def _notes(result: Result) -> Iterator[str]:
    excuses = Counter(excuse for account in result.accounts for excuse in account.excuses)
    if excuses:
        yield "Published again, and why: " + "; ".join(f"{excuse} ({times:,})" for excuse, times in excuses.items())
    both = sum(
        account.message.token in result.found.dead
        for account in result.accounts
        if account.end in {End.ONCE, End.DOUBLED}
    )
    yield f"Published, and a message of it in the dead-letter queue as well: {both:,}"
    laps = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in result.seconds.items())
    yield f"{laps}; in all {sum(result.seconds.values()):.0f} s"


def _columns(first: str, *others: str) -> list[Column]:
    return [Column(first, no_wrap=True), *(Column(other, justify="right") for other in others)]


def _row(table: Table, label: str, figures: list[int]) -> None:
    table.add_row(label, *(f"{figure:,}" for figure in (*figures, sum(figures))))
