"""`gateway doctor`: looks over an installation."""

from dataclasses import asdict

import typer

from gateway.commands.common import (
    WORK,
    AsJson,
    Profile,
    Region,
    StackName,
    Work,
    errors_in_one_line,
    find_installation,
    say,
    say_json,
)
from gateway.doctor import Level, examine

app = typer.Typer()

_MARKS = {Level.OK: "ok  ", Level.NOTE: "note", Level.TODO: "TODO"}


@app.command()
def doctor(
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
    work: Work = WORK,
) -> None:
    """Look over a gateway: secrets, subscriptions, queues, quarantine, alarms, last messages, throttling.

    Says what to do about each. Exit status: 0 nothing needs doing, 1 something does, or an error.
    """
    with errors_in_one_line():
        found = examine(find_installation(stack, profile, region, work))
        if as_json:
            say_json([asdict(finding) for finding in found])
        else:
            for finding in found:
                say(f"{_MARKS[finding.level]}  {finding.what}: {finding.how}")
                if finding.advice:
                    say(f"        {finding.advice}")
    if any(finding.level is Level.TODO for finding in found):
        raise typer.Exit(1)
