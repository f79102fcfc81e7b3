"""`gateway console`: the page, for the local stack or one in AWS."""

import time
from contextlib import suppress
from typing import Annotated
from urllib.parse import urlsplit

import typer

from gateway.cli.common import examples, of_a_gateway, say
from gateway.console.serving import listen, served
from gateway.console.source import watched_of
from gateway.operations.installation import Installation

app = typer.Typer()

Port = Annotated[int | None, typer.Option(min=1, max=65535, help="The port on 127.0.0.1; any free one, if not said.")]


@app.command(epilog=examples("gateway console", "gateway console --stack inbound-sms-prod --region eu-west-1"))
@of_a_gateway
def console(gateway: Installation, port: Port = None) -> None:
    """Serve a page until Ctrl-C: every message and what became of it, what is broken, how to connect a provider.

    `gateway up` serves one for the local stack already. A stack in AWS is shown as its logs and CloudWatch have it, and
    its events by a queue that is subscribed for as long as this runs; nothing is sent to it.
    """
    beside = (urlsplit(gateway.local.endpoint).port or 0) + 1 if gateway.local else None
    with served(watched_of(gateway), listen(port, beside)) as address:
        say(f"Open {address} — Ctrl-C ends it.")
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3_600)
