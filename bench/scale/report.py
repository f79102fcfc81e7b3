"""What the experiments show: tables and plots, put into docs/scale.md in place of those of the last time."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.scale.cold import CASES, ColdBurst
from bench.scale.cost import cost
from bench.scale.experiments import FLOOD, QUIET, Case, Experiment
from bench.scale.plot import Line, plot
from bench.scale.providers import RETRIES
from bench.scale.quotas import BY_NAME, REGIONS, TABLE_WRITES_INITIAL, WRITES_OF_A_MESSAGE
from bench.scale.result import Result
from bench.scale.stack import Stack
from bench.scale.times import Times

_DOCS = Path(__file__).resolve().parents[2] / "docs"

Column = tuple[str, Callable[[Case, Result], str]]


def _seconds(value: float) -> str:
    if value >= 120:
        return f"{value / 60:,.0f} min"
    return f"{value:.0f} s" if value >= 10 else f"{value:.2g} s"


def _pair(result: Result, *providers: str) -> str:
    return " / ".join(_seconds(result.latency(share, *providers)) for share in (0.5, 0.99))


_DEPTH: Column = ("deepest", lambda _, result: f"{result.depth:,}")
_AGE: Column = ("oldest", lambda _, result: _seconds(result.age))
_DRAINED: Column = ("drained after", lambda _, result: _seconds(result.drained_at))
_FLOOD: Column = ("flood p50 / p99", lambda _, result: _pair(result, FLOOD))
_QUIET: Column = ("others p50 / p99", lambda _, result: _pair(result, *QUIET))
_ALL: Column = ("p50 / p99", lambda _, result: _pair(result, *RETRIES))
_SNS: Column = ("SNS refused", lambda _, result: f"{result.throttled_by_sns:,}")
_TABLE: Column = ("table refused", lambda _, result: f"{result.throttled_by_table:,}")
_REFUSED: Column = ("requests refused", lambda _, result: f"{result.refused:,}")
_GIVEN_UP: Column = (f"given up by {FLOOD}", lambda _, result: f"{result.given_up[FLOOD]:,}")
_ALL_GIVEN_UP: Column = ("given up", lambda _, result: f"{result.given_up.total():,}")
_DEAD: Column = ("dead letters", lambda _, result: f"{result.dead.total():,}")
_WORKERS: Column = ("workers", lambda _, result: f"{result.most_workers}")
_COST: Column = ("cost", lambda case, result: f"${cost(result, case.stack, case.times):.2f}")
_PER_MILLION: Column = (
    "cost of a million",
    lambda case, result: f"${cost(result, case.stack, case.times) / result.published.total() * 1e6:.2f}",
)

COLUMNS: dict[str, list[Column]] = {
    "burst": [_WORKERS, _DEPTH, _AGE, _DRAINED, _FLOOD, _QUIET, _GIVEN_UP, _SNS, _DEAD, _COST],
    "concurrency": [_DRAINED, _FLOOD, _QUIET, _SNS, _TABLE],
    "batches": [_DRAINED, _FLOOD, _QUIET, _PER_MILLION],
    "throttle": [_REFUSED, _GIVEN_UP, _DEPTH, _DRAINED, _QUIET],
    "pollers": [_WORKERS, _DEPTH, _DRAINED, _FLOOD, _QUIET, _PER_MILLION],
    "rates": [_WORKERS, _DEPTH, _ALL, _ALL_GIVEN_UP, _SNS, _TABLE, _PER_MILLION],
}


def cells(experiment: Experiment) -> list[list[str]]:
    """Return an experiment as rows of text, the first of them the heads of its columns."""
    columns = COLUMNS[experiment.title]
    rows = [[case.name, *(of(case, result) for _, of in columns)] for case, result in experiment.rows]
    return [["", *(name for name, _ in columns)], *rows]


def table(experiment: Experiment) -> str:
    """Return an experiment as a table in Markdown."""
    head, *rows = (f"| {' | '.join(row)} |" for row in cells(experiment))
    return "\n".join([head, "| --- " * head.count(" | ") + "| --- |", *rows])


def limits() -> str:
    """Return, for each kind of region, what a new account lets through, as a table in Markdown."""
    times = Times()
    rows = []
    for region in REGIONS:
        stack = Stack.deployed(region.name)
        workers = stack.concurrency or 0
        first, rate = min(
            (
                ("SNS", region.sns_rate),
                ("a new table", TABLE_WRITES_INITIAL / WRITES_OF_A_MESSAGE),
                ("API Gateway", region.api_rate),
            ),
            key=lambda limit: limit[1],
        )
        rows.append(
            f"| {region.regions} | {region.sns_rate:,.0f} | {region.api_rate:,.0f} / {region.api_burst:,.0f}"
            f" | {first}: {rate:,.0f} | {workers} | {workers * times.worker_rate(stack.batch_size):,.0f} |"
        )
    head = "| region | SNS, messages/s | API, requests/s / at once | limits first | workers by default | messages/s |"
    return "\n".join([head, "| --- " * 6 + "|", *rows])


def cold() -> str:
    """Return what becomes of a burst on functions that aren't there yet, as a table in Markdown."""
    rows = []
    for rate, reads in CASES:
        burst = ColdBurst(rate, reads).run(RETRIES[FLOOD], BY_NAME["eu-west-1"], Times())
        numbers = (rate, reads, burst.started, burst.failed, burst.given_up)
        rows.append(f"| {' | '.join(f'{it:,}' for it in numbers)} | {burst.last_at:.0f} s |")
    head = f"| requests/s | reads/s | functions | answers with 503 | given up by {FLOOD} | all taken after |"
    return "\n".join([head, "| --- " * 6 + "|", *rows])


