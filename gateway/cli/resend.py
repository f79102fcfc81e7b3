"""`gateway resend`: published events once more."""

import re
from dataclasses import asdict
from typing import Annotated

import typer

from gateway.cli.common import AsJson, examples, of_a_gateway, say, say_json
from gateway.errors import WrongUsage
from gateway.operations.installation import Installation
from gateway.operations.resending import events_in, resend

app = typer.Typer()

_TOPIC = "topic"
_QUEUE = re.compile(r"arn:[^:]+:sqs:[^:]+:[0-9]+:.+")


@app.command("resend", epilog=examples("gateway resend event.json --to topic", "gateway resend - --to topic"))
@of_a_gateway
def resend_(
    gateway: Installation,
    file: Annotated[
        typer.FileText, typer.Argument(help="Events in JSON, as `tail --json` prints them; `-` is the standard input.")
    ],
    to: Annotated[str, typer.Option(help=f"The ARN of a subscribed queue, or `{_TOPIC}`: all subscribers.")],
    as_json: AsJson = False,
) -> None:
    """Send published events once more, to one subscribed queue or to the topic; `recovery` in them is `resend`.

    The gateway keeps no published event, so you need to have it. Each keeps its id: whoever handled it already drops
    it. Exit status: 0 all were sent, 1 one was not, or an error.
    """
    if to != _TOPIC and not _QUEUE.fullmatch(to):
        raise WrongUsage(f"--to is the ARN of a queue, or {_TOPIC}")
    found = list(resend(gateway, events_in(file.read()), None if to == _TOPIC else to))
    if as_json:
        say_json([asdict(each) for each in found])
    else:
        sent = f"sent to {to.rpartition(':')[2]}"
        for each in found:
            say(f"{each.event_id}  {sent if each.outcome == 'accepted' else f'{each.outcome}: {each.reason}'}")
    if any(each.outcome != "accepted" for each in found):
        raise typer.Exit(1)
