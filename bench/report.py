"""The tables: each thing that was measured beside its bar, and whether it is met."""

import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from bench.measure import Effort, Measured, Work
from bench.prices import AS_OF, PRICES, Line
from bench.stats import Spread
from bench.traffic import BATCH

OURS, RIVAL = "gateway", "textbook"


@dataclass(frozen=True)
class Row:
    """One bar: a ratio of the two, or a number of ours alone."""

    what: str
    ours: str
    rival: str
    value: float
    bar: float
    wanted: Literal["at most", "at least"] = "at most"
    unit: str = "x"  # of the value and the bar

    @property
    def is_met(self) -> bool:
        """Whether the bar is met."""
        return self.value <= self.bar if self.wanted == "at most" else self.value >= self.bar

    @property
    def verdict(self) -> str:
        """Says whether the bar is met, and if not, by how much it is missed."""
        if self.is_met:
            return "met"
        by = abs(self.value - self.bar) / self.bar
        return f"missed by {by:.0%}"

    @property
    def cells(self) -> list[str]:
        """The row of a table."""
        form = "${:.2f}" if self.unit == "$" else "{:.2f}" if self.unit == "x" else "{:g}"
        bar = f"{self.wanted} {form.format(self.bar)}"
        return [self.what, self.ours, self.rival, form.format(self.value), bar, self.verdict]


HEADINGS = ["what", OURS, RIVAL, "value", "bar", "verdict"]


@dataclass(frozen=True)
class Results:
    """All that was measured, and what follows from it."""

    measured: Mapping[str, Measured]
    zipped_bytes: Mapping[str, int]
    bills: Mapping[str, list[Line]]
    effort: Effort
    notes: tuple[str, ...]

    def rows(self) -> list[Row]:
        """Return every bar."""
        ours, rival = self.measured[OURS], self.measured[RIVAL]
        dollars = {name: sum(line.dollars for line in bill) for name, bill in self.bills.items()}
        speed = {name: BATCH / Spread.of(m.consumer.wall_seconds).median for name, m in self.measured.items()}
        rounds = {name: Spread.of(measured.consumer.rounds).median for name, measured in self.measured.items()}
        peak = {name: max(measured.peak_bytes) for name, measured in self.measured.items()}
        size, parts = self.zipped_bytes, ours.parts
        return [
            _ratio("cold start and first acknowledgement, CPU ms", ours.cold.cpu_seconds, rival.cold.cpu_seconds, 0.20),
            _ratio("the same, wall ms", ours.cold.wall_seconds, rival.cold.wall_seconds, 0.25),
            _ratio("an acknowledged webhook, warm, CPU ms", ours.webhook.cpu_seconds, rival.webhook.cpu_seconds, 0.35),
            Row(
                "peak memory, MB", f"{peak[OURS] / 1e6:.1f}", f"{peak[RIVAL] / 1e6:.1f}", peak[OURS] / peak[RIVAL], 0.6
            ),
            Row(
                "function and layer, zipped, MB",
                f"{size[OURS] / 1e6:.2f}",
                f"{size[RIVAL] / 1e6:.2f}",
                size[OURS] / size[RIVAL],
                0.4,
            ),
            Row(
                f"a batch of {BATCH}, sequential round trips",
                f"{rounds[OURS]:g}",
                f"{rounds[RIVAL]:g}",
                rounds[OURS],
                4,
                unit="",
            ),
            Row(
                "a part of a long text, calls to AWS (3 where it is published by itself)",
                f"{parts.calls.total() / len(parts.wall_seconds):g}",
                "doesn't join",
                parts.calls.total() / len(parts.wall_seconds),
                5,
                unit="",
            ),
            Row(
                "messages/s of one consumer",
                f"{speed[OURS]:.0f}",
                f"{speed[RIVAL]:.0f}",
                speed[OURS] / speed[RIVAL],
                6,
                "at least",
            ),
            Row(
                "list price of a million messages",
                f"${dollars[OURS]:.2f}",
                f"${dollars[RIVAL]:.2f}",
                dollars[OURS],
                3.50,
                unit="$",
            ),
        ]

    def spreads(self) -> list[list[str]]:
        """Return what was timed: least, median, 90 % and most."""
        return [
            [f"{what}, {name}", *(f"{1000 * value:.2f}" for value in Spread.of(values))]
            for what, pick in TIMED.items()
            for name, measured in self.measured.items()
            for values in [pick(measured)]
        ]

    def calls(self) -> list[list[str]]:
        """Return the calls to AWS for each message at this batch size, by operation."""
        return [row for name, measured in self.measured.items() for row in _calls(name, measured)]

    def bill_rows(self) -> list[list[str]]:
        """Return both bills, line by line."""
        ours, rival = self.bills[OURS], self.bills[RIVAL]
        rows = [
            [
                f"{mine.price}: {mine.what}",
                f"{mine.per_message:.6g}",
                f"{mine.dollars:.3f}",
                f"{theirs.per_message:.6g}",
                f"{theirs.dollars:.3f}",
            ]
            for mine, theirs in zip(ours, rival, strict=True)
        ]
        totals = [f"{sum(line.dollars for line in bill):.3f}" for bill in (ours, rival)]
        return [*rows, ["**total**", "", f"**{totals[0]}**", "", f"**{totals[1]}**"]]

    def markdown(self) -> str:
        """Return results.md."""
        effort = self.effort
        how_often = f"{effort.cold_starts} cold starts, {effort.warm_calls} warm webhooks, {effort.batches - 1} batches"
        parts = [
            "# Results\n",
            f"`make bench` at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {platform.machine()} with Python",
            f"{platform.python_version()}: {how_often} of {BATCH} of each, in turn;",
            f"{1000 * effort.delay_seconds:g} ms for each AWS call. What is measured, and how: [README](README.md).\n",
            "## Bars\n",
            "Medians; the value is the ratio of the two, except for round trips and the price.\n",
            _table(HEADINGS, [row.cells for row in self.rows()]),
            "## Spread, ms\n",
            _table(["what", "least", "median", "90 %", "most"], self.spreads()),
            *(f"![{what}]({file_name(what)})\n" for what in TIMED),
            "## AWS calls per message\n",
            _table(["who", "operation", "calls per message", "billed units per message"], self.calls()),
            f"## List price of a million messages\n\n{AS_OF}.\n",
            _table(["what", f"{OURS}, each", "$", f"{RIVAL}, each", "$"], self.bill_rows()),
            _table(
                ["price", "$", "for", "source"],
                [[n, f"{p.dollars:g}", f"{p.per:,.0f} x {p.unit}", p.page] for n, p in PRICES.items()],
            ),
            "## Notes\n",
            *(f"- {note}" for note in self.notes),
        ]
        return "\n".join(parts) + "\n"


