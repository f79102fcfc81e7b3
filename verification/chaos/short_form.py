"""The short form of `make chaos`: every provider's retries against a stack whose AWS and workers fail."""

import pytest

from gateway.local.local_stack import LocalStack
from tests.support.stacks import IMPATIENT, SOON
from verification.chaos.accounts import End
from verification.chaos.run import Setting, run_on

SHORT = Setting(  # by this seed, the first request to each service meets a fault
    messages=100, seed=29, faults=0.13, kills=150, faster=1000, function_seconds=int(SOON["FanoutTimeoutSeconds"])
)


@pytest.mark.timeout(900)  # half a minute on a machine of one's own
def test_nothing_is_lost_and_nothing_is_doubled_without_excuse(impatient_stack: LocalStack) -> None:
    result = run_on(impatient_stack, SHORT, IMPATIENT)

    assert [(account.message.token, account.wrong) for account in result.wrong] == []
    assert len(result.accounts) >= SHORT.messages
    assert sum(account.end is End.ONCE for account in result.accounts) > SHORT.messages / 2
    assert sum(account.end is End.QUARANTINED for account in result.accounts) > 0
    # Without these it would prove nothing.
    assert result.journal.injected.total() > 50
    assert {service for service, _ in result.journal.injected} == {"dynamodb", "s3", "sns", "sqs", "ssm"}
    assert result.workers.killed.total() > 0
