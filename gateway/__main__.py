"""The command line: `python -m gateway`."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from gateway import progress
from gateway.errors import GatewayError
from gateway.local_stack import prepare
from gateway.paths import LOCAL
from gateway.up import up as run_up

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


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
    with _errors_in_one_line():
        run_up(port, work, Console(), Console(stderr=True, style="red"))


@app.command()
def build() -> None:
    """Build what the local stack deploys, as `up` does too; the first time fetches the packages of the layer."""
    with _errors_in_one_line():
        prepare(progress.on(Console()))


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except GatewayError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    except (BotoCoreError, ClientError) as error:
        print(f"The local engine failed: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None


if __name__ == "__main__":
    app(prog_name="gateway")
