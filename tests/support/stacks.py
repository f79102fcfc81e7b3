"""The real template, deployed by SAM to the local engine, for tests to share.

Tests that share a stack stay together on one worker (`--dist loadgroup`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from bench.template import written
from gateway.errors import GatewayError
from gateway.local.engine import free_port
from gateway.local.local_stack import LocalStack, local_stack
from gateway.paths import LOCAL
from gateway.template import choosing
from tests.support.outside import FIRST, IN_PARTS, SECOND, WITHOUT_ID, Outside
from tests.support.versions import this_version

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
IMPATIENT = LOCAL / f"e2e-{WORKER}-impatient"


def only(*names: str) -> dict[str, str]:
    """Return the parameters that choose these providers, each by its webhook alone. All of them are on `make run`'s."""
    return {name: "false" if name.startswith("Enable") else it for name, it in choosing(written(), names).items()}


SOON = {
    **only(FIRST, SECOND, WITHOUT_ID, IN_PARTS),
    "FanoutTimeoutSeconds": "4",
    "VisibilityTimeoutSeconds": "13",
    "MaxReceives": "4",
    "LogLevel": "DEBUG",
}
_HIDDEN_SECONDS = 6  # less than the template allows: longer than the fan-out runs is enough here

_GROUPS = {"running": "stack", "impatient_stack": "impatient stack", "up": "persons"}  # by the fixture that a test uses


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Keep the tests that share a stack together."""
    for item in items:
        for fixture in _GROUPS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(_GROUPS[fixture]))
    yield
    if config.getoption("loadgroup", default=False):  # set in a worker
        parted = [item for item in items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
        assert not parted, "this pytest-xdist keeps no groups together with this pytest: each worker starts each stack"


@contextmanager
def started(work: Path, parameters: dict[str, str]) -> Iterator[LocalStack]:
    """Run a stack while the `with` block lasts."""
    try:
        it = this_version(work / "built").template
        with local_stack(free_port(), work=work, parameters=parameters, built_template=it) as running:
            yield running
    except GatewayError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def impatient_stack() -> Iterator[LocalStack]:
    """Return a stack of its own for what harms a stack: it tries again after 6 s, and gives up after four tries."""
    with started(IMPATIENT, SOON) as running:
        hidden = {"VisibilityTimeout": str(_HIDDEN_SECONDS)}
        running.aws.sqs.set_queue_attributes(QueueUrl=running.stack.queues.events, Attributes=hidden)  # type: ignore[arg-type]
        yield running


@pytest.fixture(scope="session")
def impatient(impatient_stack: LocalStack) -> Outside:
    """Return that stack as somebody outside sees it."""
    return Outside(impatient_stack.stack, cache(impatient_stack.aws.client))
