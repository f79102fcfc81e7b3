"""`gateway tail`: events as they arrive."""

import json
import sys
import time
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.common import Topic, of_a_gateway
from gateway.errors import GatewayError
from gateway.local.output import read, show
from gateway.operations.installation import Installation
from gateway.operations.tail import TYPES, Filter, listening

app = typer.Typer()

_WAIT_SECONDS = 1


@app.command()
@of_a_gateway
def tail(
    gateway: Installation,
    provider: Annotated[str | None, typer.Option(help="Only from this provider.")] = None,
    type_: Annotated[
        list[str] | None, typer.Option("--type", help=f"Only these: {', '.join(TYPES)}, or a whole type.")
    ] = None,
    sender: Annotated[str | None, typer.Option("--from", help="Only from this sender: +4534735477.")] = None,
    recipient: Annotated[str | None, typer.Option("--to", help="Only to this recipient: +4534735477.")] = None,
    topic: Annotated[Topic | None, typer.Option(help="Only what this topic publishes.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many events.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="End after so many seconds.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each event as a line of JSON.")] = False,
) -> None:
    """Show events as they arrive, until Ctrl-C; texts and numbers included. Other subscribers still get everything.

    It listens by a queue and subscriptions of its own, and takes them away when it ends. Exit status: 0, also after
    Ctrl-C; 1 an error, or --seconds are over before --count events came.
    """
    wanted = Filter(topic, tuple(map(_type, type_ or ())), provider, sender, recipient)
    if provider:
        gateway.require(provider)
    left, end = count, None if seconds is None else time.monotonic() + seconds
    with suppress(KeyboardInterrupt), listening(gateway, wanted) as listener:
        print(f"Listening to {gateway.name}; Ctrl-C ends it", file=sys.stderr, flush=True)
        while left != 0 and (end is None or time.monotonic() < end):
            for body in listener.arrived(_WAIT_SECONDS)[:left]:
                _print(body, as_json=as_json)
                left = None if left is None else left - 1
        if left:
            raise GatewayError(f"{left} of {count} events did not come within {seconds:g} s")


def _print(body: str, *, as_json: bool) -> None:
    event = read(body)
    if as_json:
        print(json.dumps(event), flush=True)
    else:
        show(Console(), event)


def _type(name: str) -> str:
    if name not in TYPES and not name.startswith("inbound-sms."):
        raise GatewayError(f"There is no type {name}; there are {', '.join(TYPES)}")
    return TYPES.get(name, name)
