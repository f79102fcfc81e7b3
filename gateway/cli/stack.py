"""`gateway up`, `build`, `status`, `down`, `urls`: the stack itself."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway import progress
from gateway.cli.common import WORK, AsJson, Work, errors_in_one_line, examples, of_a_gateway, say, say_json
from gateway.local.local_stack import prepare
from gateway.local.running import end
from gateway.local.status import State, status_of
from gateway.local.up import up as run_up
from gateway.operations.installation import Installation
from gateway.operations.portals import portals
from gateway.paths import LOCAL, TEMPLATE, require_repository, shown
from gateway.template import choosing, load, providers_of_profile

app = typer.Typer()

_END_SECONDS = 30.0
_NOT_RUNNING = 3  # as `systemctl status` has it


@app.command(epilog=examples("gateway up", "gateway up --port 4570 --providers all"))
def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port on 127.0.0.1.")] = 4566,
    work: Annotated[
        Path,
        typer.Option(
            help="The folder for stack.json and logs; one per running stack.",
            show_default=shown(LOCAL),
            file_okay=False,
        ),
    ] = LOCAL,
    providers: Annotated[
        str, typer.Option(help="The providers, separated by commas, or all.", show_default="as in samconfig.toml")
    ] = "",
) -> None:
    """Build the stack, run it on this machine, post a sample of every provider, and serve until Ctrl-C."""
    with errors_in_one_line():
        require_repository()
        template = load(TEMPLATE)
        names = providers.split(",") if providers else list(providers_of_profile().values())
        chosen = {} if providers == "all" else choosing(template, names)
        run_up(port, work, chosen, Console(), Console(stderr=True, style="red"))


@app.command(epilog=examples("gateway build"))
def build() -> None:
    """Build what the local stack deploys, as `up` does. The first time, this fetches the layer's packages."""
    with errors_in_one_line():
        require_repository()
        prepare(progress.on(Console()))


@app.command(epilog=examples("gateway status --json"))
def status(as_json: AsJson = False, work: Work = WORK) -> None:
    """Show whether and where the local stack runs, and what is in its queues. Exit status: 0 it runs, 3 it does not."""
    with errors_in_one_line(as_json=as_json):
        found = status_of(work)
        if as_json:
            say_json(asdict(found))
        elif found.state is State.STOPPED:
            say(f"No local stack runs in {shown(work)}/; `gateway up` or `make run` starts one")
        elif found.state is State.STARTING:
            say(f"Process {found.process} is starting or ending a local stack in {shown(work)}/")
        else:
            say(f"Running at {found.endpoint} (process {found.process}), folder {shown(work)}/")
            say(f"Providers: {', '.join(found.providers)}")
            for queue, number in found.waiting.items():
                say(f"{queue.replace('_', ' ')}: {number} waiting")
    if found.state is not State.RUNNING:
        raise typer.Exit(_NOT_RUNNING)


@app.command(epilog=examples("gateway down"))
def down(as_json: AsJson = False, work: Work = WORK) -> None:
    """Stop the local stack that runs in a folder. Exit status: 0 none runs there any more."""
    with errors_in_one_line(as_json=as_json):
        process = end(work, _END_SECONDS)
        if as_json:
            say_json({"ended": process is not None, "process": process})
        elif process is None:
            say(f"No local stack runs in {shown(work)}/")
        else:
            say(f"Ended the local stack in {shown(work)}/ (process {process})")


@app.command(epilog=examples("gateway urls", "gateway urls --stack inbound-sms-prod"))
@of_a_gateway
def urls(gateway: Installation, as_json: AsJson = False) -> None:
    """Show the webhook URL of every provider, and what to enter in its portal. Shows no secret."""
    found = portals(gateway)
    if as_json:
        say_json([asdict(portal) for portal in found])
        return
    for portal in found:
        say(f"{portal.provider}  {portal.url}")
        for url in portal.more_urls:
            say(f"{' ' * len(portal.provider)}  {url}")
        say(f"  enter: {portal.enter}")
        if portal.token_url:
            say(f"  {portal.enter_token_url}")
            say(f"         {portal.token_url}")
        for name, value in portal.headers.items():
            say(f"  on this machine, send the header {name}: {value}")
        say(f"  secrets: {portal.parameter}" + (f"  more: {portal.page}" if portal.page else ""))
