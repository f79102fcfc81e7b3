"""The command line: `python -m bench`."""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Table

from bench import artifacts, plots, report
from bench.artifacts import Subject, artifact, without, zipped_bytes
from bench.aws_stub import AwsStub
from bench.function import PYTHON
from bench.measure import Bench, Effort
from bench.prices import bill
from bench.report import OURS, RIVAL, Results
from bench.runtime_api import FunctionFailed
from gateway import progress
from gateway.errors import GatewayError
from gateway.paths import ROOT, shown

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_LOGS = artifacts.WORK / "logs"

# What API Gateway writes for the variables of an access log.
_LOGGED = {
    "requestId": "JKJaXmPLvHcESHA=",
    "identity.sourceIp": "203.0.113.255",
    "routeKey": "POST /sinch",
    "status": "200",
    "responseLatency": "12",
    "integrationErrorMessage": "-",
}


@app.command()
def bench(
    cold_starts: Annotated[int, typer.Option(min=2, help="Cold starts of each.")] = 20,
    warm_calls: Annotated[int, typer.Option(min=30, help="Warm webhooks of each; ten of them make a batch.")] = 1000,
    delay_ms: Annotated[float, typer.Option(min=0, help="How long each AWS call takes.")] = 5,
    runtime_bytecode: Annotated[bool, typer.Option(help="Whether Lambda's own boto3 has bytecode.")] = True,
    out: Annotated[Path, typer.Option(help="The folder for results.md and the plots.", show_default="bench")] = ROOT
    / "bench",
) -> None:
    """Measure the functions that `sam build` makes beside the textbook's; print tables, write results.md and plots.

    Nothing here needs Docker or AWS. Ratios hold on a busy machine; times don't.
    """
    effort = Effort(cold_starts, warm_calls - warm_calls % 10, delay_ms / 1000)
    with _errors_in_one_line():
        console = Console(width=None if sys.stdout.isatty() else 120)
        results = _measure(effort, runtime_bytecode, progress.on(console))
        _show(console, results)
        _write(results, out)
        console.print(f"\nWritten: {shown(out / 'results.md')}, {shown(out / 'plots')}/")


def _measure(effort: Effort, runtime_bytecode: bool, tell: progress.Progress) -> Results:
    ours, rival = artifacts.build(tell)
    runtime = _runtime_folder(runtime_bytecode)
    shutil.rmtree(_LOGS, ignore_errors=True)
    _LOGS.mkdir(parents=True)
    with AwsStub(effort.delay_seconds) as aws:
        subjects = [
            Subject(
                OURS, artifact(ours, "SinchFunction", aws.endpoint), artifact(ours, "FanoutFunction", aws.endpoint)
            ),
            Subject(
                RIVAL, artifact(rival, "SinchFunction", aws.endpoint), artifact(rival, "ConsumerFunction", aws.endpoint)
            ),
        ]
        measured = Bench(subjects, aws, effort, runtime, _LOGS).run(tell)
    sizes = {each.name: zipped_bytes(each.webhook.folder, *each.webhook.layers) for each in subjects}
    access_logs = {OURS: _access_log_bytes(ours), RIVAL: _access_log_bytes(rival)}
    bills = {
        each.name: bill(
            measured[each.name],
            each.webhook,
            each.consumer,
            access_log_bytes=access_logs[each.name],
            delay_seconds=effort.delay_seconds,
        )
        for each in subjects
    }
    bare = without(subjects[1].webhook.folder, "botocore*")  # with its metadata
    notes = (
        f"Without botocore, which the X-Ray SDK brings along, the rival would be {bare / 1e6:.2f} MB.",
        f"Lambda's own boto3 was taken to {'have' if runtime_bytecode else 'lack'} bytecode.",
    )
    return Results(measured, sizes, bills, effort, notes)


def _runtime_folder(with_bytecode: bool) -> Path:
    """Return what stands for /var/runtime: the runtime client and boto3."""
    [packages] = PYTHON.parents[1].glob("lib/python*/site-packages")
    if with_bytecode:
        return packages
    bare = artifacts.WORK / "runtime-bare"
    shutil.rmtree(bare, ignore_errors=True)
    shutil.copytree(packages, bare, ignore=shutil.ignore_patterns("__pycache__"))
    return bare


def _access_log_bytes(template: Path) -> int:
    """Return how long a line of the API's access log is, for a text that went well."""
    settings = yaml.safe_load(template.read_text())["Resources"]["Api"].get("Properties", {}).get("AccessLogSettings")
    line = re.sub(r"\$context\.([\w.]+)", lambda variable: _LOGGED[variable[1]], settings["Format"]) if settings else ""
    return len(line)


def _show(console: Console, results: Results) -> None:
    for title, headings, rows in (
        ("Spread, ms", ["what", "least", "median", "90 %", "most"], results.spreads()),
        ("AWS calls per message", ["who", "operation", "calls", "billed units"], results.calls()),
        ("List price of a million messages", ["what", OURS, "$", RIVAL, "$"], results.bill_rows()),
        ("Bars", report.HEADINGS, [row.cells for row in results.rows()]),
    ):
        table = Table(title=title, title_justify="left")
        for heading in headings:
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*(cell.replace("*", "") for cell in row))
        console.print(table)
    for note in results.notes:
        console.print(note, highlight=False)


def _write(results: Results, out: Path) -> None:
    (out / "plots").mkdir(parents=True, exist_ok=True)
    (out / "results.md").write_text(results.markdown(), encoding="utf-8")
    for what, pick in report.TIMED.items():
        series = {name: _thinned([1000 * value for value in pick(each)]) for name, each in results.measured.items()}
        (out / report.file_name(what)).write_text(plots.strip_plot(what, "ms", series), encoding="utf-8")


def _thinned(values: list[float]) -> list[float]:
    """Return no more than fit side by side in a plot, spread as all of them."""
    return sorted(values)[:: max(1, len(values) // 250)]


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except (GatewayError, FunctionFailed) as error:
        print(f"{error} (what the functions said: {shown(_LOGS)}/)", file=sys.stderr)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app(prog_name="bench")
