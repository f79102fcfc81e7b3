"""Shows events as they arrive."""

import json
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.local_aws import LocalAws
from gateway.stack import PerTopic
from gateway.subscription import subscribe_queue


class Viewer:
    """Listens to both topics with a queue of its own."""

    def __init__(self, aws: LocalAws, stack: str, topics: PerTopic) -> None:
        self._aws = aws
        self._queue = subscribe_queue(aws, f"{stack}-viewer", topics.messages, topics.delivery)

    def arrived(self, seconds: int) -> Iterator[dict[str, Any]]:
        """Waits for events, up to some seconds; gives those that came."""
        response = self._aws.sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=seconds)
        for message in response.get("Messages", []):
            self._aws.sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
            yield read(message["Body"])


def read(body: str) -> dict[str, Any]:
    """Reads an event; what somebody else published on the topic is shown as what it is, a text."""
    try:
        event = json.loads(body)
        if all(isinstance(value, str) for value in (event["id"], event["type"], event["data"]["provider"])):
            return dict(event)
    except (ValueError, KeyError, TypeError):
        pass
    return {"id": "none", "type": "not an event", "data": {"provider": "unknown", "text": body}}


def show(console: Console, event: dict[str, Any]) -> None:
    """Prints one event."""
    data = event["data"]
    fields = Table.grid(padding=(0, 1))
    fields.add_column(style="dim")
    fields.add_column(overflow="fold")
    for label, value in (
        ("from", _number(data.get("sender"))),
        ("to", _number(data.get("recipient"))),
        ("text", data.get("text")),
        ("id", event["id"]),
    ):
        if value:
            fields.add_row(label, harmless(value))
    title = Text.assemble(harmless(data["provider"]), " · ", harmless(event["type"]))
    console.print(Panel(fields, title=title, title_align="left", border_style="green"))


def harmless(text: str) -> Text:
    """Gives a text that came from outside without anything that a terminal would obey."""
    joiner = "\N{ZERO WIDTH JOINER}"  # not printable by itself, but it holds many emoji together
    return Text("".join(it if it.isprintable() or it in f"\n{joiner}" else "\N{REPLACEMENT CHARACTER}" for it in text))


def _number(number: dict[str, Any] | None) -> str | None:
    return (number.get("number") or number.get("raw")) if number else None
