"""The real template, deployed by SAM to the local engine: one stack for all the tests of a worker.

Tests that share a stack stay together on one worker (`--dist loadgroup`); those of an xdist group of their own say so.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.errors import GatewayError
from gateway.local.engine import free_port
from gateway.local.local_stack import LocalStack, local_stack
from gateway.operations.stack import Stack
from gateway.paths import LOCAL
from tests.support.outside import Outside

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
WORK = LOCAL / f"e2e-{_WORKER}"
EMAIL = "frontdesk@example.com"
DOMAIN = "sms.example.com"
KEY = "arn:aws:kms:eu-west-1:000000000000:key/1"
PARAMETERS = {  # what is off by default; the stack below does without
    "MessagesEmail": EMAIL,
    "Routes": '{"+4534735477": "sales"}',
    "DomainName": DOMAIN,
    "DomainCertificateArn": "arn:aws:acm:eu-west-1:000000000000:certificate/1",
    "KmsKeyArn": KEY,
    "Tracing": "Active",
}

IMPATIENT = LOCAL / f"e2e-{_WORKER}-impatient"
SOON = {"FanoutTimeoutSeconds": "4", "VisibilityTimeoutSeconds": "13", "MaxReceives": "4", "LogLevel": "DEBUG"}

_GROUPS = {"running": "stack", "impatient_stack": "impatient stack"}  # by the fixture that a test uses


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share a stack together."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            for fixture in _GROUPS.keys() & set(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.xdist_group(_GROUPS[fixture]))


@pytest.fixture(scope="session")
def running() -> Iterator[LocalStack]:
    """Return the stack with its engine."""
    try:
        with local_stack(free_port(), work=WORK, parameters=PARAMETERS) as running:
            yield running
    except GatewayError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def impatient_stack() -> Iterator[LocalStack]:
    """Return a stack of its own for what harms a stack: it gives up after four tries of 13 s each, and logs
    everything.
    """
    with local_stack(free_port(), work=IMPATIENT, parameters=SOON) as running:
        yield running


@pytest.fixture(scope="session")
def impatient(impatient_stack: LocalStack) -> Outside:
    """Return that stack as somebody outside sees it."""
    return Outside(impatient_stack.stack, impatient_stack.aws.client)


@pytest.fixture(scope="session")
def stack(running: LocalStack) -> Stack:
    """Return what an outside script knows about the stack: the content of stack.json."""
    return running.stack


@pytest.fixture(scope="session")
def boto(running: LocalStack) -> Callable[[str], Any]:
    """Make a client of any AWS service, as the local engine serves it: `boto("sqs")`."""
    return running.aws.client


@pytest.fixture(scope="session")
def outside(stack: Stack, boto: Callable[[str], Any]) -> Iterator[Outside]:
    """Return the stack as somebody outside sees it. At the end: nothing is left that could not be published."""
    outside = Outside(stack, boto)
    yield outside
    assert outside.backlog("dead_letters") == 0
