"""What the template makes of the parameters of the event source, in each region."""

from typing import Any

import pytest

from bench.scale import quotas
from bench.scale.quotas import REGIONS, Quotas
from bench.scale.stack import Stack
from bench.scale.times import Times
from bench.template import holds, template

EVERY_REGION = pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.name)


def broken_rules(**parameters: Any) -> set[str]:
    """Return the rules that would stop a deployment."""
    chosen = {name: parameter.get("Default") for name, parameter in template()["Parameters"].items()} | parameters
    return {
        name
        for name, rule in template()["Rules"].items()
        if ("RuleCondition" not in rule or holds(rule["RuleCondition"], chosen))
        and not all(holds(assertion["Assert"], chosen) for assertion in rule["Assertions"])
    }


@EVERY_REGION
def test_the_fan_out_keeps_to_the_quotas_of_a_new_account_even_when_it_is_twice_as_fast(region: Quotas) -> None:
    stack = Stack.deployed(region.name)
    assert stack.concurrency is not None
    rate = stack.concurrency * Times().worker_rate(stack.batch_size)

    assert rate <= region.sns_rate
    assert 2 * rate <= quotas.TABLE_WRITES_INITIAL
    assert 2 * rate <= region.sns_rate or stack.concurrency == 2, "AWS takes no less than 2"


@EVERY_REGION
def test_a_route_may_not_ask_for_more_than_the_account_has_and_leaves_some_to_the_others(region: Quotas) -> None:
    stack = Stack.deployed(region.name)
    assert stack.throttle_rate < region.api_rate
    assert stack.throttle_burst < region.api_burst


def test_lambda_s_own_pollers_or_provisioned_ones() -> None:
    own, provisioned = Stack.deployed("eu-west-1"), Stack.deployed("eu-west-1", FanoutMinimumPollers=5)
    assert (own.concurrency, own.pollers) == (20, None)
    assert (provisioned.concurrency, provisioned.pollers) == (None, (5, 20))


@pytest.mark.parametrize(
    ("region", "given", "workers"),
    [("us-east-1", 0, 20), ("eu-central-1", 0, 7), ("eu-south-1", 0, 2), ("a-new-one", 0, 2), ("eu-south-1", 33, 33)],
)
def test_a_concurrency_that_is_given_counts_in_every_region(region: str, given: int, workers: int) -> None:
    assert Stack.deployed(region, FanoutConcurrency=given).concurrency == workers


@pytest.mark.parametrize(
    ("parameters", "broken"),
    [
        ({}, set()),
        ({"FanoutBatchSize": 10}, set()),
        ({"FanoutBatchSize": 11}, {"LargeBatchesNeedAWindow"}),
        ({"FanoutBatchSize": 100}, {"LargeBatchesNeedAWindow"}),
        ({"FanoutBatchSize": 100, "FanoutBatchWindowSeconds": 1}, set()),
        ({"FanoutBatchSize": 5, "FanoutBatchWindowSeconds": 1}, set()),
        ({"FanoutConcurrency": 1}, {"AtLeastTwo"}),
        ({"FanoutConcurrency": 2}, set()),
        ({"FanoutMinimumPollers": 1}, {"AtLeastTwo"}),
        ({"FanoutMinimumPollers": 2}, set()),
        ({"FanoutMinimumPollers": 2, "FanoutConcurrency": 20}, {"PollersReplaceConcurrency"}),
        ({"DomainName": "sms.example.com", "DomainCertificateArn": "arn"}, set()),
        ({"DomainName": "sms.example.com"}, {"ADomainHasACertificate"}),
        ({"DomainHostedZoneId": "Z1", "DomainCertificateArn": "arn"}, {"ADomainHasACertificate"}),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_deployed(
    parameters: dict[str, Any], broken: set[str]
) -> None:
    assert broken_rules(**parameters) == broken


def test_warm_writes_are_asked_for_only_when_given() -> None:
    assert Stack.deployed("eu-west-1").warm_writes == 0
    assert Stack.deployed("eu-west-1", ClaimsWarmWrites=60_000).warm_writes == 60_000


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(ValueError, match="FanoutBatches"):
        Stack.deployed("eu-west-1", FanoutBatches=3)
