"""`gateway backfill`: gets back from the provider what no webhook brought."""

from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from gateway.backfill import backfills
from gateway.cli.common import AsJson, bar, examples, moment, of_a_gateway, say, say_json, shown_time
from gateway.errors import WrongUsage
from gateway.operations.backfill import Backfiller, api_of, backfill_of, require_remembered
from gateway.operations.installation import Installation

app = typer.Typer()

_SHOWN_PROBLEMS = 20


@app.command(
    "backfill",
    epilog=examples("gateway backfill PROVIDER --since 2d --dry-run", "gateway backfill PROVIDER --since 2d"),
)
@of_a_gateway
def backfill(
    gateway: Installation,
    provider: Annotated[str, typer.Argument(help="Ask this provider.", autocompletion=lambda: list(backfills()))],
    since: Annotated[
        datetime, typer.Option(parser=moment, help="What came in at or after this: a time, or an age (24h, 2d).")
    ],
    until: Annotated[
        datetime | None, typer.Option(parser=moment, help="What came in before this; now, if not said.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what is missing.")] = False,
    even_forgotten: Annotated[
        bool,
        typer.Option("--even-forgotten", help="Also what the gateway may have published, and be forgotten meanwhile."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask a provider's own API for messages that came in, and publish those that the gateway lacks.

    For what was lost for good: during an outage longer than the provider's patience, or while its credentials were
    wrong. Each gets the id that its webhook would have given it; what was published already is not published again.
    Safe to run twice, and to interrupt: it then tells how to go on. Credentials of the API come from the environment or
    from a parameter of their own (docs/backfill.md). Exit status: 0 nothing is missing any more, 1 something could not
    be read, or an error; 130 after Ctrl-C.
    """
    end = until or datetime.now(UTC)
    if since >= end:
        raise WrongUsage("--since is not before --until")
    if not even_forgotten:
        require_remembered(gateway, since)
    keeps = backfill_of(gateway, provider).keeps
    if keeps and since < datetime.now(UTC) - keeps and not as_json:
        say(f"{provider} keeps messages for {keeps.days} days: what came in before that is not there any more")
    with ExitStack() as ending:
        client = ending.enter_context(httpx.Client())
        work = Backfiller(gateway, provider, api_of(gateway, provider, client), since, end, publish=not dry_run)
        ending.callback(_tell, work, even_forgotten=even_forgotten, as_json=as_json)
        with bar(f"Asking {provider}", work.windows) as (progress, task):
            for _ in work.run():
                progress.advance(task)
    if work.tally.problems:
        raise typer.Exit(1)


def _tell(work: Backfiller, *, even_forgotten: bool, as_json: bool) -> None:
    """Tell what came of it, and how to go on where it did not come to its end."""
    rest = work.since if work.since < work.until else None
    if as_json:
        say_json(_known(work) | {"go_on_since": rest})
        return
    Console().print(_table(work))
    for it in work.tally.problems[:_SHOWN_PROBLEMS]:
        say(f"{shown_time(it.at) if it.at else '-'}  {it.outcome}: {it.reason}")
    if rest:
        say(f"Not finished. Go on with: {_command(work)}" + " --even-forgotten" * even_forgotten)


def _table(work: Backfiller) -> Table:
    tally = work.tally
    title = f"What {work.provider} received since {shown_time(work.begun)}"
    table = Table(title=title, box=box.SIMPLE)
    cells = {"found": tally.found, "already known": tally.known, "new": tally.new, "published": tally.published}
    cells |= {"no messages": tally.ignored, "unreadable": len(tally.problems)}
    for name in cells:
        table.add_column(name, justify="right")
    table.add_row(*map(str, cells.values()))
    return table


def _known(work: Backfiller) -> dict[str, Any]:
    """Return the same for scripts."""
    return {
        "provider": work.provider,
        "since": work.begun,
        "until": work.until,
        "dry_run": not work.publish,
        **asdict(work.tally),
    }


def _command(work: Backfiller) -> str:
    installation = work.installation
    words = ["gateway backfill", work.provider, f"--since {_exact(work.since)}", f"--until {_exact(work.until)}"]
    words += ["--dry-run"] if not work.publish else []
    words += [] if installation.local else [f"--stack {installation.name}"]
    return " ".join(words)


def _exact(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
