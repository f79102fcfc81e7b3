"""What the gateway costs: the tables of docs/cost.md.

    python -m bench.cost [--write]

A text's part is arithmetic: what one text takes of each service (docs/scale.md), at the times that the simulation
assumes, at list prices. What a month costs whoever texts is counted in template.yaml.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bench.price_list import AS_OF, MILLION, PRICES
from bench.scale.cost import LOG_BYTES
from bench.scale.quotas import WRITES_OF_A_MESSAGE
from bench.scale.report import put
from bench.scale.stack import Stack
from bench.scale.times import Times
from bench.template import holds, template
from gateway.paths import ROOT
from gateway.template import providers_of_profile

PAGE = ROOT / "docs" / "cost.md"
VOLUMES = {"idle": 0, "10,000": 10_000, "1 million": MILLION, "100 million": 100 * MILLION}
TOGETHER = 10  # texts that the fan-out takes at once when many come

_SECONDS_OF_A_MONTH = 730 * 3_600
_DAYS_OF_A_MONTH = 730 / 24
_CLAIM_BYTES = 450  # of an item in the table, DynamoDB's 100 of overhead for each included
_EMPTY_RECEIVES_PER_MINUTE = 15  # Lambda's pollers of a quiet queue: five, each waiting for 20 s
_ROUTE_METRICS = 6  # API Gateway's detailed metrics of an HTTP API's route
_BAND = "ANOMALY_DETECTION_BAND"


@dataclass(frozen=True)
class Item:
    """A line of the bill: what it is, and how much of what it takes."""

    what: str
    price: str
    quantity: float

    @property
    def dollars(self) -> float:
        """What it costs."""
        return PRICES[self.price].of(self.quantity)


# ---- What a text takes ---------------------------------------------------------------------------------------------


def of_texts(texts: float, together: int, parameters: Mapping[str, Any] | None = None) -> list[Item]:
    """Return what texts cost that the fan-out takes so many at once of."""
    chosen = chosen_parameters(parameters)
    times, memory = Times(), Stack.deployed("us-east-1").memory / 1024
    batches = texts / together
    kept = min(1.0, float(chosen["ClaimRetentionDays"]) / _DAYS_OF_A_MONTH) * texts * _CLAIM_BYTES
    logs = texts * LOG_BYTES
    kept_logs = logs * float(chosen["LogRetentionDays"]) / _DAYS_OF_A_MONTH
    return [
        Item("HTTP API", "API Gateway", texts),
        Item("Lambda, requests", "Lambda requests", texts + batches),
        Item("Lambda, time", "Lambda time", (texts * times.webhook + batches * times.batch(together)) * memory),
        Item("SQS: send, receive, delete", "SQS", texts + 2 * batches),
        Item("DynamoDB, two writes", "DynamoDB", WRITES_OF_A_MESSAGE * texts),
        Item("DynamoDB, kept", "DynamoDB storage", kept),
        Item("DynamoDB, recoverable", "DynamoDB recovery", kept),
        Item("SNS, publish", "SNS", batches),
        Item("logs, ingested", "CloudWatch Logs", logs),
        Item("logs, kept", "CloudWatch Logs storage", kept_logs),
    ]


# ---- What the month takes ------------------------------------------------------------------------------------------


def of_a_month(*, idle: bool, parameters: Mapping[str, Any] | None = None) -> list[Item]:
    """Return what a month costs; where it is not idle, every enabled provider texts in every hour."""
    chosen = chosen_parameters(parameters)
    providers = 0 if idle else len(_webhooks(chosen))
    measured = providers if holds({"Condition": "RoutesMeasured"}, chosen) else 0
    counts = providers + 2 if providers else 0  # accepted, of each and of all; published
    pollers = int(chosen["FanoutMinimumPollers"])
    queues = len(_events(chosen, "SQS")) - bool(pollers)
    return [
        Item("alarms", "CloudWatch alarms", alarm_metrics(chosen)),
        Item("dashboard", "CloudWatch dashboards", len(_there("AWS::CloudWatch::Dashboard", chosen))),
        Item("metrics of the routes", "CloudWatch metrics", _ROUTE_METRICS * measured),
        Item("counts of the functions", "CloudWatch metrics", counts),
        Item("waiting at the queue", "SQS", queues * _EMPTY_RECEIVES_PER_MINUTE * _SECONDS_OF_A_MONTH / 60),
        Item("provisioned pollers", "Lambda pollers", pollers * _SECONDS_OF_A_MONTH / 3_600),
        Item("a key of our own", "KMS key", holds({"Condition": "KeyGiven"}, chosen)),
    ]


def alarm_metrics(chosen: Mapping[str, Any]) -> int:
    """Count the metrics that the alarms watch: a band of what is usual counts as two more."""
    found = 0
    for properties in _there("AWS::CloudWatch::Alarm", chosen):
        metrics = properties.get("Metrics", [{"MetricStat": {}}])
        watched = sum("MetricStat" in metric for metric in metrics)
        found += 3 * watched if any(_BAND in str(metric.get("Expression")) for metric in metrics) else watched
    return found


def chosen_parameters(parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the template's parameters: these, otherwise the defaults, and the providers of the development profile."""
    defaults = {name: each.get("Default") for name, each in template()["Parameters"].items()}
    return (
        defaults | {"AWS::Region": "us-east-1", "Providers": ",".join(providers_of_profile())} | dict(parameters or {})
    )


