"""What may arrive at the fan-out, and how much may go wrong meanwhile."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations_with_replacement
from typing import NamedTuple

from tests.support.queued import Queued
from verification.crash_points.state import COPY, START

GENEROUS = 10  # deliveries before a message is a dead letter: so many that none of ours may ever become one
TIGHT = 2
TIGHT_TOO = (("first",), ("first", COPY))

# The first message (event 1, delivery-1), and what may arrive beside it.
FIRST = {"first": Queued("1").document}
ARRIVALS: dict[str, str] = {
    "retry": Queued("1", delivery="delivery-2").document,  # the provider's
    "conflict": Queued("1", delivery="delivery-4", text="another text").document,
    "listed twice": Queued("1").document,  # in one webhook request
    "conflict within": Queued("1", text="a third text").document,
    "other": Queued("2", type="inbound-sms.link.clicked.v1").document,  # for the other topic
    "neighbour": Queued("3").document,  # for the same topic
    "not ours": "hello",
}
KINDS = (COPY, *ARRIVALS)


def _part(total: int, letter: str, number: int, delivery: str = "delivery-1", again: str = "") -> str:
    sent_at = datetime.fromtimestamp(START + (letter == "B"), UTC)
    id_, text = f"{total}{letter}{number}{again}", f"{letter}{number} "
    return Queued(id_, delivery, text, place=(7, total, number), received_at=sent_at).document


# "2A1" is the first of the two parts of text A. B has the same reference and was sent a second later; both arrive at
# any time. "again" is what a network transmits twice: the same part under another id.
PARTS: dict[str, str] = {
    f"{total}{letter}{number}": _part(total, letter, number)
    for total in (2, 3)
    for letter in "AB"
    for number in range(1, total + 1)
} | {"2A1 retry": _part(2, "A", 1, delivery="delivery-2"), "2A1 again": _part(2, "A", 1, again="-again")}


class Scenario(NamedTuple):
    """What arrives, and how much may go wrong."""

    arrivals: tuple[str, ...]
    faults: int
    max_receives: int = GENEROUS
    few: bool = False  # one fault of each sort
    only: str = ""  # beside crashes, faults whose names hold this

    @property
    def bodies(self) -> dict[str, str]:
        """What SQS holds of each message."""
        return {name: body for name, body in (FIRST | ARRIVALS | PARTS).items() if name in self.arrivals}

    @property
    def may_die(self) -> bool:
        return self.max_receives < GENEROUS

    @property
    def redrives(self) -> int:
        return 2 if self.may_die and "not ours" not in self.arrivals else 0


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


def short_form() -> list[Scenario]:
    """Return two faults where doubles come from, one beside each arrival, every three arrivals without, and parts."""
    return [
        *scenarios(1, 2),
        Scenario(("first", COPY), 2, GENEROUS, few=True),
        Scenario(("first", COPY), 2, TIGHT, few=True),
        Scenario(("first", "retry"), 2, few=True),
        *(scenario for scenario in scenarios(2, 1) if COPY not in scenario.arrivals),
        *scenarios(3, 0),
        *parts(few=True),
    ]


def shortest() -> list[Scenario]:
    """Return what `make test` walks through: a fault of each sort beside each arrival, two of any sort beside none."""
    alike = ("first", "conflict within")  # to the fan-out, a conflict as any other
    return [
        *scenarios(1, 2),
        *(scenario for scenario in scenarios(2, 1, few=True) if scenario.arrivals != alike),
        Scenario(("first", COPY, "conflict"), 0),
        Scenario(("2A1", "2A2"), 1, few=True, only="throttled"),
        Scenario(("2A1", "2A1 again"), 0),
        Scenario(("2A1", "2B1"), 0),
    ]
