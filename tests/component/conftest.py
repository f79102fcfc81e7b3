"""What the component tests share."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from inbound_sms.observability import metrics
from inbound_sms.webhook.handler import WebhookHandler
from tests.support import installed
from tests.support.world import World

Counts = Callable[[], dict[str, int]]


class Kept(list[Any]):
    """A queue and a quarantine in memory, for tests that post very often: documents, and bodies with their records."""

    def send(self, documents: list[str], _provider: str) -> None:
        self.extend(documents)

    def store(self, _content_hash: str, body: bytes, record: dict[str, Any]) -> str:
        self.append((body, record))
        return "key"

    def into(self, receiver: WebhookHandler) -> WebhookHandler:
        return with_ingestor(receiver, queue=self, quarantine=self)

    def taken(self) -> list[Any]:
        taken = list(self)
        self.clear()
        return taken


def with_ingestor(receiver: WebhookHandler, **parts: Any) -> WebhookHandler:
    """Return the webhook with a part of its ingestor replaced."""
    return replace(receiver, ingestor=replace(receiver.ingestor, **parts))


@pytest.fixture
def counts() -> Counts:
    """Return what was counted since the test began and not flushed yet."""
    return lambda: {name: int(sum(metric["Value"])) for name, metric in metrics.metric_set.items()}


@pytest.fixture
def office(aws: World, monkeypatch: pytest.MonkeyPatch) -> installed.Desk:
    """Return a desk at which commands are typed for a deployed stack; what it consists of is in `aws`."""
    return installed.desk(aws, monkeypatch)
