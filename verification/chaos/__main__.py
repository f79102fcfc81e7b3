"""`python -m verification.chaos`: exits with 0 when everything is accounted for."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway import progress
from gateway.errors import GatewayError
from gateway.paths import LOCAL
from verification.chaos.proxy import Proxy
from verification.chaos.report import show
from verification.chaos.run import Setting, Watch, run
from verification.chaos.traffic import Traffic
from verification.chaos.workers import Workers

_DEFAULT = Setting()


def chaos(
    messages: Annotated[int, typer.Option(min=1, help="Messages to send; some are posted several times.")] = (
        _DEFAULT.messages
    ),
    seed: Annotated[int, typer.Option(help="Decides the messages, and what befalls which request.")] = _DEFAULT.seed,
    seconds: Annotated[float, typer.Option(min=0, help="After so long, nothing goes wrong any more.")] = (
        _DEFAULT.seconds
    ),
    faults: Annotated[float, typer.Option(min=0, max=1, help="Share of the requests to AWS that meet a fault.")] = (
        _DEFAULT.faults
    ),
    kills: Annotated[float, typer.Option(min=1, help="Requests to AWS between two killed workers, on average.")] = (
        _DEFAULT.kills
    ),
    receives: Annotated[int, typer.Option(min=2, help="Deliveries before a message is a dead letter.")] = (
        _DEFAULT.receives
    ),
    faster: Annotated[float, typer.Option(min=1, help="The providers' waits are so many times shorter.")] = (
        _DEFAULT.faster
    ),
) -> None:
    """Play every provider against a local stack while AWS and the workers fail, and account for every message."""
    for signum in (signal.SIGINT, signal.SIGTERM):  # a shell starts what it puts in the background with SIGINT ignored
        signal.signal(signum, signal.default_int_handler)
    console = Console(width=None if Console().is_terminal else 140)
    setting = Setting(messages, seed, seconds, faults, kills, receives, faster=faster)
    try:
        with _watch(console) as watch:
            result = run(setting, LOCAL / "chaos", progress.on(console), watch)
    except GatewayError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None
    show(console, result)
    console.print(
        f"{len(result.wrong):,} wrong" if result.wrong else "Nothing lost, nothing twice without excuse.",
        style="bold red" if result.wrong else "bold green",
    )
    raise typer.Exit(1 if result.wrong else 0)


@contextmanager
def _watch(console: Console) -> Iterator[Watch]:
    """Show how far the traffic is; off a terminal, a line now and then."""
    text = "{task.fields[faults]:,} faults, {task.fields[killed]} killed"
    columns = (TextColumn("Deliveries"), BarColumn(), MofNCompleteColumn(), TextColumn(text), TimeElapsedColumn())
    told = 0
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None, faults=0, killed=0)

        def watch(traffic: Traffic, proxy: Proxy, workers: Workers) -> None:
            nonlocal told
            faults, killed = proxy.journal.injected.total(), workers.killed.total()
            bar.update(task, total=traffic.planned, completed=traffic.ended, faults=faults, killed=killed)
            tenth = 10 * traffic.ended // traffic.planned
            if not console.is_terminal and tenth > told:
                told = tenth
                so_far = f"{traffic.ended:,} of {traffic.planned:,} deliveries have ended"
                console.print(f"  {so_far}; {faults:,} faults, {killed} killed")

        yield watch


if __name__ == "__main__":
    typer.run(chaos)
