"""`gateway send`: acts as a provider."""

import re
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from gateway.cli.common import AsJson, bar, of_a_gateway, provider_names, say_json
from gateway.errors import GatewayError
from gateway.local.output import harmless
from gateway.operations.installation import Installation
from gateway.operations.secrets_store import SecretsStore
from gateway.operations.sending import Sent, Signer, callback_of, send_all, sender_of
from gateway.simulator import Callback, Verdict, senders
from gateway.simulator import broken as cut_off

app = typer.Typer()

_KINDS = "; ".join(f"{name}: {', '.join(sender.callbacks)}" for name, sender in senders().items())
_SHOWN_BODY = 60


def _events() -> list[str]:
    """Return what a shell completes: every event of any provider, as which one is meant isn't known yet."""
    return list(dict.fromkeys(event for sender in senders().values() for event in sender.callbacks))


def _carried(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[!-~]([\t -~]*[!-~])?", value):
        raise typer.BadParameter("a header carries printable ASCII, and no space around it")
    return value


@app.command()
@of_a_gateway
def send(
    gateway: Installation,
    provider: Annotated[str, typer.Argument(help="Act as this provider.", autocompletion=provider_names)],
    event: Annotated[str, typer.Option(help=f"What to send. {_KINDS}.", autocompletion=_events)] = "message",
    count: Annotated[int, typer.Option(min=1, help="So many, all different from each other.")] = 1,
    rate: Annotated[float | None, typer.Option(min=0.001, help="Begin so many in a second, at most.")] = None,
    duplicates: Annotated[int, typer.Option(min=0, help="Send each so many times more, the very same.")] = 0,
    sender: Annotated[str | None, typer.Option("--from", help="The sender's number.")] = None,
    recipient: Annotated[str | None, typer.Option("--to", help="The recipient's number.")] = None,
    text: Annotated[str | None, typer.Option(help="The text.")] = None,
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Send these bytes instead.")] = None,
    content_type: Annotated[
        str | None, typer.Option(callback=_carried, help="Another content type than the provider's.")
    ] = None,
    broken: Annotated[bool, typer.Option("--broken", help="Cut each body off after its first quarter.")] = False,
    wrong_signature: Annotated[bool, typer.Option("--wrong-signature", help="Sign by wrong secrets.")] = False,
    faster: Annotated[
        float, typer.Option(min=1, help="Divide the waits of the provider's retry schedule (1: as it is, up to 45 h).")
    ] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Act as a provider: its payload, signature, content type, retries, and its reading of our answer.

    Exit status: 0 the provider believes that it delivered everything, 1 it gave something up, or an error.
    """
    document = SecretsStore(gateway, provider).secrets()
    callback = callback_of(provider, event)
    bodies = _bodies(callback, count, file, {"sender": sender, "recipient": recipient, "text": text})
    if broken:
        bodies = [cut_off(body) for body in bodies]
    signer = Signer(gateway, provider, document, wrong=wrong_signature)
    requests = [signer.signed(callback, body, content_type) for body in bodies]
    found: list[Sent] = []
    with bar(f"Sending as {provider}", len(requests) * (duplicates + 1)) as (progress, task):
        retries = sender_of(provider).retries
        for sent in send_all(requests, retries, copies=duplicates, rate=rate, faster=faster):
            found.append(sent)
            progress.advance(task)
    found.sort(key=lambda sent: (sent.number, sent.copy))
    if as_json:
        say_json([_known(sent) for sent in found])
    else:
        Console().print(_table(provider, found))
    if not all(sent.delivery.delivered for sent in found):
        raise typer.Exit(1)


def _bodies(callback: Callback, count: int, file: Path | None, said: dict[str, str | None]) -> list[bytes]:
    if file:
        if any(said.values()) or count > 1:
            raise GatewayError("--file is sent as it is: without --count, --from, --to and --text")
        return [file.read_bytes()]
    try:
        return [callback.body(number, **said) for number in range(count)]
    except ValueError as error:
        raise GatewayError(f"What is to be sent can't carry this: {error}") from None


def _answer(sent: Sent) -> str:
    last = sent.delivery.attempts[-1]
    if last.status is None:
        return f"no answer ({last.error})"
    body = last.body.decode("utf-8", "replace")
    return f"{last.status} {body[:_SHOWN_BODY]}".strip()


def _table(provider: str, found: list[Sent]) -> Table:
    """Return what came back, the same answers in one row."""
    table = Table("answer", "taken for", title=f"What {provider} got back", box=box.SIMPLE)
    table.columns[0].overflow = "fold"
    for name in ("sent", "attempts", "median", "slowest"):
        table.add_column(name, justify="right")
    rows: dict[tuple[str, Verdict], list[Sent]] = defaultdict(list)
    for sent in found:
        rows[_answer(sent), sent.delivery.attempts[-1].verdict].append(sent)
    for (answer, verdict), group in rows.items():
        attempts = [attempt for sent in group for attempt in sent.delivery.attempts]
        seconds = [attempt.seconds for attempt in attempts]
        taken_for = "given up" if verdict is Verdict.AGAIN else verdict.value
        times = [f"{statistics.median(seconds) * 1_000:.0f} ms", f"{max(seconds) * 1_000:.0f} ms"]
        table.add_row(harmless(answer), taken_for, str(len(group)), str(len(attempts)), *times)
    return table


def _known(sent: Sent) -> dict[str, Any]:
    return {
        "number": sent.number,
        "copy": sent.copy,
        "delivered": sent.delivery.delivered,
        "attempts": [
            {
                "status": attempt.status,
                "body": attempt.body.decode("utf-8", "replace"),
                "error": attempt.error,
                "milliseconds": round(attempt.seconds * 1_000, 1),
                "verdict": attempt.verdict.value,
            }
            for attempt in sent.delivery.attempts
        ],
    }
