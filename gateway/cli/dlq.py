"""`gateway dlq`: events that could not be published."""

import re
from dataclasses import asdict
from typing import Annotated, Any

import typer

from gateway.cli.common import AsJson, Execute, bar, examples, of_a_gateway, say, say_json, shown_time
from gateway.errors import GatewayError, WrongUsage
from gateway.operations.dead_letters import EVENTS, DeadLetter, DeadLetters, dead_letters_of
from gateway.operations.deployed import kebab
from gateway.operations.installation import Installation
from gateway.paths import TEMPLATE

app = typer.Typer(no_args_is_help=True, help="Look into the dead-letter queues, and get messages back.")


def _queues() -> list[str]:
    """Return what a shell completes: which gateway is meant isn't known yet, so whatever the template may deploy."""
    names = re.findall(r"^  (\w+)DeadLettersUrl:", TEMPLATE.read_text(encoding="utf-8"), re.MULTILINE)
    return [EVENTS, *map(kebab, names)]


Queue = Annotated[
    str,
    typer.Option(
        help="events: what the fan-out gave up; or another source of a provider, such as a topic.",
        autocompletion=_queues,
    ),
]
Limit = Annotated[int, typer.Option(min=1, help="Look at this many messages at most.")]


@app.command("list", epilog=examples("gateway dlq list --stack inbound-sms-prod"))
@of_a_gateway
def list_(gateway: Installation, queue: Queue = EVENTS, limit: Limit = 1_000, as_json: AsJson = False) -> None:
    """List what was given up, oldest first: ids, times, reasons, never a text. Moves nothing."""
    dead_letters = _queue(gateway, queue)
    letters = dead_letters.look(limit)
    if as_json:
        say_json([_known(letter) for letter in letters])
        return
    for letter in letters:
        say(
            f"{letter.message_id}  {shown_time(letter.queued_at)}  {letter.event_id or '-'}"
            f"  received {letter.receives} times  {letter.reason}"
        )
    say(f"{len(letters)} in the dead-letter queue" + (" or more" if dead_letters.count() > len(letters) else ""))


@app.command(epilog=examples("gateway dlq show 673ec108-d4b5-4817-8a63-94d85e0faaef"))
@of_a_gateway
def show(
    gateway: Installation,
    message_id: Annotated[str, typer.Argument(help="The id that `list` gives.")],
    queue: Queue = EVENTS,
    as_json: AsJson = False,
) -> None:
    """Show one message in full, its text included. Moves nothing."""
    found = _queue(gateway, queue).find(message_id)
    if found is None:
        raise GatewayError(f"No message {message_id} was found: it is gone, being processed, or behind too many others")
    if as_json:
        say_json(_known(found) | {"body": found.body})
    else:
        say(found.body)


@app.command(epilog=examples("gateway dlq redrive", "gateway dlq redrive --execute"))
@of_a_gateway
def redrive(
    gateway: Installation,
    execute: Execute = False,
    queue: Queue = EVENTS,
    as_json: AsJson = False,
) -> None:
    """Move everything back to the queue that it came from, once the cause is fixed.

    What was already published is not published again. Safe to repeat and to interrupt: in AWS, SQS continues moving,
    and the next run waits for it. Exit status: 0 done (or nothing to do), 1 an error.
    """
    letters = _queue(gateway, queue)
    total = letters.count()
    moved = _redrive(letters, total) if execute else 0
    if as_json:
        say_json({"executed": execute, "found": total, "moved": moved})
    elif execute:
        say(f"{moved} moved back")
    else:
        say(f"{total} would be moved back; --execute does it")


def _redrive(letters: DeadLetters, total: int) -> int:
    with bar("Moving back", total) as (progress, task):
        return letters.redrive(lambda moved, of: progress.update(task, completed=moved, total=of))


def _queue(installation: Installation, name: str) -> DeadLetters:
    found = dead_letters_of(installation)
    if name not in found:
        raise WrongUsage(f"This gateway has no queue {name}, but {', '.join(found)}")
    return found[name]


def _known(letter: DeadLetter) -> dict[str, Any]:
    """All but the body, and what SQS knows this look by."""
    known = asdict(letter)
    del known["body"], known["receipt"]
    return known
