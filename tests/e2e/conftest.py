"""The stack that tests share, with a few providers and everything on that is off by default."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.local.local_stack import LocalStack
from gateway.operations.stack import Stack
from gateway.paths import LOCAL, ROOT
from gateway.simulator import senders
from tests.support.installed import typing
from tests.support.outside import FIRST, SECOND, WITHOUT_ID, Outside
from tests.support.stacks import WORKER, only, started

WORK = LOCAL / f"e2e-{WORKER}"
EMAIL = "frontdesk@example.com"
DOMAIN = "sms.example.com"
KEY = "arn:aws:kms:eu-west-1:000000000000:key/1"
[CHOSEN] = json.loads((ROOT / "examples" / "filter-policies" / "one-provider.json").read_text())["provider"]
MMS = next(name for name, it in senders().items() if "mms" in it.callbacks)
ONE_OF_EACH_KIND = {it.secrets[0]: name for name, it in reversed(senders().items())}.values()  # of secrets
PARAMETERS = {
    **only(FIRST, SECOND, WITHOUT_ID, CHOSEN, MMS, *ONE_OF_EACH_KIND),
    "CopyMediaOf": f"{MMS},{SECOND}",
    "MessagesEmail": EMAIL,
    "Routes": '{"+4534735477": "sales"}',
    "DomainName": DOMAIN,
    "DomainCertificateArn": "arn:aws:acm:eu-west-1:000000000000:certificate/1",
    "KmsKeyArn": KEY,
    "Tracing": "Active",
    "LogLevel": "DEBUG",
}


@pytest.fixture(scope="package")
def running() -> Iterator[LocalStack]:
    """Return the stack with its engine."""
    with started(WORK, PARAMETERS) as running:
        yield running


@pytest.fixture(scope="package")
def stack(running: LocalStack) -> Stack:
    """Return what an outside script knows about the stack: the content of stack.json."""
    return running.stack


@pytest.fixture(scope="package")
def boto(running: LocalStack) -> Callable[[str], Any]:
    """Make a client of any AWS service, as the local engine serves it: `boto("sqs")`."""
    return cache(running.aws.client)


@pytest.fixture(scope="package")
def outside(stack: Stack, boto: Callable[[str], Any]) -> Iterator[Outside]:
    """Return the stack as somebody outside sees it. At the end: nothing is left that could not be published."""
    outside = Outside(stack, boto)
    yield outside
    assert outside.backlog("dead_letters") == 0


@pytest.fixture
def work(stack: Stack, tmp_path: Path) -> Path:
    """Return a folder in which the stack is announced, far from the project's own."""
    stack.write(tmp_path / "stack.json")
    return tmp_path


@pytest.fixture
def gateway(work: Path) -> Callable[..., Any]:
    """Type a command, give what it prints in JSON. In this process, as another would load everything anew."""

    def run(*words: str, status: int | None = 0) -> Any:
        ended = typing([*words, f"--work={work}", "--json"])
        assert status in {None, ended.exit_code}, ended.output
        return json.loads(ended.stdout)

    return run
