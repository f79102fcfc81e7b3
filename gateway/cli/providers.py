"""`gateway providers`: which there are, a new one, and a trial of one that is made by configuration."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from gateway.cli.common import AsJson, errors_in_one_line, examples, say, say_json
from gateway.operations.trials import tried
from gateway.paths import require_repository, shown
from gateway.simulator import pages, senders
from gateway.simulator.scaffold import new_provider, row

app = typer.Typer(
    no_args_is_help=True, help="List the providers that this version knows, start a new one, or try a document."
)


@app.command("list", epilog=examples("gateway providers list --json"))
def list_(as_json: AsJson = False) -> None:
    """List the providers in functions/: what they send, how they can authenticate, and their pages."""
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


@app.command(epilog=examples("gateway providers new acme --title Acme"))
def new(
    name: Annotated[str, typer.Argument(help="Its name in URLs and event ids: small letters, digits and hyphens.")],
    title: Annotated[str | None, typer.Option(help="Its name for people.")] = None,
    folder: Annotated[
        str | None, typer.Option(help="Its folder in functions/, a Python name; by default from NAME.")
    ] = None,
) -> None:
    """Write the folder of a new provider: it passes lint, and its tests say what is missing."""
    with errors_in_one_line():
        require_repository()
        made = new_provider(name, title, folder)
        say(f"{shown(made)}/ is there. Add this row to Mappings, Provider, in template.yaml:")
        say(row(name, title, made.name))
        say(f"Then `make provider NAME={name}` says what is missing.")


@app.command("try", epilog=examples("gateway providers try acme.toml --sample body.json --header 'X-Signature: 5f2c'"))
def try_(
    file: Annotated[Path, typer.Argument(help="A document: functions/webhook/README.md.", dir_okay=False)],
    sample: Annotated[Path, typer.Option(help="The body of a request; a .query file holds the query of a GET.")],
    header: Annotated[
        list[str] | None, typer.Option(help="A header of the request: 'Content-Type: text/plain'.")
    ] = None,
    query: Annotated[str, typer.Option(help="Its query string.")] = "",
    url: Annotated[str, typer.Option(help="Its URL, instead of --query.")] = "",
    method: Annotated[str, typer.Option(help="Its method; by default POST, or GET for a .query file.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show the event that a document makes of a request, or the error and where it is. Nothing is deployed or stored.

    Exit status: 0 an event, or nothing to store; 1 it would be quarantined, or an error.
    """
    pairs = [each.partition(":") for each in header or ()]
    with errors_in_one_line(as_json=as_json):
        headers = {name.strip(): value.strip() for name, _, value in pairs}
        told = tried(file, sample, headers, query or urlsplit(url).query, method)
    if as_json:
        say_json(told)
    else:
        for event in told["events"]:
            say_json(event)
        for reason in told["reasons"]:
            say(f"Nothing is stored: {reason}")
        for fault in told["faults"]:
            say(f"Quarantined: {fault['field'] + ': ' if fault['field'] else ''}{fault['reason']}")
        status, content_type, body = told["response"]
        say(f"The provider gets {status} {content_type} {body or '(an empty body)'}")
    if told["outcome"] not in {"accepted", "ignored"}:
        raise typer.Exit(1)
