"""docs/cost.md says what `make cost` prints, and that is what pencil and paper say."""

import pytest

from bench.cost import PAGE, alarm_metrics, chosen_parameters, of_texts, page
from bench.price_list import MILLION, PRICES
from bench.prices import PRICES as BILLED

TEXT = PAGE.read_text(encoding="utf-8")


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


def test_the_benchmark_bills_by_the_same_prices() -> None:
    assert {name: PRICES[name] for name in BILLED} == BILLED
