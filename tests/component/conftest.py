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
