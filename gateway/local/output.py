"""Shows events as they arrive."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.local.aws import LocalAws
from gateway.local.subscription import subscribe_queue
from gateway.operations.stack import PerTopic


class Viewer:
    """Listens to both topics with a queue of its own."""

    def __init__(self, aws: LocalAws, stack: str, topics: PerTopic) -> None:
        self._aws = aws
        self._queue = subscribe_queue(aws, f"{stack}-viewer", topics.messages, topics.delivery)

    def arrived(self, seconds: int) -> Iterator[dict[str, Any]]:
        """Wait for events, up to some seconds; return those that came."""
        response = self._aws.sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=seconds)
        for message in response.get("Messages", []):
            self._aws.sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
            yield read(message["Body"])


def read(body: str) -> dict[str, Any]:
    """Read an event; what somebody else published on the topic is shown as what it is, a text."""
    try:
        event = json.loads(body)
        if all(isinstance(value, str) for value in (event["id"], event["type"], event["data"]["provider"])):
            return dict(event)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return {"id": "none", "type": "not an event", "data": {"provider": "unknown", "text": body}}


@dataclass(frozen=True)
class Glance:
    """What is shown of an event; None where there is nothing, or what somebody else means by that name."""

    id: str
    type: str
    provider: str
    sender: str | None
    recipient: str | None
    text: str | None


def glance_at(event: Mapping[str, Any]) -> Glance:
    """Return what is shown of an event that was read: anybody may have published it, in any shape."""
    data = event["data"]
    return Glance(
        event["id"],
        event["type"],
        data["provider"],
        _number(data.get("sender")),
        _number(data.get("recipient")),
        text_in(data, "text"),
    )


def text_in(data: Mapping[str, Any], name: str) -> str | None:
    """Return a field that is a text; None where it is none."""
    value = data.get(name)
    return value if isinstance(value, str) else None


def show(console: Console, event: Mapping[str, Any]) -> None:
    """Print one event."""
    seen = glance_at(event)
    fields = Table.grid(padding=(0, 1))
    fields.add_column(style="dim")
    fields.add_column(overflow="fold")
    for label, value in (
        ("from", seen.sender),
        ("to", seen.recipient),
        ("text", seen.text),
        ("id", seen.id),
    ):
        if value:
            fields.add_row(label, harmless(value))
    title = Text.assemble(harmless(seen.provider), " · ", harmless(seen.type))
    console.print(Panel(fields, title=title, title_align="left", border_style="green"))


def harmless(text: str) -> Text:
    """Return a text that came from outside without anything that a terminal would obey."""
    joiner = "\N{ZERO WIDTH JOINER}"  # not printable by itself, but it holds many emoji together
    return Text("".join(it if it.isprintable() or it in f"\n{joiner}" else "\N{REPLACEMENT CHARACTER}" for it in text))


def _number(number: Any) -> str | None:
    return text_in(number, "number") or text_in(number, "raw") if isinstance(number, dict) else None
