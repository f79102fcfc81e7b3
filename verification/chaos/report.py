"""What a trial tells: tables, and each account that is wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Column, Table

from gateway.simulator import senders
from verification.chaos.accounts import Account, End
from verification.chaos.faults import Fault
from verification.chaos.trial import Result


def show(console: Console, result: Result) -> None:
    by_token = {account.message.token: account for account in result.accounts}
    if result.trial.proxy.journal.injected:
        console.print(_faults(result))
    console.print(_providers(result))
    for title, groups in result.groups.items():
        console.print(_ends(title, {name: [by_token[it.token] for it in found] for name, found in groups.items()}))
    for note in _notes(result):
        console.print(note, highlight=False)
    for account in result.wrong:
        said = f"{account.message.token} ({account.message.kind.value}): {account.wrong}"
        console.print(said, style="red", markup=False)


def _table(first: str, columns: Iterable[str], rows: Mapping[str, Sequence[int]]) -> Table:
    table = Table(Column(first, no_wrap=True), *(Column(name, justify="right") for name in columns))
    for label, figures in rows.items():
        table.add_row(label, *(f"{figure:,}" for figure in figures))
    return table


def _faults(result: Result) -> Table:
    journal = result.trial.proxy.journal
    asked, injected = Counter(entry.call.service for entry in journal), journal.injected
    rows = {fault.value: [injected[service, fault] for service in sorted(asked)] for fault in Fault}
    rows["of requests"] = [asked[service] for service in sorted(asked)]
    return _table("faults injected", [*sorted(asked), "all"], {label: [*row, sum(row)] for label, row in rows.items()})


def _providers(result: Result) -> Table:
    rows = {}
    for provider in senders():
        traffic = result.trial.traffic
        mine = [token for token, message in traffic.messages.items() if message.provider == provider]
        deliveries = [delivery for token in mine for delivery in traffic.deliveries[token]]
        delivered = sum(delivery.delivered for delivery in deliveries)
        attempts = sum(len(delivery.attempts) for delivery in deliveries)
        rows[provider] = [len(mine), len(deliveries), attempts, delivered, len(deliveries) - delivered]
    return _table("what the providers saw", ["messages", "deliveries", "attempts", "delivered", "given up"], rows)


def _ends(title: str, groups: dict[str, list[Account]]) -> Table:
    groups["all"] = [account for found in groups.values() for account in found]
    rows = {}
    for name, found in groups.items():
        ends = Counter(account.end.value for account in found)
        lost = sum(account.end is End.NOWHERE and bool(account.wrong) for account in found)
        rows[name] = [*(ends[end.value] for end in End), lost, len(found)]
    return _table(title, [*(end.value for end in End), "of nowhere LOST", "all"], rows)


def _notes(result: Result) -> Iterator[str]:
    names = {function: name for name, function in result.trial.running.stack.functions.items()}
    killed = result.trial.workers.killed
    by_function = ", ".join(f"{names.get(function)} {times}" for function, times in killed.items())
    yield f"Workers killed: {killed.total()} ({by_function})"
    excuses = Counter(excuse for account in result.accounts for excuse in account.excuses)
    yield "Published again, and why: " + "; ".join(f"{excuse} ({times:,})" for excuse, times in excuses.items())
    published = [each for each in result.accounts if each.end in {End.ONCE, End.DOUBLED}]
    both = sum(each.message.token in result.found.dead for each in published)
    yield f"Published, and a message of it in the dead-letter queue as well: {both:,}"
