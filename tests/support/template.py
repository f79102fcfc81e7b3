"""template.yaml as a test reads it: CloudFormation's short forms written out, parameters at their defaults."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from tests.support.providers import ROOT

Resource = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Knows !Ref, !Sub, !GetAtt and their like."""


def _long_form(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # there is no fourth kind of node
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _long_form)


@cache
def template() -> dict[str, Any]:
    """Gives the whole template."""
    document: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)  # a SafeLoader
    return document


def resources(type_: str) -> dict[str, Resource]:
    """Gives the resources of one type, by name."""
    return {name: resource for name, resource in template()["Resources"].items() if resource["Type"] == type_}


def functions() -> dict[str, Resource]:
    """Gives the properties of every function, what Globals adds included."""
    common = template()["Globals"]["Function"]
    return {
        name: {
            **common,
            **resource["Properties"],
            "Environment": {
                **common["Environment"]["Variables"],
                **resource["Properties"].get("Environment", {}).get("Variables", {}),
            },
        }
        for name, resource in resources("AWS::Serverless::Function").items()
    }


def default(parameter: str) -> Any:
    """Gives a parameter's default."""
    return template()["Parameters"][parameter]["Default"]


def resolved(value: Any) -> Any:
    """Gives a value with parameters at their defaults, and a made-up name for each resource."""
    match value:
        case {"Ref": str(name)}:
            return default(name) if name in template()["Parameters"] else f"a-{name}"
        case {"Fn::Join": [separator, parts]}:
            joined = resolved(parts)
            return joined.replace(",", separator) if isinstance(joined, str) else separator.join(map(resolved, parts))
        case {"Fn::Sub": str(text)}:
            for name in template()["Parameters"]:
                text = text.replace("${" + name + "}", str(default(name)))
            return text
        case {"Fn::GetAtt": str(name)}:
            return f"a-{name}"
        case {"Fn::If": [condition, then, otherwise]}:
            return resolved(then if holds({"Condition": condition}) else otherwise)
    return value


def holds(condition: Any) -> bool:
    """Tells whether a condition is true with parameters at their defaults."""
    match condition:
        case {"Condition": str(name)}:
            return holds(template()["Conditions"][name])
        case {"Fn::Not": [other]}:
            return not holds(other)
        case {"Fn::And": list(others)}:
            return all(map(holds, others))
        case {"Fn::Or": list(others)}:
            return any(map(holds, others))
        case {"Fn::Equals": [one, other]}:
            return str(resolved(one)) == str(resolved(other))
    raise AssertionError(condition)


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Gives every statement of every policy, with the name of the resource that holds it."""
    for name, resource in template()["Resources"].items():
        properties = resource.get("Properties", {})
        policies = [properties.get("PolicyDocument"), properties.get("AssumeRolePolicyDocument")]
        policies += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        for policy in filter(None, policies):
            for statement in policy["Statement"]:
                yield name, statement


def listed(value: Any) -> list[Any]:
    """Gives a list, also of what may stand without one when it is alone."""
    return value if isinstance(value, list) else [value]
