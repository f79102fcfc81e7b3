"""Moving to a new version: an alias leads to it, little by little where that is asked for, and back on an alarm."""

import json
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import pytest

from tests.support.template import default, functions, resources, template
from tests.support.translated import Template, translated

GRADUALLY = [name for name, each in template()["Mappings"]["Deployments"].items() if each["Gradual"] == "true"]


@cache
def made(deployment: str) -> dict[str, Any]:
    return dict(translated(Deployment=deployment)["Resources"])


def of_type(type_: str, deployment: str = "AllAtOnce") -> dict[str, Any]:
    return {name: each for name, each in made(deployment).items() if each["Type"] == type_}


def versions(made: Template) -> set[str]:
    return {name for name, each in made["Resources"].items() if each["Type"] == "AWS::Lambda::Version"}


def referred(value: Any) -> Iterator[str]:
    """Gives the names that a part of a template refers to."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::GetAtt": str(text)}:
            yield text.partition(".")[0]
        case {"Fn::Sub": sub}:
            text, variables = (sub, {}) if isinstance(sub, str) else sub
            yield from re.findall(r"\$\{(\w+)", text)
            yield from referred(variables)
        case dict():
            for each in value.values():
                yield from referred(each)
        case list():
            for each in value:
                yield from referred(each)


# ---- The alias -----------------------------------------------------------------------------------------------


def test_whatever_calls_a_function_calls_its_alias() -> None:
    aliases = {f"{name}Aliaslive" for name in functions()}
    assert set(of_type("AWS::Lambda::Alias")) == aliases
    assert template()["Outputs"]["FunctionAlias"]["Value"] == "live"

    callers = {**of_type("AWS::Lambda::EventSourceMapping"), **of_type("AWS::Lambda::Permission")}
    assert {each["Properties"]["FunctionName"]["Ref"] for each in callers.values()} == aliases
    routes = json.dumps(of_type("AWS::ApiGatewayV2::Api")["Api"]["Properties"]["Body"])
    assert set(re.findall(r"functions/\$\{([^}]+)\}", routes)) <= aliases
    assert len(re.findall(r"functions/", routes)) == sum(
        event["Type"] == "HttpApi" for each in functions().values() for event in each["Events"].values()
    )


def code_of_sinch(changed: Template) -> None:
    changed["Resources"]["SinchFunction"]["Properties"]["CodeUri"] = "s3://artifacts/another"


def code_of_the_layer(changed: Template) -> None:
    changed["Resources"]["SharedLayer"]["Properties"]["ContentUri"] = "s3://artifacts/another"


def memory(changed: Template) -> None:
    changed["Globals"]["Function"]["MemorySize"] = 1024


def nothing(_: Template) -> None:
    pass


@pytest.mark.parametrize(
    ("change", "published"), [(nothing, 0), (code_of_sinch, 1), (code_of_the_layer, 7), (memory, 7)]
)
def test_what_makes_a_function_another_is_published(change: Any, published: int) -> None:
    before = set(of_type("AWS::Lambda::Version"))

    assert sum("SinchFunction" in name for name in before) == 1
    assert len(versions(translated(change, Deployment="AllAtOnce")) - before) == published


def test_a_parameter_s_value_is_published_by_the_stamp_only() -> None:
    """Once SAM sees it by itself, the first assertion fails, and gateway/stamp.py can go."""

    def stamped(changed: Template) -> None:
        for name in functions():
            changed["Resources"][name]["Properties"]["AutoPublishCodeSha256"] = "0a1b2c3d4e5f"

    plain = versions(translated(LogLevel="INFO"))
    assert versions(translated(LogLevel="DEBUG")) == plain
    assert not versions(translated(stamped, LogLevel="DEBUG")) & plain


def test_a_version_that_nothing_leads_to_any_more_goes() -> None:
    assert {each["DeletionPolicy"] for each in of_type("AWS::Lambda::Version").values()} == {"Delete"}


# ---- Little by little ----------------------------------------------------------------------------------------


def test_by_default_there_is_no_codedeploy() -> None:
    assert default("Deployment") == "AllAtOnce"
    assert not [name for name, each in made("AllAtOnce").items() if each["Type"].startswith("AWS::CodeDeploy")]
    assert set(template()["Parameters"]["Deployment"]["AllowedValues"]) == {"AllAtOnce", *GRADUALLY}


@pytest.mark.parametrize("deployment", GRADUALLY)
def test_every_function_moves_as_asked_and_goes_back_on_each_alarm(deployment: str) -> None:
    groups = of_type("AWS::CodeDeploy::DeploymentGroup", deployment)
    assert set(groups) == {f"{name}DeploymentGroup" for name in functions()}
    for name, group in groups.items():
        function = name.removesuffix("DeploymentGroup")
        assert group.get("Condition") == template()["Resources"][function].get("Condition")
        assert json.dumps(group["Properties"]["DeploymentConfigName"]).count(deployment) == 1
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["Properties"]["AutoRollbackConfiguration"]["Events"]
        assert named(group) == {
            "ErrorsAlarm", "VerySlowAnswersAlarm", "FailedAlarm", "RefusedAlarm", "QuarantinedAlarm", "OldEventsAlarm",
        }  # fmt: skip
        alias = made(deployment)[f"{function}Aliaslive"]
        assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"] == {"Ref": name}


def named(group: dict[str, Any]) -> set[str]:
    """Gives the alarms of a deployment group; one that is named by its text must have that for its name."""
    names = set()
    for alarm in (each["Name"] for each in group["Properties"]["AlarmConfiguration"]["Alarms"]):
        if "Ref" in alarm:
            names.add(alarm["Ref"])
        else:
            name = alarm["Fn::Sub"].removeprefix("${AWS::StackName}-")
            assert resources("AWS::CloudWatch::Alarm")[name]["Properties"]["AlarmName"] == alarm
            names.add(name)
    return names


@pytest.mark.parametrize("deployment", GRADUALLY)
def test_it_takes_longer_than_every_alarm_needs_to_notice(deployment: str) -> None:
    parts = re.fullmatch(r"(Canary|Linear)10Percent(?:Every)?(\d+)Minutes?", deployment)
    assert parts
    minutes = int(parts[2]) * (1 if parts[1] == "Canary" else 9)  # ten steps, the first at once

    group = next(iter(of_type("AWS::CodeDeploy::DeploymentGroup", deployment).values()))
    for name in named(group):
        alarm = resources("AWS::CloudWatch::Alarm")[name]["Properties"]
        period = alarm.get("Period") or alarm["Metrics"][1]["MetricStat"]["Period"]
        assert alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]) * period / 60 < minutes, name


@pytest.mark.parametrize("deployment", ["AllAtOnce", GRADUALLY[0]])
def test_nothing_waits_for_itself(deployment: str) -> None:
    """Alarm of the API, API, alias, deployment group, alarm: CloudFormation refuses such a circle."""
    graph = {name: {*referred(each)} & set(made(deployment)) for name, each in made(deployment).items()}

    assert [*TopologicalSorter(graph).static_order()]
