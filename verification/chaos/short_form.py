"""The short form of `make chaos`: every provider's retries against a stack whose AWS and workers fail."""

import pytest

from gateway.local.local_stack import LocalStack
from tests.support.stacks import IMPATIENT, SOON
from verification.chaos.accounts import End
from verification.chaos.run import run
from verification.chaos.trial import Trial

COUNT = 100
SECONDS = int(SOON["FanoutTimeoutSeconds"])


@pytest.mark.timeout(900)  # half a minute on a machine of one's own
def test_nothing_is_lost_and_nothing_is_doubled_without_excuse(impatient_stack: LocalStack) -> None:
    # By this seed, the first request to each service meets a fault, and soon there is each kind of them.
    trial = Trial(impatient_stack, IMPATIENT, seed=188_572, faults=0.13, function_seconds=SECONDS, faster=1000)
    result = run(trial, COUNT)

    assert [(account.message.token, account.wrong) for account in result.wrong] == []
    assert len(result.accounts) >= COUNT
    assert sum(account.end is End.ONCE for account in result.accounts) > COUNT / 2
    assert sum(account.end is End.QUARANTINED for account in result.accounts) > 0
    # Without these it would prove nothing.
    injected = trial.proxy.journal.injected
    assert injected.total() > COUNT / 4
    assert {service for service, _ in injected} == {"dynamodb", "s3", "sns", "sqs", "ssm"}
    assert trial.workers.killed.total() > 0
