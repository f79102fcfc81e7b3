"""The short form of `make upgrade`: a version over the one that runs, by `sam deploy`, with messages in every state."""

import pytest

from gateway.local.local_stack import LocalStack
from gateway.paths import LOCAL
from tests.support.outside import Outside
from tests.support.stacks import IMPATIENT, SOON
from tests.support.versions import in_another_guise, this_version
from verification.chaos.accounts import End
from verification.chaos.trial import Trial
from verification.upgrade.run import CLAIMED, GIVEN_UP, MEANWHILE, SET_ASIDE, STATES, Upgrade

WORK = LOCAL / "upgrade-short"


@pytest.mark.timeout(600)  # half a minute on a machine of one's own
def test_an_update_loses_nothing_doubles_nothing_and_keeps_what_holds_the_messages(
    impatient_stack: LocalStack, impatient: Outside
) -> None:
    impatient.dead_letters()  # what other tests left, and what can never be published
    before = this_version(WORK, **SOON)
    changed = {"MaxReceives": "5", "OptOutWords": "STOP,HALT", "FanoutConcurrency": "5", "LogRetentionDays": "14"}
    after = in_another_guise(before, WORK, **changed)

    trial = Trial(impatient_stack, IMPATIENT, function_seconds=int(SOON["FanoutTimeoutSeconds"]))
    [stage], result = Upgrade(trial).run([before, after])

    assert [(account.message.token, account.wrong) for account in result.wrong] == []
    assert stage.moved == {}
    # Without these it would prove nothing.
    assert stage.same_code == []
    assert stage.unpublished_claims >= STATES[CLAIMED]
    assert stage.redriven == STATES[GIVEN_UP]
    assert stage.replayed == STATES[SET_ASIDE]
    assert len(stage.flight[MEANWHILE]) > 0
    assert sum(account.end is End.ONCE for account in result.accounts) > 25
    assert {account.end for account in result.accounts} <= {End.ONCE, End.DOUBLED, End.QUARANTINED, End.DEAD}
