"""The saved queries find what they are for: the functions are run, and each query is held against what they log."""

import json
import re
from collections import defaultdict
from typing import Any

import pytest

from tests.support.canary_values import CanaryValues
from tests.support.deployed import deployed
from tests.support.paths import all_paths, scenario_run
from tests.support.paths_webhook import Webhook
from tests.support.providers import ROOT, registered
from tests.support.template import functions, resources

Line = dict[str, Any]
OF_SOURCES = {name for name, it in resources("AWS::Logs::LogGroup").items() if "Condition" in it} - {"MediaLogs"}
pytestmark = pytest.mark.xdist_group("paths")  # they share the runs of the paths

QUERIES = {name: each["Properties"]["QueryString"] for name, each in resources("AWS::Logs::QueryDefinition").items()}
WALKED = {
    "accepted", "refused", "quarantined", "parser crashes", "replayed", "stores fail", "topic fails", "duplicate",
    "conflict", "stored",
}  # fmt: skip
# What Logs Insights finds in a line by itself; the last three in Lambda's REPORT, as long as it is text.
ITS_OWN = {"@timestamp", "@message", "@log", "@type", "@initDuration", "@duration", "@maxMemoryUsed"}
WORDS = {
    "fields", "filter", "stats", "sort", "limit", "by", "as", "asc", "desc", "like", "or",
    "count", "count_distinct", "min", "max", "latest", "pct",
}  # fmt: skip


@pytest.fixture(scope="module")
def logged() -> dict[str, list[Line]]:
    """Return what the functions log with LogLevel INFO, by log group."""
    lines: dict[str, list[Line]] = defaultdict(list)
    for path in all_paths():
        if path.name in WALKED:
            group = functions()[path.function]["LoggingConfig"]["LogGroup"]["Ref"]
            written = scenario_run(path).heard.written.getvalue().splitlines()
            found = [json.loads(line) for line in written if line[:1] == "{"]
            lines[group] += [line for line in found if line.get("level") != "DEBUG"]
    return lines


def groups_of(name: str) -> set[str]:
    """Return the log groups that a query looks into; a condition is that of the group."""
    groups = set()
    for each in resources("AWS::Logs::QueryDefinition")[name]["Properties"]["LogGroupNames"]:
        condition, group, otherwise = each.get("Fn::If", (None, each, {"Ref": "AWS::NoValue"}))
        assert resources("AWS::Logs::LogGroup")[group["Ref"]].get("Condition") == condition
        assert otherwise == {"Ref": "AWS::NoValue"}
        groups.add(group["Ref"])
    return groups


def fields_of(query: str) -> set[str]:
    """Return the fields that a query names, without those that it makes up."""
    code = re.sub(r'"[^"]*"|/[^/]*/', "", query)
    made_up = set(re.findall(r"\bas (\w+)", code))
    return set(re.findall(r"@?[A-Za-z_][\w.]*", code)) - made_up - WORDS


def is_found(query: str, line: Line) -> bool:
    """Return whether a line of ours passes the filter: conditions on `message`, any of which may be met."""
    [conditions] = re.findall(r"filter (.*)", query)
    for condition in conditions.split(" or "):
        match = re.fullmatch(r'message (?:like /(?P<like>[^/]+)/|= "(?P<is>[^"]+)")', condition)
        assert match, condition
        message = str(line.get("message", ""))
        if message == match["is"] or (match["like"] and re.search(match["like"], message)):
            return True
    return False


REFUSED = {
    "refused: wrong or missing credentials", "refused: source address not on the list", "refused: body too large",
    "refused: source address not on the list, but valid credentials", "no token issued",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "groups", "messages"),
    [
        ("RefusedQuery", {"WebhookLogs", "TokenLogs"}, REFUSED),
        ("QuarantinedQuery", {"WebhookLogs", "FanoutLogs", *OF_SOURCES}, {"quarantined", "id conflict, quarantined"}),
        ("DuplicatesQuery", {"FanoutLogs"}, {"duplicate dropped"}),
    ],
)
def test_it_finds_what_it_is_for_and_nothing_else_with_every_field_that_it_names(
    name: str, groups: set[str], messages: set[str], logged: dict[str, list[Line]]
) -> None:
    found = {group: [line for line in lines if is_found(QUERIES[name], line)] for group, lines in logged.items()}

    assert {group for group, lines in found.items() if lines} == groups <= groups_of(name)
    lines = [line for lines in found.values() for line in lines]
    assert {line["message"] for line in lines} == messages
    assert fields_of(QUERIES[name]) - ITS_OWN <= {field for line in lines for field in line}


def test_one_message_is_followed_from_the_webhook_to_its_publication() -> None:
    """By either of its ids, in the line of the webhook and in that of the fan-out."""
    entry = registered()[0]
    with deployed() as stack:
        Webhook(entry, stack, CanaryValues()).start().post(200)
        [body] = stack.aws.queued()
        stack.start("FanoutFunction")({"Records": [{"messageId": "1", "body": body}]})
        event = json.loads(body)
    lines = stack.heard.written.getvalue().splitlines()

    for id_ in (event["data"]["delivery_id"], event["id"]):
        accepted, published = [json.loads(line) for line in lines if id_ in line]  # filter @message like "..."
        assert (accepted["provider"], accepted["Accepted"]) == (entry.provider.name, [1.0])
        assert published["message"] == "published"
        assert published["events"][0]["sns_message_id"]


def test_the_query_that_follows_a_message_filters_by_an_id(logged: dict[str, list[Line]]) -> None:
    query = QUERIES["FollowQuery"]

    assert re.findall(r"filter (.*)", query) == ['@message like "put a delivery id, event id or SNS message id here"']
    assert fields_of(query) - ITS_OWN <= {field for lines in logged.values() for line in lines for field in line}


def test_the_slowest_webhooks_are_those_of_the_access_log() -> None:
    written = resources("AWS::Serverless::HttpApi")["Api"]["Properties"]["AccessLogSettings"]["Format"]

    assert groups_of("SlowestQuery") == {"AccessLogs"}
    assert fields_of(QUERIES["SlowestQuery"]) - ITS_OWN <= set(json.loads(written))


def test_cold_starts_are_read_from_what_lambda_reports_of_every_function() -> None:
    """AWS's docs, "Lambda Telemetry API Event schema reference": platform.report."""
    assert fields_of(QUERIES["ColdStartsQuery"]) - ITS_OWN == {
        "type", *(f"record.metrics.{name}" for name in ("durationMs", "initDurationMs", "maxMemoryUsedMB"))
    }  # fmt: skip
    groups = {each["LoggingConfig"]["LogGroup"]["Ref"] for each in functions().values()}
    assert groups_of("ColdStartsQuery") == groups_of("FollowQuery") == groups
    assert {each["LoggingConfig"]["LogFormat"] for each in functions().values()} == {"JSON"}


def test_every_query_is_looked_at_and_the_operator_told_of_it() -> None:
    told = (ROOT / "docs" / "operating.md").read_text()
    for each in resources("AWS::Logs::QueryDefinition").values():
        stack, _, name = each["Properties"]["Name"]["Fn::Sub"].partition("/")
        assert (stack, f"**{name}**" in told) == ("${AWS::StackName}", True), name
    assert set(QUERIES) == {
        "FollowQuery", "RefusedQuery", "QuarantinedQuery", "SlowestQuery", "DuplicatesQuery", "ColdStartsQuery",
    }  # fmt: skip