def _there(type_: str, chosen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the properties of the resources of a type that there are with these parameters."""
    return [
        resource["Properties"]
        for resource in template(chosen["Providers"])["Resources"].values()
        if resource["Type"] == type_
        and ("Condition" not in resource or holds({"Condition": resource["Condition"]}, dict(chosen)))
    ]


def _events(chosen: Mapping[str, Any], type_: str) -> list[dict[str, Any]]:
    functions = _there("AWS::Serverless::Function", chosen)
    events = [event for function in functions for event in function.get("Events", {}).values()]
    return [event["Properties"] for event in events if event["Type"] == type_]


def _webhooks(chosen: Mapping[str, Any]) -> list[str]:
    """Return the routes that carry texts: each provider uses one of its two."""
    paths = [event["Path"] for event in _events(chosen, "HttpApi")]
    return [path for path in paths if "{" not in path]


# ---- The tables ----------------------------------------------------------------------------------------------------


def months() -> str:
    """Return the table of what a month costs, at each volume."""
    fixed = {name: of_a_month(idle=not texts) for name, texts in VOLUMES.items()}
    alone = {name: of_texts(texts, 1) for name, texts in VOLUMES.items()}
    together = {name: sum(item.dollars for item in of_texts(texts, TOGETHER)) for name, texts in VOLUMES.items()}
    rows = [_row(item.what, (items[i].dollars for items in fixed.values())) for i, item in _used(fixed)]
    rows += [_row(item.what, (items[i].dollars for items in alone.values())) for i, item in _used(alone)]
    totals = {name: sum(item.dollars for item in fixed[name]) for name in VOLUMES}
    rows.append(_row("**all, each text by itself**", (totals[n] + sum(i.dollars for i in alone[n]) for n in VOLUMES)))
    rows.append(_row("**all, ten texts at a time**", (totals[name] + together[name] for name in VOLUMES)))
    return _table(["texts a month", *VOLUMES], rows)


def million() -> str:
    """Return the table of what a million texts cost."""
    both = [of_texts(MILLION, together) for together in (1, TOGETHER)]
    rows = [
        [one.what, *(cell for item in (one, ten) for cell in (f"{item.quantity / MILLION:.4g}", f"{item.dollars:.2f}"))]
        for one, ten in zip(*both, strict=True)
    ]
    sums = [f"**{sum(item.dollars for item in items):.2f}**" for items in both]
    rows.append(["**all**", "", sums[0], "", sums[1]])
    return _table(["of a million texts", "each by itself, a text", "$", "ten at a time, a text", "$"], rows)


def price_list() -> str:
    """Return the table of the prices."""
    rows = [[name, f"{each.dollars:g}", f"{each.per:,.0f} x {each.unit}", each.page] for name, each in PRICES.items()]
    return _table(["price", "$", "for", "AWS's page"], rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "months": months,
    "million": million,
    "as of": lambda: f"List prices of {AS_OF}.",
    "prices": price_list,
}


def page(text: str) -> str:
    """Return the page with the tables as they come out now."""
    for title, table in TABLES.items():
        text = put(text, title, table())
    return text


def _used(columns: Mapping[str, list[Item]]) -> list[tuple[int, Item]]:
    """Return the lines that cost anything at any volume, with their places."""
    first, *_ = columns.values()
    return [(i, item) for i, item in enumerate(first) if any(items[i].dollars for items in columns.values())]


def _row(what: str, dollars: Any) -> list[str]:
    return [what, *(_dollars(each) for each in dollars)]


def _dollars(value: float) -> str:
    """Cents where they matter; a price that isn't nothing isn't shown as nothing."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{ceil(value * 100) / 100:.2f}" if 0 < value < 0.01 else f"{value:.2f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(
    write: Annotated[bool, typer.Option(help="Put the tables into docs/cost.md.")] = False,
    to: Annotated[Path, typer.Option(hidden=True)] = PAGE,
) -> None:
    """Print the tables of docs/cost.md."""
    console = Console(width=160, highlight=False, markup=False)
    for table in TABLES.values():
        console.print(table() + "\n")
    if write:
        to.write_text(page(to.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
