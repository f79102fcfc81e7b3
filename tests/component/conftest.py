"""What the component tests share."""

from collections.abc import Callable, Iterator

import pytest

from inbound_sms.observability import metrics

Counts = Callable[[], dict[str, int]]


@pytest.fixture
def counts() -> Iterator[Counts]:
    """Gives what was counted since the test began and not flushed yet."""
    metrics.clear_metrics()
    yield lambda: {name: int(sum(metric["Value"])) for name, metric in metrics.metric_set.items()}
    metrics.clear_metrics()
