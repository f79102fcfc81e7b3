"""Lambda's poller, done by hand, so that a worker can be held, or die, at a certain point: messages in flight."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gateway.local.local_stack import LocalStack
from tests.support.outside import Outside
from tests.support.queued import sqs_record

_HELD_SECONDS = 900  # longer than any update here


class Poller:
    """A poller in place of Lambda's, which does with messages what may befall a worker."""

    def __init__(self, running: LocalStack, outside: Outside) -> None:
        self._outside = outside
        self._functions, self._sqs, self._url = running.aws.functions, running.aws.sqs, running.stack.queues.events

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep Lambda from taking anything out of the queue while the block lasts."""
        mappings = self._functions.list_event_source_mappings()["EventSourceMappings"]
        queue = self._url.rpartition("/")[2]
        [uuid] = [each["UUID"] for each in mappings if each["EventSourceArn"].rpartition(":")[2] == queue]
        self._functions.update_event_source_mapping(UUID=uuid, Enabled=False)
        try:
            yield
        finally:
            self._functions.update_event_source_mapping(UUID=uuid, Enabled=True)

    def take(self) -> list[Any]:
        """Take all that is in the queue, and hide it for long: only `let_go` brings it back in time."""
        taken: list[Any] = []
        while batch := self._received(_HELD_SECONDS):
            taken += batch
        return taken

    def let_go(self, messages: list[Any]) -> None:
        """Bring messages back, as SQS does when a worker died."""
        for each in messages:
            self._sqs.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0
            )

    def give_up(self, messages: list[Any]) -> None:
        """Receive messages until SQS moves them to the dead-letter queue; the queue must hold no others."""
        wanted = self._outside.backlog("dead_letters") + len(messages)
        self.let_go(messages)

        def are_given_up() -> bool:
            self._received(0)
            return self._outside.backlog("dead_letters") >= wanted

        self._outside.wait_until(are_given_up)

    def fail(self, messages: list[Any]) -> list[Any]:
        """Hand messages to a fan-out whose topics are gone: it claims each and publishes none.

        Return those that it wants to see again; the others are settled.
        """
        variables = self._outside.variables("fanout")
        gone = {name: f"{variables[name]}-gone" for name in ("MESSAGES_TOPIC", "DELIVERY_TOPIC")}
        with self._outside.configured("fanout", **gone):
            failed = {
                id_ for start in range(0, len(messages), 10) for id_ in self._failed(messages[start : start + 10])
            }
        for each in messages:
            if each["MessageId"] not in failed:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])
        return [each for each in messages if each["MessageId"] in failed]

    def _failed(self, batch: list[Any]) -> list[str]:
        records = [sqs_record(each["MessageId"], each["Body"]) for each in batch]
        name = self._outside.stack.functions["fanout"]
        invoked = self._functions.invoke(FunctionName=name, Payload=json.dumps({"Records": records}))
        answer = json.loads(invoked["Payload"].read())
        if "batchItemFailures" not in answer:  # it took too long: SQS would give all of them out again
            return [each["MessageId"] for each in batch]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def _received(self, hidden: int) -> list[Any]:
        return self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, VisibilityTimeout=hidden).get(
            "Messages", []
        )
