"""The gateway in one process, over moto: a queue, a bucket, a table, two topics with an inbox each, parameters."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from threading import RLock
from typing import Any
from unittest.mock import patch

import pytest
from moto import mock_aws
from moto.dynamodb.models import DynamoDBBackend
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

import aws_client
from aws_client.boto3_clients import Boto3Client
from fanout import Fanout
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.joining.groups import GroupsTable
from inbound_sms.publishing.deduplication import ClaimsTable
from inbound_sms.publishing.publisher import Publisher
from inbound_sms.settings import WebhookSettings
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.handler import WebhookHandler
from inbound_sms.webhook.ingest import Ingestor
from joiner import Joiner
from tests.support.boto import REGION
from tests.support.calls import ACCOUNT
from tests.support.providers import Registered

FUNCTION_TIMEOUT = 15.0
RETENTION = 7 * 86_400.0
JOIN_SECONDS = 60.0
NOW = 1_800_000_000.0
_KEPT: Any = {"core": {"reset_boto3_session": False}}  # one session for all clients, whose models it has read
SERVICES = ("sqs", "s3", "ssm", "sns", "dynamodb")


@dataclass
class World:
    """What the functions work on. Clients are boto3's over moto. The table and the topics are made for who asks for
    them: half of the tests need neither, and most of the time that a world takes is theirs.
    """

    sqs: Any
    s3: Any
    ssm: Any
    sns: Any
    dynamodb: Any
    queue_url: str
    pool: ThreadPoolExecutor
    bucket: str = "quarantine"
    payloads: str = "payloads"

    @cached_property
    def table(self) -> str:
        made = self.dynamodb.create_table(
            TableName="claims",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        return str(made["TableDescription"]["TableName"])

    @cached_property
    def inboxes(self) -> dict[str, str]:
        return {name: _queue(f"{name}-inbox") for name in ("messages", "delivery")}

    @cached_property
    def topics(self) -> dict[str, str]:
        sns = sns_backends[ACCOUNT][REGION]
        topics = {name: sns.create_topic(name).arn for name in self.inboxes}
        for topic in topics.values():
            subscription = sns.subscribe(topic, topic.replace(":sns:", ":sqs:") + "-inbox", "sqs")
            sns.set_subscription_attributes(subscription.arn, "RawMessageDelivery", "true")
        return topics

    def stands_in(self, patch: pytest.MonkeyPatch) -> None:
        """Let the handlers, which make their clients themselves, find these."""
        for name in SERVICES:
            patch.setattr(aws_client, name, lambda name=name: getattr(self, name))

    def receiver(self, entry: Registered, secrets: dict[str, Any] | None = None, **settings: Any) -> WebhookHandler:
        """Return a provider's webhook, its parameter holding its secret in events/."""
        name = f"/inbound-sms/test/{entry.provider.name}"
        self.put_secrets(name, entry.secrets if secrets is None else secrets)
        checked = WebhookSettings.model_validate(
            {
                "queue_url": self.queue_url,
                "quarantine_bucket": self.bucket,
                "payloads_bucket": self.payloads,
                "provider_parameter": name,
                "opt_out_words": "STOP,UNSUBSCRIBE",
            }
            | settings
        )
        with patch.multiple(aws_client, sqs=lambda: self.sqs, s3=lambda: self.s3):
            ingestor = Ingestor.of(entry.provider.name, entry.provider.parse, checked)
        secret_store = SecretStore(self.ssm, checked.provider_parameter, checked.secrets_max_age_seconds)
        return WebhookHandler(entry.provider, checked, secret_store, ingestor)

    def claims(self, now: float = NOW, *, dynamodb: Any = None) -> ClaimsTable:
        return ClaimsTable(dynamodb or self.dynamodb, self.table, RETENTION, FUNCTION_TIMEOUT, clock=lambda: now)

    def fanout(
        self,
        now: float = NOW,
        *,
        dynamodb: Any = None,
        sns: Any = None,
        sqs: Any = None,
        bucket: str | None = None,
        clock: Callable[[], float] = lambda: 0.0,
        join: bool = True,
    ) -> Fanout:
        """Return the fan-out at some time: `now` is the claims' clock, `clock` measures the function's own time."""
        claims, queue = self.claims(now, dynamodb=dynamodb), EventQueue(sqs or self.sqs, self.queue_url)
        messages, delivery = self.topics["messages"], self.topics["delivery"]
        return Fanout(
            claims=claims,
            publisher=Publisher(sns or self.sns, messages, delivery, pause=lambda _: None),
            quarantine=Quarantine(self.s3, bucket or self.bucket, "fanout"),
            joiner=Joiner(GroupsTable(claims, JOIN_SECONDS), claims, queue, self.pool.map, on=join),
            map_concurrently=self.pool.map,
            clock=clock,
        )

    def claim_items(self) -> dict[str, dict[str, str]]:
        items = self.dynamodb.scan(TableName=self.table)["Items"]
        return {item["id"]["S"]: {name: next(iter(it.values())) for name, it in item.items()} for item in items}

    def put_secrets(self, name: str, secrets: dict[str, Any] | str) -> None:
        """Write a parameter of secrets; a text as it is."""
        value = secrets if isinstance(secrets, str) else json.dumps(secrets)
        self.ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)

    def put_document(self, secrets: str, entry: Registered) -> None:
        """Write what describes a configured provider, below its parameter of secrets."""
        if entry.sender.document:
            text = entry.sender.document.read_text(encoding="utf-8")
            self.ssm.put_parameter(Name=f"{secrets}/document", Value=text, Type="String", Overwrite=True)

    def queued(self, url: str | None = None) -> list[str]:
        """Take everything out of a queue (the events queue, if nothing is said), and return the bodies."""
        queue, bodies = {"QueueUrl": url or self.queue_url}, list[str]()
        while batch := self.sqs.receive_message(**queue, MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in batch]
            taken = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(batch)]
            self.sqs.delete_message_batch(**queue, Entries=taken)
            if len(batch) < 10:
                break
        return bodies

    def published(self, topic: str = "messages") -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.queued(self.inboxes[topic])]

    def quarantined(self) -> list[tuple[str, bytes, dict[str, Any]]]:
        """Return what is in the bucket: key, exact bytes, record."""
        keys = [item["Key"] for item in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]
        stems = sorted({"/".join(key.split("/")[:2]) for key in keys})
        return [(stem, self._object(f"{stem}/body"), json.loads(self._object(f"{stem}/record.json"))) for stem in stems]

    def _object(self, key: str) -> bytes:
        body: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body


