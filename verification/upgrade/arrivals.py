"""What came out of a stack that was updated: the events in the inboxes, when each came, and what excuses a second."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.local.local_stack import LocalStack
from verification.chaos.accounts import UNRECORDED, Evidence, token_of

_SLACK_SECONDS = 1.0  # between the clock here and the moment at which a worker ends


@dataclass(frozen=True)
class Arrival:
    """An event in an inbox. `at` is when SNS put it there, in seconds since 1970."""

    document: str
    at: float

    @property
    def delivery(self) -> str:
        return str(json.loads(self.document)["data"]["delivery_id"])


@dataclass(frozen=True)
class Ending:
    """When the engine ended workers: what one had published from `since` to `until` may not be on record.

    Its owner publishes it again after `at`, and `wait` seconds after the first time or later.
    """

    since: float
    at: float
    until: float
    wait: float = 0.0

    def excuses(self, first: Arrival, second: Arrival) -> bool:
        during = self.since <= first.at <= self.until + _SLACK_SECONDS
        return during and first.delivery == second.delivery and second.at >= max(self.at, first.at + self.wait)


def update(began: float, ended: float, function_seconds: float) -> Ending:
    """Excuse what is published again once its claim is a dead worker's, who claimed by half of its time at most."""
    return Ending(began, began, ended, wait=function_seconds / 2)


def timeout(at: float, function_seconds: float) -> Ending:
    """Excuse what a run published that took too long; the engine tells when in whole seconds."""
    return Ending(at - function_seconds - _SLACK_SECONDS, at, at)


@dataclass
class Arrivals(Evidence):
    """Everything that arrived.

    An event may be published once more where its worker ended in between: the engine ends a function's workers when it
    updates the function, at whatever they are (AWS lets them finish), and a run that took too long, as on a busy
    machine; or where the fan-out said that it had no time to record it. Nothing else excuses a second publication.
    """

    excuses: list[Ending] = field(default_factory=list)
    unrecorded: set[str] = field(default_factory=set)
    found: dict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))

    def look(self, running: LocalStack) -> int:
        """Take what came in since the last look; return how many there are in all."""
        for inbox in running.stack.inboxes.model_dump().values():
            for message in _taken(running.aws.sqs, inbox):
                document = json.dumps(json.loads(message["Body"]), sort_keys=True)
                arrived = int(message["Attributes"]["SentTimestamp"]) / 1_000
                self.found[json.loads(document)["id"]].append(Arrival(document, arrived))
        return sum(map(len, self.found.values()))

    def publications(self, event_id: str) -> Any:
        return sorted(self.found.get(event_id, []), key=lambda arrival: arrival.at)

    def id_of(self, token: str) -> str:
        return next((id_ for id_, found in self.found.items() if token_of(found[0].document) == token), "")

    @property
    def documents(self) -> list[str]:
        return [arrival.document for found in self.found.values() for arrival in found]

    def trail(self, token: str) -> str:
        return token

    def story(self, event_id: str) -> str:
        return "; ".join(f"{arrival.at:.2f} of {arrival.delivery}" for arrival in self.publications(event_id))

    def excuse(self, event_id: str, first: Any, second: Any) -> str | None:
        if event_id in self.unrecorded and first.delivery == second.delivery:
            return UNRECORDED
        excused = any(each.excuses(first, second) for each in self.excuses)
        return "the engine ended its worker" if excused else None


def timeouts(engine_log: Path, function: str, function_seconds: float) -> list[Ending]:
    """Return the runs of a function that the engine ended because they took too long."""
    said = re.compile(rf"^(\S+ \S+) WARNING .*Lambda {re.escape(function)} timed out after", re.MULTILINE)
    found = said.findall(engine_log.read_text(errors="replace"))
    return [timeout(datetime.fromisoformat(at).astimezone().timestamp(), function_seconds) for at in found]


def _taken(sqs: Any, url: str) -> list[Any]:
    taken: list[Any] = []
    receive: Callable[..., Any] = sqs.receive_message
    while batch := receive(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["SentTimestamp"]).get("Messages"):
        entries = [{"Id": each["MessageId"], "ReceiptHandle": each["ReceiptHandle"]} for each in batch]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        taken += batch
    return taken
