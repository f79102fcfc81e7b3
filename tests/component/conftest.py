"""What the component tests share."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.cli import common
from gateway.operations import dead_letters
from gateway.operations.installation import Installation, installation_in_aws
from inbound_sms.errors import InvalidPayload
from inbound_sms.observability import metrics
from inbound_sms.webhook.handler import WebhookHandler
from tests.support import installed
from tests.support.boto import REGION
from tests.support.queued import sqs_record
from tests.support.world import NOW, World

Counts = Callable[[], dict[str, int]]
Clients = dict[str, Any]  # by service


def with_ingestor(receiver: WebhookHandler, **parts: Any) -> WebhookHandler:
    """Return the webhook with a part of its ingestor replaced."""
    return replace(receiver, ingestor=replace(receiver.ingestor, **parts))


def set_aside(
    receiver: WebhookHandler, aws: World, event: dict[str, Any], reason: str = "a fault, mended since"
) -> tuple[str, dict[str, Any]]:
    """Have a request quarantined, as by an older version that could not read it; return its key and its record."""

    def parse(_request: object) -> Any:
        raise InvalidPayload(reason, "a.field")

    before = [key for key, _, _ in aws.quarantined()]
    with_ingestor(receiver, parse=parse).handle(event)
    [(key, record)] = [(key, record) for key, _, record in aws.quarantined() if key not in before]
    return key, record


def published(aws: World, now: float = NOW, bodies: list[str] | None = None) -> list[dict[str, Any]]:
    """Let the fan-out take these messages, or else what is queued; return what subscribers got."""
    records = [sqs_record(str(n), body) for n, body in enumerate(aws.queued() if bodies is None else bodies)]
    assert aws.fanout(now).handle(records) == set()
    return aws.published()


@pytest.fixture
def counts() -> Counts:
    """Return what was counted since the test began and not flushed yet."""
    return lambda: {name: int(sum(metric["Value"])) for name, metric in metrics.metric_set.items()}


@pytest.fixture
def office(aws: World, monkeypatch: pytest.MonkeyPatch) -> installed.Desk:
    """Return a desk at which commands are typed for a deployed stack; what it consists of is in `aws`."""
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
    return installed.desk(aws, monkeypatch)


@pytest.fixture
def installation(office: installed.Desk) -> Installation:
    """Return the stack of the desk as the commands find it."""
    return installation_in_aws(installed.NAME, None, REGION)


@pytest.fixture
def clients(office: installed.Desk, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Return the clients that stand in for those of the desk: none, until a test adds one."""
    instead: Clients = {}

    def find(**_: Any) -> Installation:
        found = installation_in_aws(installed.NAME, None, REGION)
        return replace(found, client=lambda service: instead.get(service) or found.client(service))

    monkeypatch.setattr(common, "find", find)
    return instead
