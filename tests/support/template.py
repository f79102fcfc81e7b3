"""template.yaml as a test reads it: expanded for every provider, with the parameters at their defaults."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from bench.template import Parameters, holds, template, written

__all__ = [
    "decided", "default", "functions", "listed", "resolved", "resources", "statements", "template", "written",
]  # fmt: skip

Resource = dict[str, Any]
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def resources(type_: str) -> dict[str, Resource]:
    return {name: resource for name, resource in template()["Resources"].items() if resource["Type"] == type_}


def functions() -> dict[str, Resource]:
    """Return the properties of every function, what Globals adds included."""
    common = template()["Globals"]["Function"]
    return {
        name: {
            **common,
            **resource["Properties"],
            "LoggingConfig": {**common["LoggingConfig"], **resource["Properties"]["LoggingConfig"]},
            "Environment": {
                **common["Environment"]["Variables"],
                **resource["Properties"].get("Environment", {}).get("Variables", {}),
            },
        }
        for name, resource in resources("AWS::Serverless::Function").items()
    }


def defaults() -> Parameters:
    return {name: each.get("Default") for name, each in template()["Parameters"].items()}


def default(parameter: str) -> Any:
    return template()["Parameters"][parameter]["Default"]


def decided(value: Any, **parameters: str) -> Any:
    """Return a value with every condition in it decided, with these parameters, otherwise the defaults.

    What is AWS::NoValue is left out of lists and mappings, and None where it is the whole.
    """
    match value:
        case {"Ref": "AWS::NoValue"}:
            return None
        case {"Fn::If": [condition, then, otherwise]}:
            met = holds({"Condition": condition}, defaults() | parameters)
            return decided(then if met else otherwise, **parameters)
        case dict():
            found = {key: decided(each, **parameters) for key, each in value.items()}
            return {key: each for key, each in found.items() if each is not None}
        case list():
            return [each for part in value if (each := decided(part, **parameters)) is not None]
    return value


def resolved(value: Any, physical: Mapping[str, str] = MappingProxyType({})) -> Any:
    """Return a value with parameters at their defaults, and each resource by its physical name (made up, if not given).

    `physical` has the names under what refers to them: `EventsQueue`, `EventsQueue.Arn`, `AWS::Region`.
    """

    def referred(name: str) -> Any:
        if name in physical:
            return physical[name]
        return template()["Parameters"][name].get("Default", "") if name in template()["Parameters"] else f"a-{name}"

    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": str(name)}:
            return referred(name)
        case {"Fn::Join": [separator, parts]}:
            listing = parts if isinstance(parts, list) else resolved(parts, physical).split(",")
            return separator.join(str(resolved(part, physical)) for part in listing)
        case {"Fn::Sub": str(text)}:
            return _VARIABLE.sub(lambda match: str(referred(match[1])), text)
        case {"Fn::Sub": [str(text), dict(variables)]}:
            own = {name: resolved(each, physical) for name, each in variables.items()}
            return resolved({"Fn::Sub": text}, {**physical, **own})
        case {"Fn::If": _}:
            return resolved(decided(value), physical)
    return value


def statements(**parameters: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template()["Resources"].items():
        properties = resource.get("Properties", {})
        policies = [properties.get("PolicyDocument"), properties.get("AssumeRolePolicyDocument")]
        policies += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        for policy in filter(None, policies):
            for statement in decided(policy["Statement"], **parameters):
                yield name, statement


def listed(value: Any) -> list[Any]:
    """Return a list, also of what may stand without one when it is alone."""
    return value if isinstance(value, list) else [value]
