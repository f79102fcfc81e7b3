"""The command line: `bin/gateway`, or `python -m gateway`."""

import signal
from typing import Annotated

import typer

from gateway import __version__
from gateway.cli import (
    backfill,
    console,
    dlq,
    doctor,
    forget,
    message,
    preflight,
    providers,
    quarantine,
    resend,
    secrets,
    send,
    stack,
    subscribe,
    tail,
    verify,
)
from gateway.cli.program import Program

app = typer.Typer(
    cls=Program,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(stack.app)
app.add_typer(console.app)
app.add_typer(send.app)
app.add_typer(tail.app)
app.add_typer(subscribe.app)
app.add_typer(verify.app)
app.add_typer(message.app)
app.add_typer(backfill.app)
app.add_typer(resend.app)
app.add_typer(preflight.app)
app.add_typer(doctor.app)
app.add_typer(forget.app)
app.add_typer(providers.app, name="providers")
app.add_typer(secrets.app, name="secrets")
app.add_typer(dlq.app, name="dlq")
app.add_typer(quarantine.app, name="quarantine")


def _tell_version(*, asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


@app.callback()
def gateway(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=lambda it: _tell_version(asked=it), is_eager=True
        ),
    ] = False,
) -> None:
    """Tools for the people who run the inbound SMS gateway, or try it."""
    # Set explicitly: a shell starts what it puts in the background with SIGINT ignored, and Python then leaves it so.
    # Whoever has us ignore that the terminal is closed (nohup) means it.
    ending = {signal.SIGINT, signal.SIGTERM}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        ending.add(signal.SIGHUP)
    for signum in ending:
        signal.signal(signum, signal.default_int_handler)


def main() -> None:
    """Run what was typed."""
    app(prog_name="gateway")


if __name__ == "__main__":
    main()
