"""docs/cost.md says what `make cost` prints, and that is what the template has and pencil and paper say."""

import pytest

from bench.cost import PAGE, alarm_metrics, chosen_parameters, of_texts, page
from bench.price_list import MILLION, PRICES
from bench.prices import PRICES as BILLED
from gateway.template import providers_of_profile
from tests.support.template import template

TEXT = PAGE.read_text(encoding="utf-8")
PROVIDERS = len(providers_of_profile())
ONE_LESS = {"Providers": ",".join([*providers_of_profile()][1:])}


def test_the_page_has_the_tables_as_they_come_out_now() -> None:
    beyond_the_free_tier = (alarm_metrics(chosen_parameters()) - 10) * PRICES["CloudWatch alarms"].dollars

    assert page(TEXT) == TEXT, "run `make cost`"
    assert f"the alarms beyond ten: ${beyond_the_free_tier:.2f}" in TEXT.replace("\n", " ")


def test_what_a_million_texts_cost_by_pencil_and_paper() -> None:
    alone = {item.what: item.dollars for item in of_texts(MILLION, 1)}
    by_hand = {
        "HTTP API": 1.00, "Lambda, requests": 0.40, "Lambda, time": 0.5 * (0.05 + 0.064) * 13.3334,
        "SQS: send, receive, delete": 1.20, "DynamoDB, two writes": 1.25, "SNS, publish": 0.50, "logs, ingested": 0.35,
    }  # fmt: skip

    assert {what: alone[what] for what in by_hand} == pytest.approx(by_hand)
    assert sum(item.dollars for item in of_texts(MILLION, 10)) < sum(alone.values())
    assert sum(item.dollars for item in of_texts(0, 1)) == 0


def test_each_alarm_counts_for_the_metrics_that_it_watches() -> None:
    by_default = alarm_metrics(chosen_parameters())
    alarms = [each for each in template()["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    unconditional = [each for each in alarms if "Condition" not in each]

    assert len(unconditional) < by_default < 3 * len(alarms)
    assert alarm_metrics(chosen_parameters({"SilenceAnomalies": "true"})) == by_default + PROVIDERS * 3
    assert alarm_metrics(chosen_parameters({"SilenceHours": "24"})) == by_default + PROVIDERS
    assert alarm_metrics(chosen_parameters({"SilenceHours": "24"} | ONE_LESS)) == by_default + PROVIDERS - 1


def test_the_benchmark_bills_by_the_same_prices() -> None:
    assert {name: PRICES[name] for name in BILLED} == BILLED