def _shares(result: Result, *providers: str) -> Line:
    """Return latency by the share of messages that had no more of it."""
    both = sum((result.latencies.get(name, Counter()) for name in providers), Counter[float]())
    done, points = 0, []
    for latency in sorted(both):
        points.append((100 * done / both.total(), latency))
        done += both[latency]
        points.append((100 * done / both.total(), latency))
    return points


def plots(experiment: Experiment) -> dict[str, str]:
    """Draws the burst, each plot by the name of its file."""
    rows = {case.name: result for case, result in experiment.rows}
    fair = {name: result for name, result in rows.items() if "without" not in name}
    minutes = {name: [(each.at / 60, each) for each in result.samples] for name, result in fair.items()}
    return {
        "depth.svg": plot(
            "A burst of a million: events in the queue",
            "minutes",
            "events",
            {name: [(at, each.depth) for at, each in line] for name, line in minutes.items()},
        ),
        "age.svg": plot(
            "A burst of a million: age of the oldest event",
            "minutes",
            "minutes",
            {name: [(at, each.age / 60) for at, each in line] for name, line in minutes.items()},
        ),
        "others.svg": plot(
            "How long the other providers' texts take during the flood, in Frankfurt",
            "% of their texts",
            "seconds",
            {
                ("without message groups" if "without" in name else "with message groups"): _shares(result, *QUIET)
                for name, result in rows.items()
                if name.startswith("Frankfurt")
            },
            log=True,
        ),
    }


def write(experiments: list[Experiment], docs: Path = _DOCS) -> None:
    """Put the tables between their marks in scale.md, and the plots beside it."""
    page = docs / "scale.md"
    text = put(put(page.read_text(encoding="utf-8"), "limits", limits()), "cold", cold())
    for experiment in experiments:
        text = put(text, experiment.title, table(experiment))
        if experiment.title == "burst":
            for name, drawing in plots(experiment).items():
                (docs / "scale" / name).write_text(drawing, encoding="utf-8")
    page.write_text(text, encoding="utf-8")


def put(page: str, title: str, content: str) -> str:
    """Put something between its two marks in a page; raises ValueError where they are missing."""
    begin, end = (f"<!-- {title}: {mark} -->" for mark in ("begin", "end"))
    head, found, rest = page.partition(begin)
    _, ended, tail = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"the page has no place for {title}")
    return f"{head}{begin}\n{content}\n{end}{tail}"
