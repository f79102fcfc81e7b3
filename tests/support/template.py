"""template.yaml as a test reads it: CloudFormation's short forms written out, parameters at their defaults."""

from collections.abc import Iterator
from typing import Any

from bench.scale.template import template

__all__ = ["default", "functions", "listed", "resolved", "resources", "statements", "template"]

Resource = dict[str, Any]


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
    return value


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
