"""`gateway message`: everything that is known about one event."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cli.common import AsJson, examples, of_a_gateway, say, say_json
from gateway.errors import GatewayError
from gateway.operations.history import History, history_of
from gateway.operations.installation import Installation

app = typer.Typer()

_MOST_SIMILAR = 10


@app.command(epilog=examples("gateway message PROVIDER/11cb83c9-631e-4c6f-b5f3-b6c536cf2456 --stack inbound-sms-prod"))
@of_a_gateway
def message(
    gateway: Installation,
    event_id: Annotated[str, typer.Argument(help="The event's id: acme/01ABC...", metavar="ID")],
    as_json: AsJson = False,
) -> None:
    """Show everything about one event: when and by which delivery it came, duplicates, when it was published.

    No text and no number. Exit status: 0 something is known, 1 nothing is, or an error.
    """
    found = history_of(gateway, event_id)
    if not found.is_known:
        meant = "".join(f"\n  {each}" for each in found.similar[:_MOST_SIMILAR])
        raise GatewayError(
            f"Nothing is known of {event_id}: no claim, no log, not in quarantine or dead letters"
            + (f". Did you mean one of these?{meant}" if meant else "")
        )
    if as_json:
        known = asdict(found)
        del known["similar"]
        say_json({**known, "received_at": found.received_at, "duplicates": found.duplicates})
    else:
        _tell(found)


def _tell(found: History) -> None:
    say(found.event_id)
    for what, value in (
        ("received", _shown(found.received_at)),
        ("delivery", found.delivery_id),
        ("claimed", _shown(found.claimed_at)),
        ("published", _shown(found.published_at) or "not on record"),
        ("SNS message", found.sns_message_id),
        ("joined as", found.joined_as),
        ("duplicates", f"{found.duplicates} dropped"),
        ("forgotten", _shown(found.forgotten_at)),
        *(("quarantined", key) for key in found.quarantined),
        *(("dead letter", message_id) for message_id in found.dead_letters),
    ):
        if value:
            say(f"  {what:<12}{value}")
    for line in found.lines:
        say(f"  {_shown(line.at)}  {line.function}: {line.says}  delivery {line.delivery_id or '-'}")


def _shown(value: datetime | None) -> str | None:
    """To the millisecond: what happens to an event takes a few of them."""
    return None if value is None else value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
