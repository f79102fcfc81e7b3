"""`python -m verification.upgrade`: exits with 0 when nothing was lost, doubled or moved."""

import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway import progress
from gateway.errors import GatewayError
from gateway.paths import LOCAL
from tests.support.versions import in_another_guise, this_version, version_at
from verification.upgrade.report import show
from verification.upgrade.run import Result, Setting, run

_DEFAULT = Setting()


def upgrade(
    before: Annotated[str, typer.Option("--from", help="The version that runs: a tag, a branch, a commit.")] = "HEAD",
    back: Annotated[bool, typer.Option("--back", help="Deploy it once more over the new one, as a rollback.")] = False,
    seed: Annotated[int, typer.Option(help="Decides the messages.")] = _DEFAULT.seed,
    times: Annotated[int, typer.Option(min=1, help="So many times the messages of the short form.")] = 8,
) -> None:
    """Deploy the working tree over another version, on the local engine, with messages in every state."""
    for signum in (signal.SIGINT, signal.SIGTERM):  # a shell starts what it puts in the background with SIGINT ignored
        signal.signal(signum, signal.default_int_handler)
    console = Console(width=None if Console().is_terminal else 150)
    try:
        result = _run(before, back, _setting(seed, times), LOCAL / "upgrade", progress.on(console))
    except GatewayError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None
    show(console, result)
    good = not result.wrong and not any(stage.moved for stage in result.stages)
    said = "Nothing lost, nothing twice without excuse, nothing moved." if good else f"{len(result.wrong)} wrong"
    console.print(said, style="bold green" if good else "bold red")
    raise typer.Exit(0 if good else 1)


def _run(before: str, back: bool, setting: Setting, work: Path, steps: progress.Progress) -> Result:
    old = in_another_guise(version_at(before, work, steps), work)
    new = this_version(work, steps)
    return run([old, new, old] if back else [old, new], setting, work, steps)


def _setting(seed: int, times: int) -> Setting:
    states = ("published", "taken", "claimed", "given_up", "set_aside", "queued")
    return Setting(seed=seed, **{state: getattr(_DEFAULT, state) * times for state in states})


if __name__ == "__main__":
    typer.run(upgrade)
