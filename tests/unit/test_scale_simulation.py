"""What holds in every simulation, and what pencil and paper say about simple ones."""

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from bench.scale.cost import cost
from bench.scale.front_door import Stream
from bench.scale.providers import RETRIES
from bench.scale.quotas import BY_NAME, REGIONS, Quotas
from bench.scale.result import Result
from bench.scale.simulation import Simulation
from bench.scale.stack import Stack
from bench.scale.times import Times

WIDE = Quotas("wide", "everything raised", 1e6, 1e6, 1e6, lambda_concurrency=10_000, table_writes=1e6)
WARM = Times(cold_start=0)
QUIET = ("sinch", "url-networks", "agile-telecom")


def stack(region: Quotas = REGIONS[0], **changes: object) -> Stack:
    return replace(Stack.deployed(region.name), **changes)  # type: ignore[arg-type]


def flood(messages: int, seconds: float, provider: str = "8x8", quiet: float = 0.0) -> list[Stream]:
    others = [Stream(name, quiet) for name in QUIET if quiet and name != provider]
    return [Stream(provider, messages / seconds, messages), *others]


def run(streams: list[Stream], stack_: Stack, region: Quotas = WIDE, times: Times = WARM) -> Result:
    return Simulation(streams, stack_, region, times).run()


CASES = {
    "calm": (flood(600, 60), stack(), REGIONS[0]),
    "a burst": (flood(20_000, 10, quiet=5), stack(), REGIONS[2]),
    "throttled, 8x8 gives up": (flood(20_000, 5), stack(throttle_rate=50, throttle_burst=50), REGIONS[0]),
    "throttled, Sinch waits": (flood(3_000, 3, "sinch"), stack(throttle_rate=300, throttle_burst=300), REGIONS[0]),
    "SNS refuses": (flood(20_000, 10, quiet=5), stack(concurrency=20), REGIONS[3]),
    "SNS refuses, few receives": (flood(20_000, 10), stack(concurrency=20, max_receives=2), REGIONS[3]),
    "the table refuses": (flood(40_000, 10), stack(concurrency=100, throttle_rate=9_000, throttle_burst=5_000), WIDE),
    "pollers": (flood(20_000, 10), stack(concurrency=None, pollers=(2, 20)), REGIONS[0]),
    "large batches": (flood(20_000, 10), stack(batch_size=100, batch_window=1), REGIONS[0]),
    "Lambda is short": (flood(5_000, 5), stack(), replace(REGIONS[0], lambda_concurrency=10)),
}


@cache
def outcome(case: str) -> Result:
    return run(*CASES[case])


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_lost_and_nothing_comes_from_nowhere(case: str) -> None:
    result, [flooding, *_] = outcome(case), CASES[case][0]

    assert result.posted == result.published + result.given_up + result.dead
    assert result.posted[flooding.provider] == flooding.total
    assert result.taken == result.published.total() + result.dead.total()
    assert all(result.latencies[name].total() == count for name, count in result.published.items())
    assert result.samples[-1].depth <= result.depth


def test_the_cases_above_do_what_they_are_called() -> None:
    results = {name: outcome(name) for name in CASES}
    assert results["throttled, 8x8 gives up"].given_up["8x8"] > 0
    assert results["throttled, Sinch waits"].given_up.total() == 0
    assert results["throttled, Sinch waits"].latency(1, "sinch") > 10
    assert results["SNS refuses"].throttled_by_sns > 0
    assert results["SNS refuses, few receives"].dead["8x8"] > 0
    assert results["the table refuses"].throttled_by_table > 0
    assert results["pollers"].poller_seconds > 0
    assert results["Lambda is short"].refused > 0


def test_the_same_input_gives_the_same_output() -> None:
    assert run(*CASES["pollers"]) == outcome("pollers")


