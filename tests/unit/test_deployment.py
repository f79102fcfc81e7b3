"""Deploying: plainly, what is deployed is in force; gradually, an alias moves to new versions, and back on an alarm."""

import json
import re
from collections.abc import Callable
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import pytest

from gateway.operations.gradual import ALIAS, AT_ONCE, KINDS, add
from gateway.template import providers_of_profile
from tests.support.template import resources, template
from tests.support.translated import Template, translated

pytestmark = pytest.mark.xdist_group("deployment")  # the template is translated once for all of them

FEW = template(",".join(providers_of_profile()))  # every provider is a turn of the same loop
FUNCTIONS = [name for name, each in FEW["Resources"].items() if each["Type"] == "AWS::Serverless::Function"]
PLAIN = "plain"
GRADUALLY = KINDS[1]
REFERENCE = re.compile(r'"Ref": "(\w+)"|"Fn::GetAtt": \[?"(\w+)|\$\{(\w+)')


def published(kind: str, digest: str = "0123456789abcdef") -> Callable[[Template], None]:
    return lambda changed: add(changed, dict.fromkeys(FUNCTIONS, digest), kind)


@cache
def all_made() -> dict[str, Template]:
    """Return the template as it is deployed in each way."""
    variants: dict[str, tuple[Callable[[Template], None], dict[str, str]]] = {
        PLAIN: (lambda _: None, {}),
        AT_ONCE: (published(AT_ONCE), {}),
        GRADUALLY: (published(GRADUALLY), {}),
        "another level": (published(AT_ONCE), {"LogLevel": "DEBUG"}),
        "another digest": (published(AT_ONCE, "fedcba9876543210"), {"LogLevel": "DEBUG"}),
    }
    return dict(zip(variants, translated(FEW, [*variants.values()]), strict=True))


def of_type(type_: str, way: str) -> dict[str, Any]:
    return {name: each for name, each in all_made()[way]["Resources"].items() if each["Type"] == type_}


def callers(way: str) -> set[str]:
    """Return what it is that queues and the API call, and may call."""
    found = {**of_type("AWS::Lambda::EventSourceMapping", way), **of_type("AWS::Lambda::Permission", way)}
    return {each["Properties"]["FunctionName"]["Ref"] for each in found.values()}


def test_plainly_there_is_no_version_no_alias_and_no_codedeploy() -> None:
    """A plain `sam deploy` with another value of a parameter would leave an alias behind: SAM publishes no version."""
    kinds = {each["Type"] for each in all_made()[PLAIN]["Resources"].values()}

    assert not kinds & {"AWS::Lambda::Version", "AWS::Lambda::Alias"}
    assert not [kind for kind in kinds if kind.startswith("AWS::CodeDeploy")]
    assert callers(PLAIN) == set(FUNCTIONS)
    assert "FunctionAlias" not in FEW["Outputs"]


@pytest.mark.parametrize("way", [AT_ONCE, GRADUALLY])
def test_whatever_calls_a_function_calls_its_alias(way: str) -> None:
    aliases = {f"{name}Alias{ALIAS}" for name in FUNCTIONS}
    routes = json.dumps(of_type("AWS::ApiGatewayV2::Api", way)["Api"]["Properties"]["Body"])

    assert set(of_type("AWS::Lambda::Alias", way)) == callers(way) == aliases
    assert set() < set(re.findall(r"functions/\$\{(\w+)", routes)) <= aliases
    assert bool(of_type("AWS::CodeDeploy::DeploymentGroup", way)) == (way == GRADUALLY)


def test_another_digest_is_another_version_and_the_same_is_none() -> None:
    """Of what else changes SAM need not see anything: the digest holds it (tests/gateway/test_gradual.py)."""
    first, same, another = (
        of_type("AWS::Lambda::Version", way) for way in (AT_ONCE, "another level", "another digest")
    )

    assert len(first) == len(FUNCTIONS)
    assert same.keys() == first.keys()
    assert not another.keys() & first.keys()
    assert {each["DeletionPolicy"] for each in first.values()} == {"Delete"}, "one that nothing leads to any more goes"


def test_the_alarms_are_the_same_both_ways() -> None:
    """So none is replaced, and silent in the meantime, by going over from the one to the other."""
    assert of_type("AWS::CloudWatch::Alarm", PLAIN) == of_type("AWS::CloudWatch::Alarm", GRADUALLY)


def test_every_function_moves_as_asked_and_goes_back_on_each_alarm() -> None:
    groups = of_type("AWS::CodeDeploy::DeploymentGroup", GRADUALLY)
    assert set(groups) == {f"{name}DeploymentGroup" for name in FUNCTIONS}
    for name, group in groups.items():
        function = name.removesuffix("DeploymentGroup")
        assert group.get("Condition") == FEW["Resources"][function].get("Condition")
        assert json.dumps(group["Properties"]["DeploymentConfigName"]).count(GRADUALLY) == 1
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["Properties"]["AutoRollbackConfiguration"]["Events"]
        assert watched_by(group) == {
            "ErrorsAlarm", "VerySlowAnswersAlarm", "FailedAlarm", "RefusedRateAlarm", "QuarantinedAlarm",
            "OldEventsAlarm",
        }  # fmt: skip
        alias = of_type("AWS::Lambda::Alias", GRADUALLY)[f"{function}Alias{ALIAS}"]
        assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"] == {"Ref": name}


def watched_by(group: dict[str, Any]) -> set[str]:
    """Return the alarms of a deployment group, by reference or by the text that they have for their names."""
    alarms = resources("AWS::CloudWatch::Alarm")
    by_name = {json.dumps(each["Properties"].get("AlarmName")): name for name, each in alarms.items()}
    given = [each["Name"] for each in group["Properties"]["AlarmConfiguration"]["Alarms"]]
    return {each["Ref"] if "Ref" in each else by_name[json.dumps(each)] for each in given}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != AT_ONCE])
def test_it_takes_longer_than_every_alarm_needs_to_notice(kind: str) -> None:
    parts = re.fullmatch(r"(Canary|Linear)10Percent(?:Every)?(\d+)Minutes?", kind)
    assert parts
    minutes = int(parts[2]) * (1 if parts[1] == "Canary" else 9)  # ten steps, the first at once

    for name in watched_by(next(iter(of_type("AWS::CodeDeploy::DeploymentGroup", GRADUALLY).values()))):
        alarm = resources("AWS::CloudWatch::Alarm")[name]["Properties"]
        period = alarm.get("Period") or alarm["Metrics"][1]["MetricStat"]["Period"]
        assert alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]) * period / 60 < minutes, name


@pytest.mark.parametrize("way", [PLAIN, AT_ONCE, GRADUALLY])
def test_nothing_waits_for_itself(way: str) -> None:
    """Alarm of the API, API, alias, deployment group, alarm: CloudFormation refuses such a circle."""
    made = all_made()[way]["Resources"]
    graph = {
        name: {referred for found in REFERENCE.findall(json.dumps(each)) for referred in found} & made.keys()
        for name, each in made.items()
    }
    assert [*TopologicalSorter(graph).static_order()]
