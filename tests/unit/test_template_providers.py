"""Every provider in functions/ has its whole block in template.yaml, and there is no block without a provider."""

from typing import Any

import pytest

from inbound_sms.auth.schemes import PathSecret
from tests.support.providers import Registered, registered
from tests.support.template import decided, functions, listed, resources, statements, template

PROVIDERS = pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.provider.name)


def prefix(entry: Registered) -> str:
    """What every name of the provider's block begins with."""
    return entry.function.removesuffix("Function")


def routes(function: str) -> dict[str, str]:
    events = functions()[function]["Events"].values()
    return {
        event["Properties"]["Path"]: event["Properties"]["Method"] for event in events if event["Type"] == "HttpApi"
    }


def permissions(role: str) -> dict[str, list[Any]]:
    """Gives the resources by action."""
    granted: dict[str, list[Any]] = {}
    for name, statement in statements():
        if name == role and "Resource" in statement:
            for action in listed(statement["Action"]):
                granted.setdefault(action, []).extend(listed(statement["Resource"]))
    return granted


@PROVIDERS
def test_it_has_a_function_of_its_own(entry: Registered) -> None:
    properties = functions()[entry.function]

    assert entry.function.endswith("Function")
    assert properties["CodeUri"] == f"functions/{entry.folder}/src/"
    assert properties["Handler"] == f"{entry.folder}_webhook.handler"
    assert properties["Role"] == {"Fn::GetAtt": f"{prefix(entry)}Role.Arn"}
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": f"{prefix(entry)}Logs"}
    assert properties["Environment"]["PROVIDER_PARAMETER"] == {
        "Fn::Sub": "/inbound-sms/${Stage}/" + entry.provider.name
    }


@PROVIDERS
def test_it_can_be_switched_off_whole(entry: Registered) -> None:
    parameter, condition = f"Enable{prefix(entry)}", f"{prefix(entry)}Enabled"

    assert template()["Parameters"][parameter]["AllowedValues"] == ["true", "false"]
    assert template()["Conditions"][condition] == {"Fn::Equals": [{"Ref": parameter}, "true"]}
    for kind in ("Function", "Role", "Logs"):
        assert template()["Resources"][prefix(entry) + kind]["Condition"] == condition
    for kind in ("WebhookUrl", "FunctionName"):
        assert template()["Outputs"][prefix(entry) + kind]["Condition"] == condition


@PROVIDERS
def test_it_has_its_routes_and_tells_its_address(entry: Registered) -> None:
    plain = f"/{entry.provider.name}"
    in_path = any(isinstance(scheme, PathSecret) for scheme in entry.provider.schemes)
    expected = {plain, plain + "/{secret}"} if in_path else {plain}

    assert routes(entry.function) == dict.fromkeys(expected, "POST")
    url = template()["Outputs"][f"{prefix(entry)}WebhookUrl"]["Value"]
    assert decided(url)["Fn::Sub"].endswith("${AWS::URLSuffix}" + max(expected, key=len))
    for event in functions()[entry.function]["Events"].values():
        assert event["Properties"]["ApiId"] == {"Ref": "Api"}


@PROVIDERS
def test_its_role_reaches_its_own_things_only(entry: Registered) -> None:
    name = entry.provider.name
    granted = permissions(f"{prefix(entry)}Role")

    assert set(granted) == {
        "sqs:SendMessage", "s3:PutObject", "s3:GetObject", "ssm:GetParameter",
        "logs:CreateLogStream", "logs:PutLogEvents",
    }  # fmt: skip
    assert granted["sqs:SendMessage"] == [{"Fn::GetAtt": "EventsQueue.Arn"}]
    assert granted["s3:GetObject"] == [{"Fn::Sub": "${QuarantineBucket.Arn}/" + name + "/*"}]
    assert granted["s3:PutObject"] == [
        {"Fn::Sub": "${QuarantineBucket.Arn}/" + name + "/*"},
        {"Fn::Sub": "${PayloadsBucket.Arn}/" + name + "/*"},
    ]
    [parameter] = granted["ssm:GetParameter"]
    assert parameter["Fn::Sub"].endswith(":parameter/inbound-sms/${Stage}/" + name)
    assert granted["logs:PutLogEvents"] == [{"Fn::GetAtt": f"{prefix(entry)}Logs.Arn"}]


def test_there_is_no_function_without_a_provider() -> None:
    with_webhook = {name for name in functions() if routes(name)}

    assert with_webhook - {"TokenFunction"} == {entry.function for entry in registered()}
    assert set(functions()) - with_webhook == {"FanoutFunction", "SinchTopicFunction"}
    assert {name for name in template()["Parameters"] if name.startswith("Enable")} == {
        "EnableSinchSns",
        *(f"Enable{prefix(entry)}" for entry in registered()),
    }
    assert set(resources("AWS::IAM::Role")) == {name.removesuffix("Function") + "Role" for name in functions()}


def test_no_two_functions_share_a_route() -> None:
    paths = [path for name in functions() for path in routes(name)]
    assert len(paths) == len(set(paths))
