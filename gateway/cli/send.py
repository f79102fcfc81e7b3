"""`gateway send`: acts as a provider."""

import re
import signal
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from gateway.cli.common import AsJson, bar, examples, of_a_gateway, provider_names, say_json, typed_provider
from gateway.cli.sent import known, show
from gateway.errors import WrongUsage
from gateway.operations.installation import Installation
from gateway.operations.outcomes import Outcomes, await_outcomes
from gateway.operations.secrets_store import SecretsStore
from gateway.operations.sending import Pace, Sent, Signer, callback_of, send_all, sender_of, torn
from gateway.simulator import Attempt, Callback, senders
from gateway.simulator import broken as cut_off

app = typer.Typer()

_KINDS = "; ".join(f"{name}: {', '.join(sender.callbacks)}" for name, sender in senders().items())
_FOLLOWED = 100  # more would read the logs for long


def _events(chosen: typer.Context) -> list[str]:
    """Return what a shell completes: the events of the provider that was typed before, or of all."""
    sender = senders().get(typed_provider(chosen))
    each = [sender] if sender else senders().values()
    return list(dict.fromkeys(event for sender in each for event in sender.callbacks))


def _carried(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[!-~]([\t -~]*[!-~])?", value):
        raise typer.BadParameter("a header carries printable ASCII, and no space around it")
    return value


@app.command(
    "send", epilog=examples("gateway send PROVIDER --text Hello --duplicates 2", "gateway send PROVIDER --broken")
)
@app.command("trigger", help="The same as `send`.", epilog=examples("gateway trigger PROVIDER --event report"))
@of_a_gateway
def send(
    gateway: Installation,
    provider: Annotated[str, typer.Argument(help="Act as this provider.", autocompletion=provider_names)],
    event: Annotated[str, typer.Option(help=f"What to send. {_KINDS}.", autocompletion=_events)] = "message",
    count: Annotated[int, typer.Option(min=1, help="How many, each with an id of its own.")] = 1,
    rate: Annotated[float | None, typer.Option(min=0.001, help="How many to start a second, at most.")] = None,
    duplicates: Annotated[int, typer.Option(min=0, help="How many exact copies of each to send as well.")] = 0,
    sender: Annotated[str | None, typer.Option("--from", help="The sender's number.")] = None,
    recipient: Annotated[str | None, typer.Option("--to", help="The recipient's number.")] = None,
    text: Annotated[str | None, typer.Option(help="The text.")] = None,
    parts: Annotated[int, typer.Option(min=1, max=255, help="Split each text into this many parts.")] = 1,
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Send these bytes instead.")] = None,
    content_type: Annotated[
        str | None, typer.Option(callback=_carried, help="The content type, instead of the provider's.")
    ] = None,
    broken: Annotated[bool, typer.Option("--broken", help="Cut each body off after its first quarter.")] = False,
    wrong_signature: Annotated[bool, typer.Option("--wrong-signature", help="Sign with wrong secrets.")] = False,
    faster: Annotated[
        float,
        typer.Option(min=1, help="Divide the waits between the provider's retries (1: wait as it does, up to 45 h)."),
    ] = 1_000,
    wait: Annotated[
        float, typer.Option(min=0, help=f"How many seconds to wait for what became of the first {_FOLLOWED}.")
    ] = 10,
    as_json: AsJson = False,
) -> None:
    """Act as a provider: its payload, signature, content type, retries, and its reading of our answer.

    Shows what became of each: published, dropped as a duplicate, or quarantined. Exit status: 0 the provider believes
    that it delivered everything, 1 it gave up on something, or an error; 130 after Ctrl-C, which shows what was sent.
    """
    store = SecretsStore(gateway, provider)
    callback = callback_of(provider, event)
    bodies = _bodies(callback, count, parts, file, {"sender": sender, "recipient": recipient, "text": text})
    if broken:
        bodies = [cut_off(body) for body in bodies]
    signer = Signer(gateway, provider, store.secrets(), wrong=wrong_signature)
    requests = [signer.signed(callback, body, content_type) for body in bodies]
    began, found, ended = datetime.now(UTC), list[Sent](), False
    with bar(f"Sending as {provider}", len(requests) * (duplicates + 1)) as (progress, task):
        tell = None if as_json else partial(_tell_failed, progress.console)
        try:
            for sent in send_all(requests, sender_of(provider).retries, Pace(duplicates, rate, faster), tell):
                found.append(sent)
                progress.advance(task)
        except KeyboardInterrupt:
            ended = True
    found.sort(key=lambda sent: (sent.number, sent.copy))
    followed = [sent.request_id for sent in found[:_FOLLOWED] if sent.request_id]
    outcomes: Outcomes = {}
    if wait and followed and not ended:
        try:
            outcomes = await_outcomes(gateway, provider, followed, since=began, seconds=wait)
        except (BotoCoreError, ClientError) as error:  # whoever may send need not be allowed to read the logs
            print(f"The logs, which tell what became of it, can't be read: {error}", file=sys.stderr)
    if as_json:
        say_json([known(sent, outcomes) for sent in found])
    else:
        show(provider, found, outcomes)
    if ended:
        raise typer.Exit(128 + signal.SIGINT)
    if not all(sent.delivery.delivered for sent in found):
        raise typer.Exit(1)


def _tell_failed(console: Console, number: int, attempt: Attempt, seconds: float) -> None:
    """Show at once what will be tried again: a provider may wait long."""
    answer = attempt.status or f"no answer ({attempt.error})"
    console.print(
        f"#{number}: {answer} after {attempt.seconds * 1_000:.0f} ms, again in {seconds:.3g} s", highlight=False
    )


def _bodies(callback: Callback, count: int, parts: int, file: Path | None, said: dict[str, str | None]) -> list[bytes]:
    if file:
        if any(said.values()) or count > 1 or parts > 1:
            raise WrongUsage("--file is sent as it is: without --count, --parts, --from, --to and --text")
        return [file.read_bytes()]
    try:
        if parts > 1:
            pieces = torn(said["text"] or callback.documented_in("text") or "", parts)
            return [body for number in range(count) for body in callback.parts(pieces, number, **said)]
        return [callback.body(number, **said) for number in range(count)]
    except ValueError as error:
        raise WrongUsage(f"What is to be sent can't carry this: {error}") from None