@pytest.mark.parametrize(("workers", "batch_size"), [(2, 10), (10, 10), (20, 10), (20, 1), (10, 100)])
def test_a_backlog_drains_in_its_size_over_the_workers_rate(workers: int, batch_size: int) -> None:
    size = stack(concurrency=workers, batch_size=batch_size, batch_window=0, throttle_rate=10**6, throttle_burst=10**6)
    messages = 30_000
    result = run(flood(messages, 1), size, replace(WIDE, table_writes=4_000))

    expected = messages / (workers * WARM.worker_rate(batch_size))
    ramp = max(0, workers - 5) ** 2 / 2 / 5 / workers  # from 5 workers, 5 more a second
    assert result.drained_at == pytest.approx(expected + ramp, rel=0.03, abs=1)
    assert result.most_workers == workers
    assert result.worker_seconds == pytest.approx(messages / WARM.worker_rate(batch_size), rel=0.02)


@pytest.mark.parametrize(("tier", "rate"), [(2, 1_500), (3, 300)])
def test_sns_lets_through_its_rate_and_no_more(tier: int, rate: int) -> None:
    result = run(flood(rate * 60, 10), stack(concurrency=40, throttle_rate=10**6, throttle_burst=10**6), REGIONS[tier])
    per_second = Counter[int]()
    for (at, before), (_, after) in zip(
        [(each.at, each.published) for each in result.samples],
        [(each.at, each.published) for each in result.samples][1:],
        strict=False,
    ):
        per_second[int(at)] += after - before

    assert max(per_second.values()) <= 2 * rate, "a second's burst, and a second's rate"
    assert result.published.total() <= rate * (result.drained_at + 1) + 10


def test_the_table_takes_its_writes_and_no_more() -> None:
    fast = stack(concurrency=200, throttle_rate=10**6, throttle_burst=10**6)
    cold = run(flood(60_000, 5), fast)
    warm = run(flood(60_000, 5), replace(fast, warm_writes=100_000))

    assert cold.writes <= 4_000 * (cold.drained_at + 1)
    assert cold.throttled_by_table > warm.throttled_by_table == 0
    assert warm.drained_at < cold.drained_at


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.name)
def test_a_flood_of_one_provider_does_not_delay_the_others(region: Quotas) -> None:
    streams = flood(30_000, 15, quiet=10)
    fair = run(streams, Stack.deployed(region.name), region, Times())
    unfair = run(streams, replace(Stack.deployed(region.name), fair=False), region, Times())

    assert fair.latency(0.99, *QUIET) < 1
    assert fair.latency(0.5, *QUIET) < 0.3
    if unfair.age > 5:
        assert unfair.latency(0.5, *QUIET) > 10 * fair.latency(0.5, *QUIET)


def test_lambda_s_own_pollers_grow_by_five_workers_a_second_and_provisioned_ones_are_there() -> None:
    wide = {"throttle_rate": 10**6, "throttle_burst": 10**6, "warm_writes": 10**6}
    own = run(flood(60_000, 1), stack(concurrency=200, **wide))
    provisioned = run(flood(60_000, 1), stack(concurrency=None, pollers=(20, 20), **wide))

    assert own.most_workers == pytest.approx(5 + 5 * own.drained_at, rel=0.05)
    assert provisioned.drained_at == pytest.approx(60_000 / 2_000, rel=0.1), "100 messages a second for each poller"
    assert provisioned.most_workers <= 200


def test_a_window_delays_quiet_times_by_as_much() -> None:
    calm = flood(300, 60)
    at_once = run(calm, stack())
    waiting = run(calm, stack(batch_window=2))

    assert at_once.latency(1, "8x8") < 0.3
    assert 1.9 < waiting.latency(1, "8x8") < 2.5
    assert waiting.batches < at_once.batches


def test_a_provider_gives_up_when_its_retries_are_over() -> None:
    closed = stack(throttle_rate=0, throttle_burst=0)
    for provider, pauses in RETRIES.items():
        result = run([Stream(provider, 10, 10)], closed)
        assert result.given_up[provider] == 10
        assert result.refused == 10 * (1 + len(pauses))


def test_the_cost_is_what_was_counted() -> None:
    result = Result(taken=1_000_000, received=1_000_000, batches=100_000, writes=2_000_000, publications=100_000)
    price = cost(result, stack(), Times(webhook=0))
    assert price == pytest.approx(1.00 + 0.22 + 0.48 + 1.25 + 0.05 + 0.35)


def test_every_kind_of_region_has_its_name() -> None:
    assert list(BY_NAME.values()) == list(REGIONS)
