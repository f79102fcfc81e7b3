"""Deploying: plainly, what is deployed is in force; gradually, an alias moves to new versions, and back on an alarm."""

import json
import re
from collections.abc import Callable
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import pytest

from gateway.operations.gradual import ALIAS, AT_ONCE, KINDS, add
from tests.support.template import functions, resources, template
from tests.support.translated import Template, translated

pytestmark = pytest.mark.xdist_group("deployment")  # the template is translated once for all of them

PLAIN = "plain"
REFERENCE = re.compile(r'"Ref": "(\w+)"|"Fn::GetAtt": \[?"(\w+)|\$\{(\w+)')
ANY = "x-amazon-apigateway-any-method"
GRADUALLY = [kind for kind in KINDS if kind != AT_ONCE]
EVERY = pytest.mark.parametrize("kind", [PLAIN, *KINDS])


def published(kind: str, digest: str = "0123456789abcdef") -> Callable[[Template], None]:
    return lambda changed: add(changed, dict.fromkeys(functions(), digest), kind)


@cache
def all_made() -> dict[str, Template]:
    """Return the template as each kind of deployment makes it."""
    variants: dict[str, tuple[Callable[[Template], None], dict[str, str]]] = {
        PLAIN: (lambda _: None, {}),
        **{kind: (published(kind), {}) for kind in KINDS},
        "another level": (published(AT_ONCE), {"LogLevel": "DEBUG"}),
        "another digest": (published(AT_ONCE, "fedcba9876543210"), {"LogLevel": "DEBUG"}),
    }
    return dict(zip(variants, translated([*variants.values()]), strict=True))


def made(kind: str) -> dict[str, Any]:
    """Return the resources of the template, deployed gradually unless `kind` is PLAIN."""
    return dict(all_made()[kind]["Resources"])


def of_type(type_: str, kind: str) -> dict[str, Any]:
    return {name: each for name, each in made(kind).items() if each["Type"] == type_}


def callers(kind: str) -> set[str]:
    """Return what it is that queues and the API call, and may call."""
    found = {**of_type("AWS::Lambda::EventSourceMapping", kind), **of_type("AWS::Lambda::Permission", kind)}
    return {each["Properties"]["FunctionName"]["Ref"] for each in found.values()}


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
    assert (kind == AT_ONCE) != any(each["Type"].startswith("AWS::CodeDeploy") for each in made(kind).values())
    aliases = {f"{name}Alias{ALIAS}" for name in functions()}
    assert set(of_type("AWS::Lambda::Alias", kind)) == aliases
    assert callers(kind) == aliases

    routes = json.dumps(of_type("AWS::ApiGatewayV2::Api", kind)["Api"]["Properties"]["Body"])
    assert set(re.findall(r"functions/\$\{([^}]+)\}", routes)) <= aliases
    assert len(re.findall(r"functions/", routes)) == sum(
        event["Type"] == "HttpApi" for each in functions().values() for event in each["Events"].values()
    )


@EVERY
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
    first, same, another = (
        of_type("AWS::Lambda::Version", kind) for kind in (AT_ONCE, "another level", "another digest")
    )

    assert len(first) == len(functions())
    assert same.keys() == first.keys()
    assert not another.keys() & first.keys()
    assert {each["DeletionPolicy"] for each in first.values()} == {"Delete"}, "one that nothing leads to any more goes"


def test_the_alarms_are_the_same_both_ways() -> None:
    """So none is replaced, and silent in the meantime, by going over from the one to the other."""
    assert of_type("AWS::CloudWatch::Alarm", PLAIN) == of_type("AWS::CloudWatch::Alarm", GRADUALLY[0])


# ---- Little by little ----------------------------------------------------------------------------------------


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
    """Return the alarms of a deployment group, by reference or by the text that they have for their names."""
    alarms = resources("AWS::CloudWatch::Alarm")
    by_name = {json.dumps(each["Properties"].get("AlarmName")): name for name, each in alarms.items()}
    given = [each["Name"] for each in group["Properties"]["AlarmConfiguration"]["Alarms"]]
    return {each["Ref"] if "Ref" in each else by_name[json.dumps(each)] for each in given}


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


@EVERY
def test_nothing_waits_for_itself(kind: str) -> None:
    """Alarm of the API, API, alias, deployment group, alarm: CloudFormation refuses such a circle."""
    graph = {
        name: {referred for found in REFERENCE.findall(json.dumps(each)) for referred in found} & set(made(kind))
        for name, each in made(kind).items()
    }

    assert [*TopologicalSorter(graph).static_order()]
