"""`gateway quarantine`: requests that were authentic, and could not be understood."""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from gateway.cli.common import (
    AsJson,
    Execute,
    asked,
    bar,
    examples,
    moment,
    of_a_gateway,
    provider_names,
    say,
    say_json,
    shown_time,
)
from gateway.operations.installation import Installation
from gateway.operations.quarantine import Kept, Quarantine, Replayed, Selection

app = typer.Typer(no_args_is_help=True, help="Look into the quarantine, and get requests back.")

_COMPLETED = 100  # more keys would take a shell long to complete


def _keys(unfinished: typer.Context) -> list[str]:
    return asked(unfinished, lambda gateway: (kept.key for kept in Quarantine(gateway).newest(_COMPLETED)[1]))


Provider = Annotated[str | None, typer.Option(help="Only what this provider sent.", autocompletion=provider_names)]
Since = Annotated[datetime | None, typer.Option(parser=moment, help="Received at or after: a time, or an age (24h).")]
Until = Annotated[datetime | None, typer.Option(parser=moment, help="Received before: a time, or an age (24h).")]
Reason = Annotated[str | None, typer.Option(help="Only those with this in the reason or in the field at fault.")]
Keys = Annotated[list[str] | None, typer.Argument(help="Only these keys, as `list` shows them.", autocompletion=_keys)]
Key = Annotated[str, typer.Argument(help="The key, as `list` shows it.", autocompletion=_keys)]


@app.command("list", epilog=examples("gateway quarantine list --since 24h"))
@of_a_gateway
def list_(
    gateway: Installation,
    provider: Provider = None,
    since: Since = None,
    until: Until = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """List what is kept, oldest first: keys, times, reasons, never a text."""
    found = _select(gateway, Selection(provider, since, until, reason))
    if as_json:
        say_json([_known(kept) for kept in found])
        return
    for kept in found:
        say(_line(kept))
    say(f"{len(found)} in the quarantine")


@app.command(epilog=examples("gateway quarantine show PROVIDER/3fd489bf"))
@of_a_gateway
def show(gateway: Installation, key: Key, as_json: AsJson = False) -> None:
    """Show one request in full, its text included: the record, and the body (--json: its bytes, in Base64).

    Secrets in the URL are masked while they are in force.
    """
    kept, body = Quarantine(gateway).one(key)
    if as_json:
        say_json(_known(kept) | {"record": kept.record, "body": base64.b64encode(body).decode()})
        return
    for name, value in kept.record.items():
        if value is not None:
            say(f"{name}: {value if isinstance(value, str) else json.dumps(value)}")
    say("")
    say(body.decode("utf-8", "backslashreplace"))


@app.command(
    epilog=examples("gateway quarantine replay --reason 'not JSON'", "gateway quarantine replay --since 24h --execute")
)
@of_a_gateway
def replay(
    gateway: Installation,
    keys: Keys = None,
    execute: Execute = False,
    provider: Provider = None,
    since: Since = None,
    until: Until = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Let the gateway read requests again, once the fix is deployed; what it accepts leaves the quarantine.

    What was already published is not published again; what still can't be read stays as it is. Safe to repeat and to
    interrupt. Exit status: 0 all accepted (or nothing to do), 1 something is left over, or an error.
    """
    chosen = _select(gateway, Selection(provider, since, until, reason, tuple(keys or ())))
    replayed = list(_shown(Quarantine(gateway).replay(chosen), len(chosen))) if execute else []
    if as_json:
        results = [asdict(each) for each in replayed] if execute else [_known(kept) for kept in chosen]
        say_json({"executed": execute, "found": len(chosen), "results": results})
    else:
        _tell(chosen, replayed, executed=execute)
    if any(each.outcome != "accepted" for each in replayed):
        raise typer.Exit(1)


def _select(gateway: Installation, selection: Selection) -> list[Kept]:
    """Return what is meant; raise WrongUsage for a provider that never was one of the gateway's."""
    found = Quarantine(gateway).select(selection)
    if selection.provider and not found:
        gateway.require(selection.provider)
    return found


def _shown(replayed: Iterator[Replayed], total: int) -> Iterator[Replayed]:
    with bar("Replaying", total) as (progress, task):
        for each in replayed:
            progress.advance(task)
            yield each


def _tell(chosen: list[Kept], replayed: list[Replayed], *, executed: bool) -> None:
    if not executed:
        for kept in chosen:
            say(_line(kept))
        say(f"{len(chosen)} would be replayed; --execute does it")
        return
    left = [each for each in replayed if each.outcome != "accepted"]
    for each in left:
        say(f"{each.key}  {each.outcome}: {each.reason}")
    counted = Counter(each.outcome.replace("_", " ") for each in left)
    say(
        ", ".join(
            [f"{len(replayed) - len(left)} of {len(replayed)} accepted"] + [f"{n} {o}" for o, n in counted.items()]
        )
    )


def _line(kept: Kept) -> str:
    times = f"  ({kept.times})" if kept.times else ""
    return f"{kept.key}  {shown_time(kept.received_at)}  {kept.provider}  {kept.reason}{times}"


def _known(kept: Kept) -> dict[str, Any]:
    """Return what may be told of one without its text."""
    names = ("key", "provider", "received_at", "stored_at", "reason")
    known: dict[str, Any] = {name: getattr(kept, name) for name in names}
    arrivals = {"arrivals": len(kept.arrivals), "first_arrival": kept.arrivals[0] if kept.arrivals else None}
    return known | arrivals | {name: kept.record.get(name) for name in ("delivery_id", "event_id", "authenticated_by")}
