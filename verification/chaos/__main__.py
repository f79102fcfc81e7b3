"""`python -m verification.chaos`: exits with 0 when everything is accounted for."""

import signal
from typing import Annotated

import typer
from rich.console import Console

from gateway import progress
from gateway.errors import GatewayError
from gateway.paths import LOCAL
from verification.chaos.report import show
from verification.chaos.run import Setting, run

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
    console = Console(width=140)
    setting = Setting(messages, seed, seconds, faults, kills, receives, faster=faster)
    try:
        result = run(setting, LOCAL / "chaos", progress.on(console))
    except GatewayError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None
    show(console, result)
    wrong = len(result.wrong)
    console.print(f"{wrong:,} wrong" if wrong else "Nothing lost, nothing twice without excuse.", style="bold")
    raise typer.Exit(1 if wrong else 0)


if __name__ == "__main__":
    typer.run(chaos)
