"""`gateway secrets`: what providers authenticate by."""

import json
import sys
from typing import Annotated, Any

import typer

from gateway.cli.common import AsJson, examples, of_a_gateway, provider_names, say, say_json, shown_time, typed_provider
from gateway.errors import GatewayError, WrongUsage
from gateway.operations.installation import Installation
from gateway.operations.media_secrets import put_media_secret
from gateway.operations.portals import entries
from gateway.operations.secret_documents import kinds_of
from gateway.operations.secrets_store import Checked, SecretsStore
from gateway.simulator import KINDS

app = typer.Typer(no_args_is_help=True, help="Set and change the providers' secrets, without a refused message.")


def kinds(chosen: typer.Context) -> list[str]:
    """Return what a shell completes: the kinds of the provider that was typed before, or all."""
    return list(kinds_of(typed_provider(chosen)) or KINDS)


Provider = Annotated[str, typer.Argument(help="The provider's name.", autocompletion=provider_names)]
Kind = Annotated[
    str | None, typer.Option(help=f"{', '.join(KINDS)}; without it, the one in use.", autocompletion=kinds)
]
Name = Annotated[str | None, typer.Option(help="The user's, client's or header's name, where the kind has one.")]
Prompt = Annotated[bool, typer.Option("--prompt", help="Ask for the secret, hidden, instead of making one up.")]
Stdin = Annotated[bool, typer.Option("--stdin", help="Read the secret from a line of the standard input.")]
Show = Annotated[bool, typer.Option("--show", help="Print the secret, for the portal.")]

_SEEN_AFTER = "It is accepted within 10 seconds"


@app.command(
    "set",
    epilog=examples(
        "gateway secrets set PROVIDER --show", "gateway secrets set PROVIDER --prompt --stack inbound-sms-prod"
    ),
)
@of_a_gateway
def set_(
    gateway: Installation,
    provider: Provider,
    kind: Kind = None,
    name: Name = None,
    prompt: Prompt = False,
    stdin: Stdin = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Even if there is one (which is then refused at once), or authentication is none."
        ),
    ] = False,
    show: Show = False,
    as_json: AsJson = False,
) -> None:
    """Give a provider its first secret: made up, typed in or piped in, never an argument."""
    store = SecretsStore(gateway, provider)
    chosen = store.kind(kind)
    value = _value(store, chosen, prompt=prompt, stdin=stdin)
    named = name or store.name(chosen)
    store.set(chosen, value, named, replace=replace)
    _tell(store, as_json, {"kind": chosen, "in_force": 1}, f"Set ({chosen}). {_SEEN_AFTER}", value if show else None)
    _tell_entries(store, as_json, entries(gateway, provider, chosen, named, value if show else None))


@app.command(epilog=examples("gateway secrets rotate PROVIDER --show --stack inbound-sms-prod"))
@of_a_gateway
def rotate(
    gateway: Installation,
    provider: Provider,
    kind: Kind = None,
    name: Name = None,
    prompt: Prompt = False,
    stdin: Stdin = False,
    show: Show = False,
    as_json: AsJson = False,
) -> None:
    """Put a new secret beside the old one: both are accepted until `retire` removes the old one."""
    store = SecretsStore(gateway, provider)
    chosen = store.kind(kind)
    value = _value(store, chosen, prompt=prompt, stdin=stdin)
    named = name or store.name(chosen)
    number = store.rotate(chosen, value, named)
    next_steps = f"then change it in the portal, then `secrets retire {provider}`"
    told = f"{number} in force ({chosen}). {_SEEN_AFTER}: {next_steps}"
    _tell(store, as_json, {"kind": chosen, "in_force": number}, told, value if show else None)
    _tell_entries(store, as_json, entries(gateway, provider, chosen, named, value if show else None))


