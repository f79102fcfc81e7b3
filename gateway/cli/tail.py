"""`gateway tail`: events as they arrive."""

import json
import sys
import time
from contextlib import suppress
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console

from gateway.cli.common import Topic, examples, of_a_gateway, provider_names, say
from gateway.errors import GatewayError, WrongUsage
from gateway.local.output import glance_at, read, show
from gateway.operations.forwarding import Forwarder
from gateway.operations.installation import Installation
from gateway.operations.tail import TYPES, Filter, listening
from gateway.simulator import Attempt, Verdict, new_client

app = typer.Typer()

_WAIT_SECONDS = 1


def _url(value: str | None) -> str | None:
    if value is not None and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname):
        raise typer.BadParameter(f"{value} is not a URL such as http://127.0.0.1:8000/sms")
    return value


@app.command(
    "tail", epilog=examples("gateway tail --provider PROVIDER --type message", "gateway tail --json --count 1")
)
@app.command(
    "listen", help="The same as `tail`.", epilog=examples("gateway listen --forward-to http://127.0.0.1:8000/sms")
)
@of_a_gateway
def tail(
    gateway: Installation,
    provider: Annotated[
        str | None, typer.Option(help="Only from this provider.", autocompletion=provider_names)
    ] = None,
    type_: Annotated[
        list[str] | None,
        typer.Option(
            "--type", help=f"Only these: {', '.join(TYPES)}, or a type in full.", autocompletion=lambda: list(TYPES)
        ),
    ] = None,
    sender: Annotated[str | None, typer.Option("--from", help="Only from this sender: +4534735477.")] = None,
    recipient: Annotated[str | None, typer.Option("--to", help="Only to this recipient: +4534735477.")] = None,
    topic: Annotated[Topic | None, typer.Option(help="Only what this topic publishes.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after this many events.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="Stop after this many seconds.")] = None,
    forward_to: Annotated[
        str | None, typer.Option(callback=_url, help="Post each event to this URL of yours, instead of showing it.")
    ] = None,
    as_sns: Annotated[
        bool, typer.Option("--as-sns", help="Post it in SNS's envelope, as without raw message delivery.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print each event as a line of JSON.")] = False,
) -> None:
    """Show events as they arrive, until Ctrl-C; texts and numbers included. Other subscribers still get everything.

    With --forward-to it posts them to an application that you are developing, as SNS would, and shows the responses.
    After 429, 5xx or no response it tries again after 1, 2 and 4 seconds. It listens with a queue and subscriptions of
    its own, and removes them when it ends. Exit status: 0, also after Ctrl-C; 1 an error, or --seconds were over before
    --count events came.
    """
    wanted = Filter(topic, tuple(map(_type, type_ or ())), provider, sender, recipient)
    if provider:
        gateway.require(provider)
    left, end = count, None if seconds is None else time.monotonic() + seconds
    with (
        suppress(KeyboardInterrupt),
        new_client() as client,
        listening(gateway, wanted, wrapped=forward_to is not None) as listener,
    ):
        then = f", forwarding to {forward_to}" if forward_to else ""
        print(f"Listening to {gateway.name}{then}; Ctrl-C ends it", file=sys.stderr, flush=True)
        handle = partial(_print, as_json=as_json)
        if forward_to:
            handle = partial(_forward, Forwarder(client, forward_to, as_sns, _tell_failed))
        while left != 0 and (end is None or time.monotonic() < end):
            for body in listener.arrived(_WAIT_SECONDS)[:left]:
                handle(body)
                left = None if left is None else left - 1
        if left:
            raise GatewayError(f"{left} of {count} events did not come within {seconds:g} s")


def _print(body: str, *, as_json: bool) -> None:
    event = read(body)
    if as_json:
        print(json.dumps(event), flush=True)
    else:
        show(Console(), event)


def _forward(forwarder: Forwarder, envelope: str) -> None:
    glance = glance_at(read(json.loads(envelope)["Message"]))
    say(f"{glance.type.removeprefix('inbound-sms.')}  {glance.id}")
    attempts = forwarder.forward(envelope).attempts
    verdict = "given up" if attempts[-1].verdict is Verdict.AGAIN else attempts[-1].verdict.value
    say(f"  {_answer(attempts[-1])}: {verdict}")


def _tell_failed(seconds: float, attempt: Attempt) -> None:
    say(f"  {_answer(attempt)}, again in {seconds:g} s")
    time.sleep(seconds)


def _answer(attempt: Attempt) -> str:
    return f"{attempt.status or f'no answer ({attempt.error})'} in {attempt.seconds * 1_000:.0f} ms"


def _type(name: str) -> str:
    if name not in TYPES and not name.startswith("inbound-sms."):
        raise WrongUsage(f"There is no type {name}; there are {', '.join(TYPES)}")
    return TYPES.get(name, name)
