"""`gateway verify`: the first-day test."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from gateway.cli.common import AsJson, examples, of_a_gateway, provider_names, say_json
from gateway.local.output import harmless
from gateway.operations.installation import Installation
from gateway.operations.verifying import Check, verify

app = typer.Typer()

_MARKS = {True: "holds", False: "FAILS", None: "-"}


@app.command(name="verify", epilog=examples("gateway verify --stack inbound-sms-prod"))
@of_a_gateway
def verify_(
    gateway: Installation,
    providers: Annotated[
        list[str] | None, typer.Argument(help="Only these.", autocompletion=provider_names, metavar="[PROVIDER]...")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send test messages as each provider, follow them to the topic, and show in a table what holds.

    A message, the same again, one with wrong credentials, a broken one; then claim, quarantine and metrics. Texts begin
    with the word gateway-verify. Exit status: 0 everything that could be tried holds, 1 something doesn't, or an error.
    """
    chosen = [gateway.require(provider) for provider in providers or gateway.providers]
    checks = list(verify(gateway, chosen))
    if as_json:
        say_json([asdict(check) for check in checks])
    else:
        Console(soft_wrap=True).print(_table(gateway.name, checks))
    if any(check.holds is False for check in checks):
        raise typer.Exit(1)


def _table(name: str, checks: list[Check]) -> Table:
    table = Table("provider", "", "", "", title=f"What holds of {name}", box=box.SIMPLE)
    for check in sorted(checks, key=lambda check: check.provider):
        table.add_row(check.provider, check.what, _MARKS[check.holds], harmless(check.how))
    return table