@app.command(epilog=examples("gateway secrets retire PROVIDER --stack inbound-sms-prod"))
@of_a_gateway
def retire(
    gateway: Installation,
    provider: Provider,
    kind: Kind = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the old secrets: only the newest is accepted from then on. The portal must already have it."""
    store = SecretsStore(gateway, provider)
    chosen = store.kind(kind)
    if not yes and store.check().in_force.get(chosen, 0) > 1:
        late = " (and for two days, as a retry may carry its first signature)" if chosen == "hmac" else ""
        typer.confirm(
            f"Does {provider} use the new secret{late}? What is signed by an old one will be refused", abort=True
        )
    number = store.retire(chosen)
    told = f"{number} taken out ({chosen}); one is in force" if number else f"Nothing to take out ({chosen})"
    _tell(store, as_json, {"kind": chosen, "retired": number}, told, None)


@app.command(epilog=examples("gateway secrets require PROVIDER hmac+basic", "gateway secrets require PROVIDER"))
@of_a_gateway
def require(
    gateway: Installation,
    provider: Provider,
    combinations: Annotated[
        list[str] | None,
        typer.Argument(help="Kinds that are needed together, such as hmac+basic; of several, any one is enough."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set which kinds of secrets a request needs. Without any, each kind that has a secret is enough."""
    store, chosen = SecretsStore(gateway, provider), combinations or []
    store.restrict("require", chosen)
    _tell(store, as_json, {"require": chosen}, f"A request needs {' or '.join(chosen) or 'any one kind'}", None)


@app.command(epilog=examples("gateway secrets addresses PROVIDER 192.0.2.0/24", "gateway secrets addresses PROVIDER"))
@of_a_gateway
def addresses(
    gateway: Installation,
    provider: Provider,
    networks: Annotated[
        list[str] | None, typer.Argument(help="Networks or addresses: 192.0.2.0/24 2001:db8::1.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set from which addresses requests are accepted, in addition to their secrets. Without any, from everywhere."""
    store, chosen = SecretsStore(gateway, provider), networks or []
    store.restrict("source_ips", chosen)
    _tell(store, as_json, {"source_ips": chosen}, f"Accepted from {', '.join(chosen) or 'everywhere'}", None)


@app.command(epilog=examples("gateway secrets media PROVIDER --name KEY-ID --stack inbound-sms-prod"))
@of_a_gateway
def media(
    gateway: Installation, provider: Provider, name: Name = None, stdin: Stdin = False, as_json: AsJson = False
) -> None:
    """Set what the downloads of a provider's media take: a secret that is typed in or piped in, never an argument."""
    parameter = put_media_secret(gateway, provider, _given(stdin=stdin), name or "")
    if as_json:
        say_json({"parameter": parameter})
    else:
        say(f"{parameter}: Set. It is in use within 5 minutes")


@app.command(epilog=examples("gateway secrets check --stack inbound-sms-prod"))
@of_a_gateway
def check(
    gateway: Installation,
    provider: Annotated[
        str | None, typer.Argument(help="The provider; all of them, if none is named.", autocompletion=provider_names)
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Print the secrets, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is in force, and what is wrong with it. Exit status: 0 all is well, 1 something is wrong or missing."""
    found = [SecretsStore(gateway, name).check() for name in ([provider] if provider else gateway.providers)]
    if as_json:
        say_json([_known(checked, show=show) for checked in found])
    else:
        for checked in found:
            _tell_checked(checked, show=show, held_from_the_start=2 if gateway.local else 1)
    if any(checked.remedy for checked in found):
        raise typer.Exit(1)


def _value(store: SecretsStore, kind: str, *, prompt: bool, stdin: bool) -> str:
    if prompt and stdin:
        raise WrongUsage("--prompt or --stdin, not both")
    return _given(stdin=stdin) if prompt or stdin else store.generated(kind)


def _given(*, stdin: bool) -> str:
    if not stdin:
        return str(typer.prompt("Secret", hide_input=True, confirmation_prompt=True))
    value = sys.stdin.readline().rstrip("\r\n")
    if not value:
        raise GatewayError("Nothing came on the standard input")
    return value


def _tell(store: SecretsStore, as_json: bool, known: dict[str, Any], told: str, value: str | None) -> None:
    if as_json:
        say_json({"parameter": store.parameter, **known, **({} if value is None else {"secret": value})})
        return
    say(f"{store.parameter}: {told}")


def _tell_entries(store: SecretsStore, as_json: bool, found: dict[str, str]) -> None:
    """Say what to type into the portal, and what is let in besides."""
    if as_json:
        return
    for label, value in found.items():
        say(f"  {label:<15}{value}")
    if warning := store.second_door():
        say(f"  warning: {warning}")


def _tell_checked(checked: Checked, *, show: bool, held_from_the_start: int) -> None:
    kinds = ", ".join(f"{kind}: {number} in force" for kind, number in checked.in_force.items())
    changed = f"changed {shown_time(checked.changed_at)}" if checked.changed_at else ""
    say("  ".join(filter(None, (checked.provider, checked.parameter, kinds, changed))))
    for fault in checked.faults:
        say(f"  wrong: {fault}")
    for warning in checked.warnings:
        say(f"  warning: {warning}")
    if checked.remedy:
        say(f"  to do: {checked.remedy}")
    for kind in checked.rotating:
        if checked.in_force[kind] <= held_from_the_start:  # a local stack has that of the sample events, too
            continue
        say(f"  old and new ({kind}) are both in force; retire the old one once the portal has the new one")
    if show and checked.document is not None:
        say(json.dumps(checked.document, indent=2, ensure_ascii=False))


def _known(checked: Checked, *, show: bool) -> dict[str, Any]:
    known = {
        name: getattr(checked, name)
        for name in ("provider", "parameter", "faults", "warnings", "remedy", "in_force", "rotating", "changed_at")
    }
    return known | ({"document": checked.document} if show else {})
