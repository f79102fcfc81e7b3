"""`gateway preflight`: looks ahead, before a deployment."""

from dataclasses import asdict
from typing import Annotated

import typer

from gateway.cli.common import AsJson, Profile, Region, errors_in_one_line, examples, say_findings, say_json
from gateway.operations.findings import Level
from gateway.operations.preflight import look_ahead, plan

app = typer.Typer()


@app.command(epilog=examples("gateway preflight --stack inbound-sms-prod --region eu-west-1"))
def preflight(
    stack: Annotated[str, typer.Option(help="The stack's name, now or in future.")] = "inbound-sms-prod",
    runtime: Annotated[str, typer.Option(help="The functions' runtime.")] = "python3.13",
    profile: Profile = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Check what a deployment needs: credentials, tools, quotas, names, permissions. Changes nothing.

    Exit status: 0 nothing stands in the way, 1 something does, or an error.
    """
    with errors_in_one_line(as_json=as_json):
        found = look_ahead(plan(stack, runtime, profile, region))
        if as_json:
            say_json([asdict(finding) for finding in found])
        else:
            say_findings(found)
    if any(finding.level is Level.TODO for finding in found):
        raise typer.Exit(1)
