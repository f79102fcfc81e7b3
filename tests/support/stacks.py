"""The real template, deployed by SAM to the local engine, once for all tests here."""

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

WORK = LOCAL / os.environ.get("E2E_WORK", "e2e")  # one for each process that runs tests
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

IMPATIENT = LOCAL / "e2e-impatient"
SOON = {"FanoutTimeoutSeconds": "4", "VisibilityTimeoutSeconds": "13", "MaxReceives": "4", "LogLevel": "DEBUG"}


@pytest.fixture(scope="session")
def running() -> Iterator[LocalStack]:
    """The stack with its engine."""
    try:
        with local_stack(free_port(), work=WORK, parameters=PARAMETERS) as running:
            yield running
    except GatewayError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def impatient_stack() -> Iterator[LocalStack]:
    """A stack of its own for what harms a stack: it gives up after four tries of 13 s each, and logs everything."""
    with local_stack(free_port(), work=IMPATIENT, parameters=SOON) as running:
        yield running


@pytest.fixture(scope="session")
def impatient(impatient_stack: LocalStack) -> Outside:
    """That stack as somebody outside sees it."""
    return Outside(impatient_stack.stack, impatient_stack.aws.client)


@pytest.fixture(scope="session")
def stack(running: LocalStack) -> Stack:
    """What an outside script knows about the stack: the content of stack.json."""
    return running.stack


@pytest.fixture(scope="session")
def boto(running: LocalStack) -> Callable[[str], Any]:
    """Makes a client of any AWS service, as the local engine serves it: `boto("sqs")`."""
    return running.aws.client


@pytest.fixture(scope="session")
def outside(stack: Stack, boto: Callable[[str], Any]) -> Iterator[Outside]:
    """The stack as somebody outside sees it. At the end: nothing is left that could not be published."""
    outside = Outside(stack, boto)
    yield outside
    assert outside.backlog("dead_letters") == 0
