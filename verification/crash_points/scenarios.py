"""Every crash and fault at every step of the fan-out, against every kind of arrival.

    PYTHONPATH=.:shared:functions/fanout .venv/bin/python -m verification.crash_points.scenarios --short

prints what `make test` walks through; without `--short` all of it, which takes long (`--few` and `--faults 1`: less).
"""

import argparse
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, combinations_with_replacement
from typing import NamedTuple
from unittest.mock import patch

from rich.console import Console
from rich.table import Column, Table

import fanout
from fanout import Fanout
from inbound_sms.joining.groups import GroupsTable
from inbound_sms.publishing.deduplication import ClaimsTable
from inbound_sms.publishing.publisher import Publisher
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from joiner import Joiner
from tests.support.queued import Queued, sqs_record
from tests.support.quiet import quietly
from verification.crash_points.parts import JOIN_SECONDS, PARTS
from verification.crash_points.replay import Session
from verification.crash_points.schedules import FUNCTION_TIMEOUT, Explorer, Records, Tally
from verification.crash_points.state import COPY

RETENTION = 7 * 86_400.0
GENEROUS = 10  # deliveries before a message is a dead letter: so many that none of ours may ever become one
TIGHT = 2
TIGHT_TOO = (("first",), ("first", "copy"))

_COLUMNS = ("schedules", "states", "runs", "published once", "doubled, unavoidable", "joined", "lost")

# What may arrive beside the first message (event 1, delivery-1).
ARRIVALS: dict[str, str] = {
    "retry": Queued("1", delivery="delivery-2").document,  # the provider's
    "conflict": Queued("1", delivery="delivery-4", text="another text").document,
    "listed twice": Queued("1").document,  # in one webhook request
    "conflict within": Queued("1", text="a third text").document,
    "other": Queued("2", type="inbound-sms.link.clicked.v1").document,  # for the other topic
    "neighbour": Queued("3").document,  # for the same topic
    "not ours": "hello",
}
FIRST = {"first": Queued("1").document}
KINDS = (COPY, *ARRIVALS)


class Scenario(NamedTuple):
    """What arrives, and how much may go wrong."""

    arrivals: tuple[str, ...]
    faults: int
    max_receives: int = GENEROUS
    few: bool = False  # one fault of each sort

    @property
    def bodies(self) -> dict[str, str]:
        return {name: body for name, body in (FIRST | ARRIVALS | PARTS).items() if name in self.arrivals}


class Result(NamedTuple):
    tally: Tally
    states: int
    runs: int


def handled(session: Session, records: Records) -> set[str]:
    """Hand SQS's records to the Lambda handler, over simulated clients; return the ids that it reports as failed."""
    client = session.client()
    claims = ClaimsTable(client, "claims", RETENTION, FUNCTION_TIMEOUT, clock=session.clock)
    made = Fanout(
        claims=claims,
        publisher=Publisher(client, "messages", "delivery", pause=lambda _: None),
        quarantine=Quarantine(client, "quarantine", "fanout"),
        joiner=Joiner(GroupsTable(claims, JOIN_SECONDS), claims, EventQueue(client, "events"), session.side_by_side),
        map_concurrently=session.side_by_side,
        clock=session.clock,
    )
    with patch.object(fanout, "_ready", lambda: made):
        answer = fanout.handler({"Records": [sqs_record(*record) for record in records]}, None)
    return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}


def explore(scenario: Scenario) -> Result:
    few_receives = scenario.max_receives < GENEROUS
    explorer = Explorer(
        handled,
        scenario.bodies,
        max_receives=scenario.max_receives,
        may_die=scenario.arrivals if few_receives else (),
        redrives=2 if few_receives and "not ours" not in scenario.arrivals else 0,
        few=scenario.few,
    )
    with quietly(), _without_garbage_collection():
        tally = explorer.explore(scenario.arrivals, scenario.faults)
    return Result(tally, explorer.states, explorer.runs)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """There is no garbage: every state is kept, and looking through all of them over and over takes time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def scenarios(arrivals: int, faults: int, *, few: bool = False) -> Iterator[Scenario]:
    """Every combination of so many arrivals; with few deliveries before a dead letter where that is part of it."""
    for others in combinations_with_replacement(KINDS, arrivals - 1):
        names = ("first", *others)
        if any(names.count(name) > 1 for name in ARRIVALS):  # a message of its own each; only copies repeat
            continue
        if "not ours" not in names:
            yield Scenario(names, faults, GENEROUS, few)
        if "not ours" in names or names in TIGHT_TOO:
            yield Scenario(names, faults, TIGHT, few)


def parts(*, few: bool) -> Iterator[Scenario]:
    """Long texts that come in parts, in every order: their faults, their repeats, and another text's parts between."""
    text = ("2A1", "2A2")
    yield Scenario(text, 1, GENEROUS, few)
    yield Scenario(text, 1, TIGHT, few)
    for other in (COPY, "2A1 retry", "2A1 again", "neighbour", "2B1"):
        yield Scenario((*text, other), 0)
    if few:
        return
    for other in (COPY, "2A1 retry", "neighbour"):
        yield Scenario((*text, other), 1, GENEROUS, few=True)
    yield Scenario(text, 2, GENEROUS, few=True)
    yield Scenario(("3A1", "3A2", "3A3"), 0)
    yield Scenario((*text, "2B1", "2B2"), 0)


def short_form() -> Iterator[Scenario]:
    """Return what `make test` walks through: two faults where doubles come from, one beside each arrival; every three
    arrivals where nothing goes wrong.
    """
    yield from scenarios(1, 2)
    yield Scenario(("first", COPY), 2, GENEROUS, few=True)
    yield Scenario(("first", COPY), 2, TIGHT, few=True)
    yield Scenario(("first", "retry"), 2, few=True)
    yield from (scenario for scenario in scenarios(2, 1) if COPY not in scenario.arrivals)
    yield from scenarios(3, 0)
    yield from parts(few=True)


def table_of(chosen: Iterator[Scenario], tell: Callable[[str], None] = lambda _: None) -> Table:
    table = Table("arrives", "faults", "receives", *(Column(name, justify="right") for name in _COLUMNS))
    total = [0] * len(_COLUMNS)
    for scenario in chosen:
        result = explore(scenario)
        tally = result.tally
        once = tally.schedules - tally.doubled
        figures = [tally.schedules, result.states, result.runs, once, tally.doubled, tally.joined, 0]
        total = [sum(pair) for pair in zip(total, figures, strict=True)]
        limits = f"{scenario.faults}", f"{scenario.max_receives}"
        table.add_row(", ".join(scenario.arrivals), *limits, *(f"{figure:,}" for figure in figures))
        tell(f"{', '.join(scenario.arrivals)}: {tally.schedules:,} schedules, {result.states:,} states")
    table.add_row("all", "", "", *(f"{figure:,}" for figure in total), style="bold")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="what `make test` walks through")
    parser.add_argument("--parts", action="store_true", help="only texts that come in parts")
    parser.add_argument("--arrivals", type=int, default=3)
    parser.add_argument("--faults", type=int, default=2, choices=(0, 1, 2))
    parser.add_argument("--few", action="store_true", help="one fault of each sort instead of all")
    arguments = parser.parse_args()
    console = Console(width=132)
    whole = (scenarios(number, arguments.faults, few=arguments.few) for number in range(1, arguments.arrivals + 1))
    chosen = short_form() if arguments.short else chain(*whole, parts(few=arguments.few))
    if arguments.parts:
        chosen = parts(few=arguments.short)
    console.print(table_of(chosen, console.print))


if __name__ == "__main__":
    main()
