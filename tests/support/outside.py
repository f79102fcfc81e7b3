"""What somebody outside sees of a running stack: answers, inboxes, bucket, queues."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from gateway.operations.stack import Stack
from gateway.simulator import Document, Post, fetch_token, senders, signed

# Two providers, whichever: those of the first whose messages have ids of their own.
FIRST, SECOND, *_ = (name for name, sender in senders().items() if sender.message.has_id)
WITHOUT_ID = next(name for name, sender in senders().items() if not sender.message.has_id)  # ours are of the content
IN_PARTS = next(name for name, sender in senders().items() if sender.message.part)

_PATIENCE_SECONDS = 130.0  # longer than the queue hides a message whose first try failed


@dataclass(frozen=True)
class Outside:
    stack: Stack
    boto: Callable[[str], Any]
    _arrived: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def post(
        self, provider: str, body: bytes, content_type: str | None = None, *, secrets: Document | None = None
    ) -> httpx.Response:
        """Post a body as the provider posts its messages, or by another content type."""
        message = senders()[provider].message
        return self.send(provider, lambda url: message.post(url, body, content_type), secrets)

    def send(self, provider: str, make: Callable[[str], Post], secrets: Document | None = None) -> httpx.Response:
        """Send the request that is made for a webhook's URL, signed by the provider's secrets, or by others."""
        webhook = self.stack.webhooks[provider]
        host = {"Host": webhook.headers["Host"]}
        post = signed(
            make(webhook.address).with_header("Host", host["Host"]),
            senders()[provider],
            webhook.secrets if secrets is None else secrets,
            lambda client: fetch_token(self.stack.token_endpoints[provider].url, host, client),
        )
        return httpx.request(
            post.method, post.url, content=post.body, headers=dict(post.headers), timeout=60, trust_env=False
        )

    def text(self, sender: str, recipient: str, text: str, *, provider: str = FIRST, own_id: str = "") -> str:
        """Send a text; return the id of the event that comes of it."""
        message, own_id = senders()[provider].message, own_id or str(uuid.uuid4())
        said = message.filled(message.new(), sender=sender, recipient=recipient, text=text)
        assert self.post(provider, message.written(message.identified(said, own_id))).status_code == 200
        return f"{provider}/{own_id}"

    def events_with(self, event_id: str, *, topic: str = "messages") -> list[dict[str, Any]]:
        """Return every event of this id that is in a topic's inbox, once the queue before it is empty."""
        self.wait_until(lambda: any(event["id"] == event_id for event in self.inbox(topic)))
        self.wait_until(lambda: self.backlog() == 0)
        return [event for event in self.inbox(topic) if event["id"] == event_id]

    def inbox(self, topic: str = "messages") -> list[dict[str, Any]]:
        """Return everything that ever came into a topic's inbox."""
        self._arrived.setdefault(topic, []).extend(
            map(json.loads, self._taken_from(getattr(self.stack.inboxes, topic)))
        )
        return self._arrived[topic]

    def dead_letters(self) -> list[str]:
        return list(self._taken_from(self.stack.queues.dead_letters))

    def _taken_from(self, url: str) -> Iterator[str]:
        sqs = self.boto("sqs")
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            yield from (message["Body"] for message in messages)
            taken = [{"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]} for message in messages]
            sqs.delete_message_batch(QueueUrl=url, Entries=taken)

    def forget_claims(self) -> None:
        """Empty the table of claims, once nothing is under way: what was published before counts as new."""
        self.wait_until(lambda: self.backlog() == 0)
        dynamodb = self.boto("dynamodb")
        for page in dynamodb.get_paginator("scan").paginate(TableName=self.stack.table, ProjectionExpression="id"):
            for item in page["Items"]:
                dynamodb.delete_item(TableName=self.stack.table, Key={"id": item["id"]})

    def backlog(self, queue: str = "events", *, delayed: bool = False) -> int:
        """Return how many messages a queue holds, in flight or not, and of parts that wait for others, if `delayed`."""
        names = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", *["Delayed"] * delayed)]
        url = getattr(self.stack.queues, queue)
        attributes = self.boto("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def quarantined(self) -> dict[str, bytes]:
        s3, bucket = self.boto("s3"), self.stack.quarantine_bucket
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def variables(self, function: str) -> dict[str, str]:
        name = self.stack.functions[function]
        found = self.boto("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        return dict(found)

    @contextmanager
    def configured(self, function: str, **changed: str) -> Iterator[None]:
        """Change variables of a function's environment for a while, which starts it anew."""
        before = self.variables(function)
        configure = partial(
            self.boto("lambda").update_function_configuration, FunctionName=self.stack.functions[function]
        )
        configure(Environment={"Variables": before | changed})
        try:
            yield
        finally:
            configure(Environment={"Variables": before})

    def logged(self) -> list[str]:
        logs = self.boto("logs")
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        pages = [
            page for name in groups for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name)
        ]
        return [event["message"] for page in pages for event in page["events"]]

    def wait_until(self, condition: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.1)  # between two looks
