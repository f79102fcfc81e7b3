"""Going over to the alias of gradual deployments, and back, on the running stack: what was deployed last is in force.

The engine has no CodeDeploy, so the alias moves at once; and its API goes on calling the functions themselves.
"""

import pytest

from gateway.local.local_stack import NAME, LocalStack, deploy
from gateway.operations.deployed import Deployed, outputs_of
from gateway.operations.gradual import ALIAS, AT_ONCE, write
from gateway.paths import LOCAL
from tests.support.outside import Outside
from tests.support.stacks import IMPATIENT, SOON
from tests.support.versions import this_version


def in_force(stack: LocalStack) -> dict[str, str]:
    """Return the LogLevel of each function, by its name or its alias's: of that which the queue's poller calls, too."""
    aws = stack.aws
    names = set(Deployed(None, outputs_of(aws.cloudformation, NAME)).in_force.values())
    mappings = aws.functions.list_event_source_mappings()["EventSourceMappings"]
    called = {mapping["FunctionArn"].partition(":function:")[2] for mapping in mappings}
    ours = {name for name in called if name.startswith(f"{NAME}-FanoutFunction")}  # there may be other stacks
    assert ours < names
    found = {name: aws.functions.get_function_configuration(FunctionName=name) for name in names}
    return {name: each["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] for name, each in found.items()}


@pytest.mark.timeout(300)  # half a minute on a machine of one's own
def test_over_to_the_alias_and_back_a_changed_value_is_in_force(
    impatient_stack: LocalStack, impatient: Outside
) -> None:
    built = this_version(LOCAL / "gradual").template

    def check(level: str, *, alias: bool) -> None:
        found = in_force(impatient_stack)
        assert set(found.values()) == {level}
        assert all(name.endswith(f":{ALIAS}") == alias for name in found)
        event = impatient.text("+4520000001", "+4534735477", f"while the level is {level}")
        assert len(impatient.events_with(event)) == 1

    try:
        for level in ("WARNING", "INFO"):
            gradual = write(built, level.encode(), AT_ONCE)
            deploy(impatient_stack.aws, IMPATIENT, {**SOON, "LogLevel": level}, gradual)
            check(level, alias=True)
    finally:
        deploy(impatient_stack.aws, IMPATIENT, SOON, built)  # as it was
    check(SOON["LogLevel"], alias=False)
