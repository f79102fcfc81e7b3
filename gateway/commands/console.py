"""`gateway console`: the page, for the local stack or one in AWS."""

import time
from contextlib import suppress
from typing import Annotated
from urllib.parse import urlsplit

import typer

from gateway.commands.common import WORK, Profile, Region, StackName, Work, errors_in_one_line, say
from gateway.console.serving import listen, served
from gateway.console.watched import watched_in_aws, watched_local
from gateway.installation import local_stack_in

app = typer.Typer()

Port = Annotated[int | None, typer.Option(min=1, max=65535, help="The port on 127.0.0.1; any free one, if not said.")]


@app.command()
def console(
    port: Port = None, stack: StackName = None, profile: Profile = None, region: Region = None, work: Work = WORK
) -> None:
    """Serve a page that shows what the gateway does, until Ctrl-C: flow, events, quarantine, dead letters, charts.

    `gateway up` serves one for the local stack already. A stack in AWS is shown as CloudWatch has it, a minute or two
    late, and its events by a queue that is subscribed for as long as this runs; nothing is sent to it.
    """
    with errors_in_one_line():
        if stack:
            watched = watched_in_aws(stack, profile, region)
        else:
            local = local_stack_in(work)
            watched = watched_local(local)
            wished = (urlsplit(local.endpoint).port or 0) + 1
        with served(watched, listen(port, None if stack else wished)) as address:
            say(f"Open {address} — Ctrl-C ends it.")
            with suppress(KeyboardInterrupt):
                while True:
                    time.sleep(3_600)
