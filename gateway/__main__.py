"""The command line: `python -m gateway`."""

import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway import progress
from gateway.commands import console, dlq, quarantine
from gateway.commands.common import errors_in_one_line
from gateway.local_stack import prepare
from gateway.paths import LOCAL
from gateway.up import up as run_up

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(console.app)
app.add_typer(dlq.app, name="dlq")
app.add_typer(quarantine.app, name="quarantine")


@app.callback()
def gateway() -> None:
    """Tools for the people who run the inbound SMS gateway, or try it."""
    # Set explicitly: a shell starts what it puts in the background with SIGINT ignored, and Python then leaves it so.
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.default_int_handler)


@app.command()
def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port on 127.0.0.1 to serve at.")] = 4566,
    work: Annotated[Path, typer.Option(help="The folder for stack.json and logs; one per running stack.")] = LOCAL,
) -> None:
    """Build the stack, run it on this machine, post a sample of every provider, and serve until Ctrl-C."""
    with errors_in_one_line():
        run_up(port, work, Console(), Console(stderr=True, style="red"))


@app.command()
def build() -> None:
    """Build what the local stack deploys, as `up` does too; the first time fetches the packages of the layer."""
    with errors_in_one_line():
        prepare(progress.on(Console()))


if __name__ == "__main__":
    app(prog_name="gateway")
