"""`python -m verification chaos` or `upgrade`: exits with 0 when every message is accounted for, and nothing moved."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from gateway import progress
from gateway.errors import GatewayError
from gateway.local.engine import free_port
from gateway.local.local_stack import local_stack
from gateway.paths import LOCAL
from tests.support.versions import in_another_guise, this_version, version_at
from verification.chaos.report import show
from verification.chaos.run import run
from verification.chaos.trial import Trial
from verification.upgrade.run import Upgrade

_FUNCTION_SECONDS = 8
_PARAMETERS = {"FanoutTimeoutSeconds": str(_FUNCTION_SECONDS)}

app = typer.Typer(add_completion=False)
Seed = Annotated[int, typer.Option(help="Decides the messages, and what befalls which request.")]


@app.command()
def chaos(
    messages: Annotated[int, typer.Option(min=1, help="Messages to send; some are posted several times.")] = 3_000,
    seed: Seed = 1,
    faults: Annotated[float, typer.Option(min=0, max=1, help="Share of requests to AWS that meet a fault.")] = 0.08,
    receives: Annotated[int, typer.Option(min=2, help="Deliveries before a message is a dead letter.")] = 10,
) -> None:
    """Play every provider against a local stack while AWS and the workers fail, and account for every message."""
    parameters = {"MaxReceives": str(receives), "FanoutConcurrency": "6", "JoinSeconds": "10"}
    with _telling() as (console, steps):
        with _trial(LOCAL / "chaos", parameters, steps, seed=seed, faults=faults) as trial:
            result = run(trial, messages)
        show(console, result)
        _judge(console, len(result.wrong))


@app.command()
def upgrade(
    before: Annotated[str, typer.Option("--from", help="The version that runs: a tag, a branch, a commit.")] = "HEAD",
    back: Annotated[bool, typer.Option("--back", help="Deploy it once more over the new one, as a rollback.")] = False,
    seed: Seed = 1,
    times: Annotated[int, typer.Option(min=1, help="So many times the messages of the short form.")] = 8,
) -> None:
    """Deploy the working tree over another version, on the local engine, with messages in every state."""
    work, parameters = LOCAL / "upgrade", {"VisibilityTimeoutSeconds": "25", "MaxReceives": "5"}
    with _telling() as (console, steps):
        old, new = in_another_guise(version_at(before, work, steps), work), this_version(work, steps)
        versions = [replace(each, parameters=_PARAMETERS | parameters) for each in (old, new, *[old] * back)]
        with _trial(work, parameters, steps, old.template, seed=seed) as trial:
            stages, result = Upgrade(trial, times).run(versions)
        show(console, result)
        for stage in stages:
            console.print(stage.told, highlight=False, markup=False)
        _judge(console, len(result.wrong) + sum(len(stage.moved) for stage in stages))


@contextmanager
def _trial(
    work: Path, parameters: dict[str, str], steps: progress.Progress, built: Path | None = None, **how: Any
) -> Iterator[Trial]:
    """Give a stack of its own to try, with messages that come back sooner than the template allows."""
    parameters = _PARAMETERS | parameters
    with local_stack(free_port(), work=work, parameters=parameters, progress=steps, built_template=built) as running:
        hidden = str(_FUNCTION_SECONDS + 2)  # no longer than a dead one's claim may take
        url = running.stack.queues.events
        running.aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": hidden})
        yield Trial(running, work, function_seconds=_FUNCTION_SECONDS, progress=steps, **how)


@contextmanager
def _telling() -> Iterator[tuple[Console, progress.Progress]]:
    """Tell what is being done, and why it could not be; end at Ctrl-C."""
    for signum in (signal.SIGINT, signal.SIGTERM):  # a shell starts what it puts in the background with SIGINT ignored
        signal.signal(signum, signal.default_int_handler)
    console = Console(width=None if Console().is_terminal else 165)
    try:
        yield console, progress.on(console)
    except GatewayError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None


def _judge(console: Console, wrong: int) -> None:
    good = "Nothing lost, nothing twice without excuse, nothing moved."
    console.print(f"{wrong:,} wrong" if wrong else good, style="bold red" if wrong else "bold green")
    raise typer.Exit(1 if wrong else 0)


if __name__ == "__main__":
    app()