TIMED: Mapping[str, Callable[[Measured], list[float]]] = {
    "cold start CPU": lambda measured: measured.cold.cpu_seconds,
    "cold start wall": lambda measured: measured.cold.wall_seconds,
    "warm webhook CPU": lambda measured: measured.webhook.cpu_seconds,
    "warm webhook wall": lambda measured: measured.webhook.wall_seconds,
    "batch CPU": lambda measured: measured.consumer.cpu_seconds,
    "batch wall": lambda measured: measured.consumer.wall_seconds,
}


def file_name(what: str) -> str:
    """Return the name of a plot."""
    return f"plots/{what.lower().replace(' ', '-')}.svg"


def _ratio(what: str, ours: list[float], rival: list[float], bar: float) -> Row:
    mine, theirs = Spread.of(ours).median, Spread.of(rival).median
    return Row(what, f"{1000 * mine:.2f}", f"{1000 * theirs:.2f}", mine / theirs, bar)


def _calls(name: str, measured: Measured) -> Iterator[list[str]]:
    total = 0.0
    works: list[tuple[str, Work, int]] = [("webhook", measured.webhook, 1), ("consumer", measured.consumer, BATCH)]
    for part, work, messages in works:
        count = len(work.wall_seconds) * messages
        for operation, calls in sorted(work.calls.items()):
            total += calls / count
            yield [f"{name}, {part}", operation, f"{calls / count:.2f}", f"{work.units[operation] / count:.2f}"]
    yield [name, "**all**", f"**{total:.2f}**", ""]


def _table(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
