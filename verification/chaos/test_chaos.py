"""The short form of `make chaos`: every provider's retries against a stack whose AWS and workers fail."""

import pytest

from gateway.paths import LOCAL
from verification.chaos.accounts import End
from verification.chaos.run import Setting, run

SHORT = Setting(messages=140, seed=3, faults=0.1, kills=250, faster=1000)  # a seed by which each service fails early


@pytest.mark.timeout(900)  # half a minute on a machine of one's own
def test_nothing_is_lost_and_nothing_is_doubled_without_excuse() -> None:
    result = run(SHORT, LOCAL / "chaos-short")

    assert [(account.message.token, account.wrong) for account in result.wrong] == []
    assert len(result.accounts) >= SHORT.messages
    assert sum(account.end is End.ONCE for account in result.accounts) > SHORT.messages / 2
    assert sum(account.end is End.QUARANTINED for account in result.accounts) > 0
    # Without these it would prove nothing.
    assert result.journal.injected.total() > 50
    assert {service for service, _ in result.journal.injected} == {"dynamodb", "s3", "sns", "sqs", "ssm"}
    assert result.workers.killed.total() > 0
