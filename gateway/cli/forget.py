"""`gateway forget`: removes what the gateway still holds of a person."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

from gateway.cli.common import AsJson, bar, examples, of_a_gateway, say, say_json, shown_time
from gateway.errors import WrongUsage
from gateway.operations.forgetting import Held, Person, Store, beyond_reach, stores_of
from gateway.operations.installation import Installation

app = typer.Typer()

Numbers = Annotated[
    list[str],
    typer.Argument(help="The person's number, in each way that providers write it: +61480000000 0480000000."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


@app.command(epilog=examples("gateway forget +4534735477 --dry-run --stack inbound-sms-prod"))
@of_a_gateway
def forget(
    gateway: Installation, numbers: Numbers, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Remove what the gateway still holds of a person: for good, with every version; it asks before.

    What is of several persons, such as a batch in the quarantine, goes as a whole: look with --dry-run, and replay
    first. Safe to run again, and to interrupt. Exit status: 0 nothing is left within reach (or --dry-run), 1 something
    is at work still, or an error.
    """
    if as_json and not (dry_run or yes):
        raise WrongUsage("--json asks nothing: say --dry-run, or --yes")
    person, stores = Person(numbers), stores_of(gateway)
    held = list(_found(stores, person))
    removed: list[Held] = []
    if not dry_run and held:
        if not yes:
            _say_table(gateway, stores, held, [])
            typer.confirm(f"Remove {sum(not each.at_work for each in held)} for good?", abort=True)
        removed = list(_removed(stores, held))
    beyond = beyond_reach(gateway)
    if as_json:
        results = [_known(each) | {"removed": each in removed} for each in held]
        say_json({"executed": not dry_run, "held": results, "beyond_reach": beyond})
    else:
        _say_table(gateway, stores, held, removed)
        for each in held:
            if each not in removed:
                say(f"{each.store}  {shown_time(each.since)}  {each.name}" + ("  at work still" * each.at_work))
        say("Beyond reach:")
        for sentence in beyond:
            say(f"  {sentence}")
    if not dry_run and len(removed) < len(held):
        raise typer.Exit(1)


def _found(stores: Sequence[Store], person: Person) -> Iterable[Held]:
    for store in stores:
        with bar(f"Looking through {store.name}", None) as (progress, task):
            for each in store.find(person):
                progress.advance(task)
                if each:
                    yield each


def _removed(stores: Sequence[Store], held: Sequence[Held]) -> Iterable[Held]:
    with bar("Removing", len(held)) as (progress, task):
        for store in stores:
            for each in store.remove([it for it in held if it.store == store.name and not it.at_work]):
                progress.advance(task)
                yield each


def _say_table(gateway: Installation, stores: Sequence[Store], held: Sequence[Held], removed: Sequence[Held]) -> None:
    found, gone = (Counter(each.store for each in some) for some in (held, removed))
    width = max(len(store.name) for store in stores)
    say(f"{'':{width}}  found  removed  kept otherwise for")
    for store in stores:
        days = gateway.parameters.get(store.parameter)
        kept = f"{store.parameter} ({days})" if days else store.parameter
        say(f"{store.name:{width}}  {found[store.name]:5}  {gone[store.name]:7}  {kept}")


def _known(held: Held) -> dict[str, Any]:
    return {"store": held.store, "name": held.name, "since": held.since, "at_work": held.at_work}
