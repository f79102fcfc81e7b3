"""docs/cost.md says what `make cost` prints, and that is what the template has and pencil and paper say."""

import pytest

from bench.cost import PAGE, alarm_metrics, chosen_parameters, of_a_month, of_texts, page
from bench.price_list import MILLION, PRICES
from bench.prices import PRICES as BILLED
from gateway.template import providers_of_profile
from tests.support.template import template

TEXT = PAGE.read_text(encoding="utf-8")
PROVIDERS = len(providers_of_profile())
ONE_LESS = {"Providers": ",".join([*providers_of_profile()][1:])}
WITH_A_TOPIC = {name: "true" for name in template()["Parameters"] if name.startswith("Enable")}


def dollars(what: str, **parameters: str) -> float:
    [item] = [item for item in of_a_month(idle=False, parameters=parameters) if item.what == what]
    return item.dollars


def test_the_page_has_the_tables_as_they_come_out_now() -> None:
    assert page(TEXT) == TEXT, "run `make cost`"


def test_what_a_million_texts_cost_by_pencil_and_paper() -> None:
    alone = {item.what: item.dollars for item in of_texts(MILLION, 1)}

    assert alone["HTTP API"] == 1.00
    assert alone["Lambda, requests"] == 0.40
    assert alone["Lambda, time"] == pytest.approx(0.5 * (0.05 + 0.064) * 13.3334)
    assert alone["SQS: send, receive, delete"] == pytest.approx(1.20)
    assert alone["DynamoDB, two writes"] == 1.25
    assert alone["SNS, publish"] == 0.50
    assert alone["logs, ingested"] == pytest.approx(0.35)
    assert sum(item.dollars for item in of_texts(MILLION, 10)) < sum(alone.values())
    assert sum(item.dollars for item in of_texts(0, 1)) == 0


def test_a_month_costs_what_is_there() -> None:
    assert dollars("dashboard") == 3.00
    assert dollars("metrics of the routes") == 0
    assert dollars("metrics of the routes", RouteMetrics="true") == pytest.approx(PROVIDERS * 6 * 0.30)
    fewer = dollars("metrics of the routes", RouteMetrics="true", **ONE_LESS)
    assert fewer == pytest.approx((PROVIDERS - 1) * 6 * 0.30)
    assert dollars("counts of the functions") == pytest.approx((PROVIDERS + 2) * 0.30)
    assert dollars("waiting at the queue") == pytest.approx(0.2628)
    assert dollars("waiting at the queue", **WITH_A_TOPIC) == pytest.approx(2 * 0.2628)
    assert dollars("provisioned pollers", FanoutMinimumPollers="2") == pytest.approx(2 * 6.7525)
    assert dollars("a key of our own") == 0
    assert dollars("a key of our own", KmsKeyArn="arn:aws:kms:...") == 1.00


def test_each_alarm_counts_for_the_metrics_that_it_watches() -> None:
    by_default = alarm_metrics(chosen_parameters())
    alarms = [each for each in template()["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    unconditional = [each for each in alarms if "Condition" not in each]

    assert len(unconditional) < by_default < 3 * len(alarms)
    assert alarm_metrics(chosen_parameters({"SilenceAnomalies": "true"})) == by_default + PROVIDERS * 3
    assert alarm_metrics(chosen_parameters({"SilenceHours": "24"})) == by_default + PROVIDERS
    assert alarm_metrics(chosen_parameters({"SilenceHours": "24"} | ONE_LESS)) == by_default + PROVIDERS - 1


def test_what_the_page_says_beside_its_tables() -> None:
    told = TEXT.replace("\n", " ")
    fixed = sum(item.dollars for item in of_a_month(idle=False))
    beyond_the_free_tier = (alarm_metrics(chosen_parameters()) - 10) * PRICES["CloudWatch alarms"].dollars

    assert f"the alarms beyond ten: ${beyond_the_free_tier:.2f}" in told
    assert 1 <= fixed / sum(item.dollars for item in of_texts(MILLION, 1)) < 2, "a million texts"
    key, request, zone, trace = (PRICES[name] for name in ("KMS key", "KMS requests", "Route 53", "X-Ray"))
    assert f"`KmsKeyArn`: ${key.dollars:.2f} a month, and ${request.of(10_000):.2f} for 10,000 requests" in told
    # A data key is good for five minutes: two requests for each who sends, one for each who receives (AWS's formulas).
    topic, queue = (730 * 12 * each for each in (2 * 1, 2 * 4 + 1))
    assert f"up to {queue + 2 * topic:,} a month, ${request.of(queue + 2 * topic):.2f}" in told
    assert f"up to {topic:,} requests a month for each topic, ${request.of(topic):.2f}" in told
    assert f"its zone in Route 53, if it has one, ${zone.dollars:.2f} a month" in told
    assert f"`Tracing=Active`: ${trace.of(MILLION):.0f} for a million traces" in told
    of_a_route = 6 * PRICES["CloudWatch metrics"].dollars
    assert f"`RouteMetrics`: 6 for each route, in the hours in which it is used, ${of_a_route:.2f} a month" in told
    assert f"`FanoutMinimumPollers`: ${dollars('provisioned pollers', FanoutMinimumPollers='1'):.2f} a month" in told


def test_the_benchmark_bills_by_the_same_prices() -> None:
    assert {name: PRICES[name] for name in BILLED} == BILLED
