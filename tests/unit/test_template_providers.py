"""The template's table of providers: each row agrees with its folder, and is all that is deployed for a provider."""

from typing import Any

import pytest

from gateway.template import rows
from tests.support.providers import ROOT, registered
from tests.support.template import functions, listed, resolved, resources, statements, template, written

ROWS = rows(written())
EACH = pytest.mark.parametrize(("prefix", "row"), ROWS.items(), ids=ROWS)
OF_A_PROVIDER = {"Function", "Role", "TokenPolicy", "SilentAlarm", "AnomalyAlarm"}


def routes(function: str) -> dict[str, str]:
    events = functions()[function]["Events"].values()
    return {each["Properties"]["Path"]: each["Properties"]["Method"] for each in events if each["Type"] == "HttpApi"}


def permissions(holder: str) -> dict[str, list[Any]]:
    """Return the resources by action."""
    granted: dict[str, list[Any]] = {}
    for statement in (each for name, each in statements() if name == holder and "Resource" in each):
        for action in listed(statement["Action"]):
            granted.setdefault(action, []).extend(listed(statement["Resource"]))
    return granted


def test_every_provider_has_a_row_and_every_row_a_provider() -> None:
    assert sorted(row["Name"] for row in ROWS.values()) == sorted(entry.provider.name for entry in registered())


@EACH
def test_a_row_agrees_with_its_folder(prefix: str, row: dict[str, str]) -> None:
    """That its handler is there and answers, test_template.py shows of every function."""
    [entry] = [entry for entry in registered() if entry.provider.name == row["Name"]]

    assert entry.function == f"{prefix}Function"
    assert (row["Code"], row["Title"]) == (f"{entry.source.relative_to(ROOT)}/", entry.sender.title)
    assert row["Handler"] == f"{entry.module}.handler"
    assert (row["Path"], row["PathBelow"]) == (f"/{row['Name']}", f"/{row['Name']}/{{proxy+}}")


@EACH
def test_what_is_deployed_is_what_the_row_says(prefix: str, row: dict[str, str]) -> None:
    function, name = functions()[f"{prefix}Function"], row["Name"]
    parameter = "/inbound-sms/${Stage}/" + name
    granted = permissions(f"{prefix}Role")

    assert (function["CodeUri"], function["Handler"]) == (row["Code"], row["Handler"])
    assert function["Role"] == {"Fn::GetAtt": f"{prefix}Role.Arn"}
    assert function["LoggingConfig"]["LogGroup"] == {"Ref": "WebhookLogs"}
    assert function["Environment"]["PROVIDER_PARAMETER"] == {"Fn::Sub": parameter}
    assert routes(f"{prefix}Function") == {row["Path"]: "ANY", row["PathBelow"]: "ANY"}
    assert resolved(template()["Outputs"][f"{prefix}WebhookUrl"]["Value"]).endswith(f"/{name}")
    assert template()["Outputs"][f"{prefix}FunctionName"]["Value"] == {"Ref": f"{prefix}Function"}
    quarantine, payloads = (
        {"Fn::Sub": "${" + bucket + ".Arn}/" + name + "/*"} for bucket in ("QuarantineBucket", "PayloadsBucket")
    )
    secrets = {"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter" + parameter}
    assert granted == {
        "sqs:SendMessage": [{"Fn::GetAtt": "EventsQueue.Arn"}],
        "s3:GetObject": [quarantine],
        "s3:PutObject": [quarantine, payloads],
        "ssm:GetParameter": [secrets, {"Fn::Sub": secrets["Fn::Sub"] + row.get("Document", "")}],
        "logs:CreateLogStream": [{"Fn::GetAtt": "WebhookLogs.Arn"}],
        "logs:PutLogEvents": [{"Fn::GetAtt": "WebhookLogs.Arn"}],
    }
    assert permissions(f"{prefix}TokenPolicy") == {"ssm:GetParameter": [secrets]}


@EACH
def test_what_is_not_chosen_is_not_there(prefix: str, row: dict[str, str]) -> None:
    alone = template(prefix)
    others = {other + kind for other in ROWS if other != prefix for kind in OF_A_PROVIDER}
    outputs = {other + kind for other in ROWS if other != prefix for kind in ("WebhookUrl", "FunctionName")}

    assert set(template()["Resources"]) - set(alone["Resources"]) == others
    assert set(template()["Outputs"]) - set(alone["Outputs"]) == outputs
    tokens = alone["Resources"]["TokenFunction"]["Properties"]["Environment"]["Variables"]["TOKEN_PROVIDERS"]
    assert set(filter(None, tokens.split(","))) == {row["Name"]}


def test_nothing_is_chosen_unless_somebody_chooses_it() -> None:
    assert "Default" not in template()["Parameters"]["Providers"]
    switches = [each["Default"] for name, each in template()["Parameters"].items() if name.startswith("Enable")]
    assert {*map(str, switches)} <= {"false"}


def test_there_is_no_door_without_a_provider_and_no_two_functions_share_a_route() -> None:
    paths = [path for name in functions() for path in routes(name)]

    assert {name for name in functions() if routes(name)} - {"TokenFunction"} == {
        f"{prefix}Function" for prefix in ROWS
    }
    assert set(resources("AWS::IAM::Role")) == {name.removesuffix("Function") + "Role" for name in functions()}
    assert len(paths) == len(set(paths))


def test_the_token_endpoint_serves_every_provider_and_is_always_there() -> None:
    """Its list has a place for each row. Whoever asks shares a route's limit, so it has none that a laptop reaches."""
    function = functions()["TokenFunction"]
    [event] = function["Events"].values()
    api = resources("AWS::Serverless::HttpApi")["Api"]["Properties"]

    assert set(filter(None, function["Environment"]["TOKEN_PROVIDERS"].split(","))) == {
        row["Name"] for row in ROWS.values()
    }
    assert permissions("TokenRole").keys() == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert f"{event['Properties']['Method']} {event['Properties']['Path']}" == "POST /oauth2/{provider}/token"
    assert "RouteSettings" not in api
    assert resolved(template()["Outputs"]["TokenUrl"]["Value"]).endswith("/oauth2/{provider}/token")
    assert not [
        name for name in ("TokenFunction", "TokenRole", "TokenLogs") if "Condition" in template()["Resources"][name]
    ]
