"""docs/scale.md: its figures are the template's, and the simulation behind them loses and invents nothing."""

from dataclasses import replace
from typing import Any

import pytest

from bench.scale import quotas, report
from bench.scale.experiments import experiments
from bench.scale.front_door import Stream
from bench.scale.providers import RETRIES
from bench.scale.quotas import REGIONS, Quotas
from bench.scale.simulation import Simulation
from bench.scale.stack import Stack
from bench.scale.times import Times
from bench.template import holds, template
from tests.support.providers import ROOT
from tests.support.template import default

PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
FLOODING, *QUIET = sorted(RETRIES, key=lambda name: sum(RETRIES[name]))  # the first to give up floods


def flood(messages: int, seconds: float, quiet: float = 0.0) -> list[Stream]:
    return [Stream(FLOODING, messages / seconds, messages), *(Stream(name, quiet) for name in QUIET if quiet)]


def test_the_page_has_the_limits_of_the_template_and_a_row_for_every_case() -> None:
    for title, content in (("limits", report.limits()), ("cold", report.cold())):
        assert report.put(PAGE, title, content) == PAGE, "run `make simulate`"
    for experiment in experiments(1_000_000):
        shown = PAGE.partition(f"<!-- {experiment.title}: begin -->")[2].partition("<!--")[0]
        rows = [line.split("|")[1].strip() for line in shown.strip().splitlines()[2:]]
        assert rows == [case.name for case in experiment.cases], "run `make simulate`"
    named = ("ThrottleRate", "ThrottleBurst", "FanoutBatchSize", "FanoutBatchWindowSeconds", "FanoutMinimumPollers")
    assert [name for name in named if f"`{name}` {default(name):,}" not in PAGE] == []


@pytest.mark.parametrize(
    ("streams", "region", "changes", "happens"),
    [
        (flood(600, 60), REGIONS[0], {}, "published"),
        (flood(5_000, 2), REGIONS[0], {"throttle_rate": 50, "throttle_burst": 50}, "given_up"),
        (flood(1_500, 1), REGIONS[3], {"concurrency": 20}, "throttled_by_sns"),
        (flood(2_000, 1), REGIONS[3], {"concurrency": 20, "max_receives": 2}, "dead"),
        (flood(5_000, 3), REGIONS[0], {"concurrency": None, "pollers": (2, 20)}, "poller_seconds"),
        (flood(5_000, 5), replace(REGIONS[0], lambda_concurrency=10), {}, "refused"),
    ],
    ids=["calm", "throttled", "SNS refuses", "few receives", "pollers", "Lambda is short"],
)
def test_nothing_is_lost_and_nothing_comes_from_nowhere(
    streams: list[Stream], region: Quotas, changes: dict[str, Any], happens: str
) -> None:
    stack = replace(Stack.deployed(REGIONS[0].name), **changes)
    result = Simulation(streams, stack, region, Times(cold_start=0)).run()

    assert result.posted == result.published + result.given_up + result.dead
    assert result.posted[FLOODING] == streams[0].total
    assert result.taken == result.published.total() + result.dead.total()
    assert getattr(result, happens), "what the case is there for"


@pytest.mark.parametrize("region", [REGIONS[0], REGIONS[-1]], ids=["the widest quotas", "the narrowest"])
def test_a_flood_of_one_provider_does_not_delay_the_others(region: Quotas) -> None:
    result = Simulation(flood(10_000, 2.5, quiet=10), Stack.deployed(region.name), region, Times()).run()

    assert result.latency(0.99, *QUIET) < 1
    assert result.latency(0.5, *QUIET) < 0.3


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.name)
def test_the_defaults_keep_to_a_new_accounts_quotas_even_when_the_fan_out_is_twice_as_fast(region: Quotas) -> None:
    stack = Stack.deployed(region.name)
    assert stack.concurrency is not None
    rate = stack.concurrency * Times().worker_rate(stack.batch_size)

    assert rate <= region.sns_rate
    assert 2 * rate <= quotas.TABLE_WRITES_INITIAL
    assert 2 * rate <= region.sns_rate or stack.concurrency == 2, "AWS takes no less than 2"
    assert stack.throttle_rate < region.api_rate
    assert stack.throttle_burst < region.api_burst


@pytest.mark.parametrize(
    ("parameters", "broken"),
    [
        ({"FanoutBatchSize": 11}, {"LargeBatchesNeedAWindow"}),
        ({"FanoutBatchSize": 100, "FanoutBatchWindowSeconds": 1}, set()),
        ({"FanoutConcurrency": 1}, {"AtLeastTwo"}),
        ({"FanoutMinimumPollers": 1}, {"AtLeastTwo"}),
        ({"FanoutMinimumPollers": 2, "FanoutConcurrency": 20}, {"PollersReplaceConcurrency"}),
        ({"DomainName": "sms.example.com", "DomainCertificateArn": "arn"}, set()),
        ({"DomainName": "sms.example.com"}, {"ADomainHasACertificate"}),
        ({"DomainHostedZoneId": "Z1", "DomainCertificateArn": "arn"}, {"ADomainHasACertificate"}),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_deployed(
    parameters: dict[str, Any], broken: set[str]
) -> None:
    chosen = {name: parameter.get("Default") for name, parameter in template()["Parameters"].items()} | parameters
    assert {
        name
        for name, rule in template()["Rules"].items()
        if ("RuleCondition" not in rule or holds(rule["RuleCondition"], chosen))
        and not all(holds(assertion["Assert"], chosen) for assertion in rule["Assertions"])
    } == broken
