"""A local stack in one process that the console watches: Acme posts, the real functions run, and log what they log."""

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest

from gateway.console.app import Console
from gateway.console.board import Board
from gateway.console.counts import LoggedCounts
from gateway.console.logbook import Logbook
from gateway.console.source import Watched
from gateway.local.output import read
from gateway.operations import dead_letters
from gateway.operations.deployed import Deployed
from gateway.operations.installation import Installation
from gateway.operations.stack import Stack, Webhook
from gateway.simulator import Post, senders
from inbound_sms import observability
from inbound_sms.observability import logger
from inbound_sms.webhook.recovery import asked_by
from tests.support.acme.sender import ACME_ENTRY
from tests.support.boto import REGION
from tests.support.captured_output import captured
from tests.support.installed import STAGE, Functions, outputs_over
from tests.support.providers import event_of
from tests.support.queued import sqs_record
from tests.support.world import World

PASSWORD = "a-password-of-acme-and-of-nobody-else"
HOST = "127.0.0.1:4567"  # of the console
_KEYS = ["provider", "delivery_id", "request_id"]


class _Functions(Functions):
    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - as boto3 names it
        return {"LoggingConfig": {"LogGroup": "/fanout" if FunctionName == "fn-fanout" else "/webhooks"}}


@dataclass
class WatchedStack:
    """The stack, and a console before it that has heard of everything as soon as it happened."""

    aws: World
    patch: pytest.MonkeyPatch
    local: bool = True
    outputs: dict[str, str] = field(default_factory=dict)  # more than a usual one's
    posted: list[Post] = field(default_factory=list)
    app: Any = None

    def __post_init__(self) -> None:
        self.patch.setitem(senders(), "acme", ACME_ENTRY.sender)
        self.patch.setattr(httpx.Client, "request", lambda _, method, url, **more: self.post(method, url, **more))
        self.patch.setattr(dead_letters, "WAIT_SECONDS", 0)
        self.put_secrets({"basic": [{"username": "acme", "password": PASSWORD}]})
        self.logs = boto3.client("logs", region_name=REGION)
        for group in ("/webhooks", "/fanout"):
            self.logs.create_log_group(logGroupName=group)
            self.logs.create_log_stream(logGroupName=group, logStreamName="s")
        self.dead = self.aws.sqs.create_queue(QueueName="dead")["QueueUrl"]
        plain = {name: getattr(self.aws, name).plain for name in ("sqs", "s3", "sns", "ssm", "dynamodb")}
        self.clients: dict[str, Any] = plain | {"lambda": _Functions({"fn-acme": self.recover}), "logs": self.logs}
        webhook = Webhook(url="", headers={"Host": "x"}, address="", secrets={})
        stack = Stack.model_construct(webhooks={"acme": webhook}) if self.local else None
        deployed = Deployed("http://127.0.0.1:1", outputs_over(self.aws, self.dead) | self.outputs)
        installation = Installation("stack", STAGE, deployed, lambda name: self.clients[name], stack)
        logbook = Logbook(self.logs, lambda: ["/webhooks", "/fanout"])
        self.watched = Watched(installation, LoggedCounts(), logbook, 0.05, 0.05)
        self.board = Board(["acme"])

    @property
    def rows(self) -> list[dict[str, Any]]:
        return sorted(self.board.rows()[1], key=lambda row: row["number"])

    def put_secrets(self, document: dict[str, Any]) -> None:
        self.aws.put_secrets(f"/inbound-sms/{STAGE}/acme", document)

    def post(self, method: str, url: str, *, content: bytes = b"", headers: Any = (), **_: Any) -> httpx.Response:
        """Have a request answered, and all that follows from it done."""
        self.posted.append(Post(url, dict(headers), content, method))
        event = event_of(self.posted[-1])
        event["requestContext"]["requestId"] = request_id = uuid.uuid4().hex
        answer = self.run(urlsplit(url).path.split("/")[1], lambda function: function.handle(event))
        self.publish()
        return httpx.Response(answer["statusCode"], text=answer["body"], headers={"apigw-requestid": request_id})

    def publish(self, *bodies: str) -> None:
        """Have the fan-out take what is queued."""
        records = [sqs_record(uuid.uuid4().hex, body) for body in (*bodies, *self.aws.queued())]
        if records:
            self.run("fanout", lambda function: function.handle(records))
        self.look()

    def recover(self, event: dict[str, Any]) -> Any:
        """Have Acme's function do what an operator asks."""
        return self.run("acme", lambda function: function.recover(asked_by(event)))

    def run(self, name: str, step: Callable[[Any], Any]) -> Any:
        """Run a function, and log what it lets out."""
        logger.remove_keys(_KEYS)
        self.patch.setattr(observability, "_dimensions", {} if name == "fanout" else {"provider": name})
        with captured() as heard:
            secrets = self.aws.ssm.get_parameter(Name=f"/inbound-sms/{STAGE}/acme", WithDecryption=True)
            held = json.loads(secrets["Parameter"]["Value"])
            function = self.aws.fanout(time.time()) if name == "fanout" else self.aws.receiver(ACME_ENTRY, held)
            answer = step(function)
            observability.flush()
        self.log("/fanout" if name == "fanout" else "/webhooks", *heard.written.getvalue().splitlines())
        return answer

    def log(self, group: str, *lines: str) -> None:
        at = int(datetime.now(UTC).timestamp() * 1_000)
        events: Any = [{"timestamp": at, "message": line} for line in lines]
        if events:
            self.logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)

    def look(self) -> None:
        """Bring to the board what the console's threads would."""
        lines = self.watched.logbook.new()
        self.watched.counts.logged(lines)
        self.board.logged(lines)
        for topic in ("messages", "delivery"):
            for body in self.aws.queued(self.aws.inboxes[topic]):
                self.board.published(read(body), datetime.now(UTC))

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Ask the console's application as the page does."""
        self.app = self.app or Console(self.watched, self.board).app()
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return asking(self.app, method, path, content=content)

    def send(self, kind: str = "new", **said: Any) -> dict[str, Any]:
        """Send as Acme from the page; return what the page is told."""
        answer = self.ask("POST", "/api/send", {"provider": "acme", "kind": kind, **said})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def asking(app: Any, method: str, path: str, **options: Any) -> httpx.Response:
    """Ask an application of this process, as httpx asks a server."""

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
            return await client.request(method, path, **options)

    return asyncio.run(asked())
