"""Messages in flight: posted, taken by a worker that died, claimed and not published, given up, set aside."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from gateway.local.local_stack import LocalStack
from gateway.simulator import Delivery, deliver, new_client, send, senders
from tests.support.outside import Outside
from tests.support.queued import sqs_record
from verification.chaos.traffic import Message

_POSTS_AT_ONCE = 2  # the engine starts a process for each, for each function, and once more when that is updated
_HELD_SECONDS = 900  # longer than any update here
_LONGEST_WAIT = 0.5
_PAUSE_SECONDS = 0.1  # between two posts of one of them: the update needs the processor, too
_ANSWER_SECONDS = 20.0  # on a busy machine the engine starts functions slowly, not we


@dataclass
class Posts:
    """What the providers posted; `deliveries` by token."""

    deliveries: dict[str, list[Delivery]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, messages: list[Message], until: threading.Event | None = None) -> list[Message]:
        """Post each message once, with its provider's retries; once `until` is set, no more of them.

        Return those that were posted.
        """
        posted: list[Message] = []
        client = new_client()
        attempt = partial(send, client)

        def one(message: Message) -> None:
            if until and until.wait(_PAUSE_SECONDS):
                return
            posted.append(message)
            retries = replace(senders()[message.provider].retries, timeout=_ANSWER_SECONDS)
            delivery = deliver(
                message.request, retries, attempt, wait=lambda wait, _: time.sleep(min(wait, _LONGEST_WAIT))
            )
            with self._lock:
                self.deliveries.setdefault(message.token, []).append(delivery)

        with client, ThreadPoolExecutor(_POSTS_AT_ONCE) as pool:
            list(pool.map(one, messages))
        return posted

    def believed(self, message: Message) -> bool:
        return any(delivery.delivered for delivery in self.deliveries.get(message.token, []))

    @property
    def failed_attempts(self) -> int:
        """How many posts were answered by an error, or not at all."""
        attempts = [attempt for found in self.deliveries.values() for each in found for attempt in each.attempts]
        return sum(attempt.status is None or attempt.status >= 500 for attempt in attempts)


@dataclass(frozen=True)
class Poller:
    """Does by hand what Lambda's poller does, so that a worker can be held, or die, at a certain point."""

    running: LocalStack
    outside: Outside

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep Lambda from taking anything out of the queue while the block lasts."""
        functions, queues = self.running.aws.functions, self.running.stack.queues
        name = queues.events.rpartition("/")[2]
        [uuid] = [
            each["UUID"]
            for each in functions.list_event_source_mappings()["EventSourceMappings"]
            if each["EventSourceArn"].rpartition(":")[2] == name
        ]
        functions.update_event_source_mapping(UUID=uuid, Enabled=False)
        try:
            yield
        finally:
            functions.update_event_source_mapping(UUID=uuid, Enabled=True)

    def take(self) -> list[Any]:
        """Take all that is in the queue, and hides it for long: only `let_go` brings it back in time."""
        taken: list[Any] = []
        while batch := self._receive(_HELD_SECONDS):
            taken += batch
        return taken

    def let_go(self, messages: list[Any]) -> None:
        """Bring messages back, as SQS does when a worker died."""
        for message in messages:
            self.running.aws.sqs.change_message_visibility(
                QueueUrl=self.running.stack.queues.events, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )

    def give_up(self, messages: list[Any], dead: Callable[[], int]) -> None:
        """Receive messages until SQS moves them to the dead-letter queue; the queue must hold no others."""
        before = dead()
        self.let_go(messages)
        while dead() < before + len(messages):
            self._receive(0)

    def fail(self, messages: list[Any]) -> list[Any]:
        """Hand messages to a fan-out whose topics are gone: it claims each and publishes none.

        Return those that it wants to see again; the others are settled.
        """
        name, variables = self.running.stack.functions["fanout"], self.outside.variables("fanout")
        gone = {key: f"{variables[key]}-gone" for key in ("MESSAGES_TOPIC", "DELIVERY_TOPIC")}
        with self.outside.configured("fanout", **gone):
            failed = {handed for batch in _tens(messages) for handed in self._handed(name, batch)}
        for message in messages:
            if message["MessageId"] not in failed:
                self.running.aws.sqs.delete_message(
                    QueueUrl=self.running.stack.queues.events, ReceiptHandle=message["ReceiptHandle"]
                )
        return [message for message in messages if message["MessageId"] in failed]

    def _handed(self, name: str, batch: list[Any]) -> list[str]:
        records = [sqs_record(message["MessageId"], message["Body"]) for message in batch]
        response = self.running.aws.functions.invoke(FunctionName=name, Payload=json.dumps({"Records": records}))
        answer = json.loads(response["Payload"].read())
        if "batchItemFailures" not in answer:  # it took too long: SQS would give all of them out again
            return [message["MessageId"] for message in batch]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def _receive(self, hidden: int) -> list[Any]:
        return self.running.aws.sqs.receive_message(
            QueueUrl=self.running.stack.queues.events, MaxNumberOfMessages=10, VisibilityTimeout=hidden
        ).get("Messages", [])


def _tens(messages: list[Any]) -> Iterator[list[Any]]:
    return (messages[start : start + 10] for start in range(0, len(messages), 10))
