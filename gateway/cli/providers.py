"""`gateway providers`: which there are, and a new one."""

from typing import Annotated

import typer

from gateway.cli.common import AsJson, errors_in_one_line, say, say_json
from gateway.paths import shown
from gateway.simulator import pages, senders
from gateway.simulator.scaffold import new_provider, row

app = typer.Typer(no_args_is_help=True, help="List the providers that this gateway knows, or begin a new one.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the providers in functions/: what they send, what they can authenticate by, and their pages."""
    found = [
        {
            "name": sender.name,
            "title": sender.title,
            "events": list(sender.callbacks),
            "secrets": list(sender.secrets),
            "page": shown(pages()[sender.name]),
        }
        for sender in senders().values()
    ]
    if as_json:
        say_json(found)
        return
    for each in found:
        say(f"{each['name']}  {each['title']}  {each['page']}")
        say(f"  sends: {', '.join(each['events'])}")
        say(f"  authenticates by: {', '.join(each['secrets'])}")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Its name in URLs and event ids: small letters, digits and hyphens.")],
    title: Annotated[str | None, typer.Option(help="Its name for people.")] = None,
    folder: Annotated[
        str | None, typer.Option(help="Its folder in functions/, a Python name; else after NAME.")
    ] = None,
) -> None:
    """Write the folder of a new provider: it passes lint, and its tests say what is missing."""
    with errors_in_one_line():
        made = new_provider(name, title, folder)
        say(f"{shown(made)}/ is there. Add this row to Mappings, Provider, in template.yaml:")
        say(row(name, title, made.name))
        say(f"Then `make provider NAME={name}` says what is missing.")
