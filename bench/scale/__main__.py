"""The command line: `python -m bench.scale --help`."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.scale import report
from bench.scale.experiments import Case, Experiment, burst, experiments
from bench.scale.quotas import BY_NAME
from bench.scale.result import Result

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
_console = Console()


def _run(case: Case, progress: Progress) -> Result:
    task = progress.add_task(case.name, messages=0)
    return case.simulation().run(lambda result: progress.update(task, messages=result.published.total()))


def _progress() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.fields[messages]:,} published"))
    return Progress(*columns, TimeElapsedColumn(), console=_console, transient=True)


def _show(experiment: Experiment) -> None:
    head, *rows = report.cells(experiment)
    shown = Table(*head, title=experiment.title, title_justify="left")
    for row in rows:
        shown.add_row(*row)
    _console.print(shown)


@app.command()
def everything(
    messages: Annotated[int, typer.Option(help="Messages of the main burst", min=10_000)] = 1_000_000,
    only: Annotated[list[str] | None, typer.Option(help="An experiment by its name; several times: several")] = None,
    write: Annotated[bool, typer.Option(help="Put tables and plots into docs/")] = True,
) -> None:
    """Run the experiments behind docs/scale.md (some minutes), print their tables, and put them into the page."""
    known = experiments(messages)
    titles = [each.title for each in known]
    if unknown := set(only or ()) - set(titles):
        raise typer.BadParameter(
            f"no {', '.join(map(repr, sorted(unknown)))} among {', '.join(titles)}", param_hint="--only"
        )
    chosen = [each for each in known if not only or each.title in only]
    for experiment in chosen:
        with _progress() as progress:
            experiment.results = [_run(case, progress) for case in experiment.cases]
        _show(experiment)
    if write and messages == 1_000_000:
        report.write(chosen)
        _console.print("docs/scale.md and docs/scale/ hold these tables and plots now.")


@app.command()
def one(
    region: Annotated[str, typer.Option(help=f"Kind of region: {', '.join(BY_NAME)}")] = "eu-central-1",
    messages: Annotated[int, typer.Option(help="Messages of the burst", min=1)] = 1_000_000,
    seconds: Annotated[float, typer.Option(help="The time in which they are posted", min=1)] = 600,
    parameter: Annotated[list[str] | None, typer.Option(help="Of the template: FanoutConcurrency=20")] = None,
) -> None:
    """Simulate one burst with parameters of your own."""
    if region not in BY_NAME:
        raise typer.BadParameter(f"one of {', '.join(BY_NAME)}", param_hint="--region")
    try:
        pairs = (each.partition("=") for each in parameter or [])
        case = Case(region, BY_NAME[region], burst(messages, seconds), {name: int(value) for name, _, value in pairs})
        case.stack  # noqa: B018 - names a parameter that the template doesn't have
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--parameter") from error
    with _progress() as progress:
        result = _run(case, progress)
    _show(Experiment("burst", [case], [result]))


if __name__ == "__main__":
    app()