@cache
def client(service: str) -> Any:
    """Return a client for moto; they are slow to make."""
    return Boto3Client(service)


@contextmanager
def _one_write_at_a_time() -> Iterator[None]:
    """DynamoDB checks the condition and writes in one step; moto, in two, and another thread may come in between."""
    lock = RLock()

    def alone(write: Any) -> Any:
        def locked(*args: Any, **kwargs: Any) -> Any:
            with lock:
                return write(*args, **kwargs)

        return locked

    writes = {name: alone(getattr(DynamoDBBackend, name)) for name in ("put_item", "update_item")}
    with patch.multiple(DynamoDBBackend, **writes):
        yield


def _queue(name: str) -> str:
    """Make a queue past boto3, in a tenth of the time, as all that every test makes."""
    return sqs_backends[ACCOUNT][REGION].create_queue(name).physical_resource_id


@contextmanager
def world() -> Iterator[World]:
    with mock_aws(config=_KEPT), _one_write_at_a_time(), ThreadPoolExecutor(max_workers=10) as pool:
        for bucket in ("quarantine", "payloads"):
            s3_backends[ACCOUNT]["aws"].create_bucket(bucket, REGION)
        yield World(**{name: client(name) for name in SERVICES}, queue_url=_queue("events"), pool=pool)
