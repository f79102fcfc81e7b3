"""Deploying: plainly, what is deployed is in force; gradually, an alias moves to new versions, and back on an alarm."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import pytest

from gateway.operations.gradual import ALIAS, AT_ONCE, KINDS, add
from tests.support.template import functions, resources, template
from tests.support.translated import Template, translated

PLAIN = "plain"
ANY = "x-amazon-apigateway-any-method"
GRADUALLY = [kind for kind in KINDS if kind != AT_ONCE]


@cache
def all_made() -> dict[str, Template]:
    """Return the template as each kind of deployment makes it."""
    edits = {PLAIN: lambda _: None} | {kind: published(kind) for kind in KINDS}
    return dict(zip(edits, translated([(edit, {}) for edit in edits.values()]), strict=True))


def made(kind: str) -> dict[str, Any]:
    """Return the resources of the template, deployed gradually unless `kind` is PLAIN."""
    return dict(all_made()[kind]["Resources"])


def published(kind: str, digest: str = "0123456789abcdef") -> Callable[[Template], None]:
    return lambda changed: add(changed, dict.fromkeys(functions(), digest), kind)


def of_type(type_: str, kind: str) -> dict[str, Any]:
    return {name: each for name, each in made(kind).items() if each["Type"] == type_}


def callers(kind: str) -> set[str]:
    """Return what it is that queues and the API call, and may call."""
    found = {**of_type("AWS::Lambda::EventSourceMapping", kind), **of_type("AWS::Lambda::Permission", kind)}
    return {each["Properties"]["FunctionName"]["Ref"] for each in found.values()}


def versions(made: Template) -> set[str]:
    return {name for name, each in made["Resources"].items() if each["Type"] == "AWS::Lambda::Version"}


def referred(value: Any) -> Iterator[str]:
    """Return the names that a part of a template refers to."""
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


# ---- Plainly -------------------------------------------------------------------------------------------------


def test_plainly_there_is_no_version_no_alias_and_no_codedeploy() -> None:
    """A plain `sam deploy` with another value of a parameter would leave an alias behind: SAM publishes no version."""
    kinds = {each["Type"] for each in made(PLAIN).values()}

    assert not kinds & {"AWS::Lambda::Version", "AWS::Lambda::Alias"}
    assert not [kind for kind in kinds if kind.startswith("AWS::CodeDeploy")]
    assert callers(PLAIN) == set(functions())
    assert "FunctionAlias" not in template()["Outputs"]


# ---- The alias -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_calls_a_function_calls_its_alias(kind: str) -> None:
    aliases = {f"{name}Alias{ALIAS}" for name in functions()}
    assert set(of_type("AWS::Lambda::Alias", kind)) == aliases
    assert callers(kind) == aliases

    routes = json.dumps(of_type("AWS::ApiGatewayV2::Api", kind)["Api"]["Properties"]["Body"])
    assert set(re.findall(r"functions/\$\{([^}]+)\}", routes)) <= aliases
    assert len(re.findall(r"functions/", routes)) == sum(
        event["Type"] == "HttpApi" for each in functions().values() for event in each["Events"].values()
    )


@pytest.mark.parametrize("kind", [PLAIN, *KINDS])
def test_the_api_may_call_what_its_routes_lead_to(kind: str) -> None:
    routes = of_type("AWS::ApiGatewayV2::Api", kind)["Api"]["Properties"]["Body"]["paths"]
    allowed = {
        (permission["FunctionName"]["Ref"], permission["SourceArn"]["Fn::Sub"][0].partition("${__Stage__}/")[2])
        for permission in (each["Properties"] for each in of_type("AWS::Lambda::Permission", kind).values())
    }
    led_to = {
        (called, ("*" if method == ANY else method.upper()) + re.sub(r"\{[\w+]+\}", "*", path))
        for path, methods in routes.items()
        for method, operation in methods.items()
        for called in re.findall(r"functions/\$\{(\w+)", json.dumps(operation))
    }

    assert len(led_to) == len(routes) > 0
    assert led_to == allowed


def test_another_digest_is_another_version_and_the_same_is_none() -> None:
    """Of what else changes SAM need not see anything: the digest holds it (tests/gateway/test_gradual.py)."""
    first, same, another = translated(
        [
            (published(AT_ONCE), {"LogLevel": "INFO"}),
            (published(AT_ONCE), {"LogLevel": "INFO"}),
            (published(AT_ONCE, "fedcba9876543210"), {"LogLevel": "DEBUG"}),
        ]
    )

    assert len(versions(first)) == len(functions())
    assert versions(same) == versions(first)
    assert not versions(another) & versions(first)


def test_without_a_digest_a_parameters_value_is_not_published() -> None:
    """Why plain deployments have no alias. Once this fails, SAM sees it by itself, and there can be one for all."""

    def without(changed: Template) -> None:
        add(changed, {}, AT_ONCE)

    info, debug = translated([(without, {"LogLevel": level}) for level in ("INFO", "DEBUG")])
    assert versions(info) == versions(debug)


def test_a_version_that_nothing_leads_to_any_more_goes() -> None:
    assert {each["DeletionPolicy"] for each in of_type("AWS::Lambda::Version", AT_ONCE).values()} == {"Delete"}


def test_the_alarms_are_the_same_both_ways() -> None:
    """So none is replaced, and silent in the meantime, by going over from the one to the other."""
    assert of_type("AWS::CloudWatch::Alarm", PLAIN) == of_type("AWS::CloudWatch::Alarm", GRADUALLY[0])


# ---- Little by little ----------------------------------------------------------------------------------------


def test_all_at_once_there_is_no_codedeploy() -> None:
    assert not [name for name, each in made(AT_ONCE).items() if each["Type"].startswith("AWS::CodeDeploy")]


@pytest.mark.parametrize("kind", GRADUALLY)
def test_every_function_moves_as_asked_and_goes_back_on_each_alarm(kind: str) -> None:
    groups = of_type("AWS::CodeDeploy::DeploymentGroup", kind)
    assert set(groups) == {f"{name}DeploymentGroup" for name in functions()}
    for name, group in groups.items():
        function = name.removesuffix("DeploymentGroup")
        assert group.get("Condition") == template()["Resources"][function].get("Condition")
        assert json.dumps(group["Properties"]["DeploymentConfigName"]).count(kind) == 1
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["Properties"]["AutoRollbackConfiguration"]["Events"]
        assert named(group) == {
            "ErrorsAlarm", "VerySlowAnswersAlarm", "FailedAlarm", "RefusedRateAlarm", "QuarantinedAlarm",
            "OldEventsAlarm",
        }  # fmt: skip
        alias = made(kind)[f"{function}Alias{ALIAS}"]
        assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"] == {"Ref": name}


def named(group: dict[str, Any]) -> set[str]:
    """Return the alarms of a deployment group; one that is named by its text must have that for its name."""
    names = set()
    for alarm in (each["Name"] for each in group["Properties"]["AlarmConfiguration"]["Alarms"]):
        if "Ref" in alarm:
            names.add(alarm["Ref"])
        else:
            name = alarm["Fn::Sub"].removeprefix("${AWS::StackName}-")
            assert resources("AWS::CloudWatch::Alarm")[name]["Properties"]["AlarmName"] == alarm
            names.add(name)
    return names


@pytest.mark.parametrize("kind", GRADUALLY)
def test_it_takes_longer_than_every_alarm_needs_to_notice(kind: str) -> None:
    parts = re.fullmatch(r"(Canary|Linear)10Percent(?:Every)?(\d+)Minutes?", kind)
    assert parts
    minutes = int(parts[2]) * (1 if parts[1] == "Canary" else 9)  # ten steps, the first at once

    group = next(iter(of_type("AWS::CodeDeploy::DeploymentGroup", kind).values()))
    for name in named(group):
        alarm = resources("AWS::CloudWatch::Alarm")[name]["Properties"]
        period = alarm.get("Period") or alarm["Metrics"][1]["MetricStat"]["Period"]
        assert alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]) * period / 60 < minutes, name


@pytest.mark.parametrize("kind", [PLAIN, *KINDS])
def test_nothing_waits_for_itself(kind: str) -> None:
    """Alarm of the API, API, alias, deployment group, alarm: CloudFormation refuses such a circle."""
    graph = {name: {*referred(each)} & set(made(kind)) for name, each in made(kind).items()}

    assert [*TopologicalSorter(graph).static_order()]
