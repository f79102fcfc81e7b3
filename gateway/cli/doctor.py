"""`gateway doctor`: looks over an installation."""

from dataclasses import asdict

import typer

from gateway.cli.common import AsJson, examples, of_a_gateway, say_findings, say_json
from gateway.operations.doctor import examine
from gateway.operations.findings import Level
from gateway.operations.installation import Installation

app = typer.Typer()


@app.command(epilog=examples("gateway doctor", "gateway doctor --stack inbound-sms-prod"))
@of_a_gateway
def doctor(gateway: Installation, as_json: AsJson = False) -> None:
    """Check a gateway: secrets, subscriptions, queues, quarantine, alarms, last messages, throttling.

    Says what to do about each. Exit status: 0 nothing needs doing, 1 something does, or an error.
    """
    found = examine(gateway)
    if as_json:
        say_json([asdict(finding) for finding in found])
    else:
        say_findings(found)
    if any(finding.level is Level.TODO for finding in found):
        raise typer.Exit(1)
