"""template.yaml as plain data, CloudFormation's short forms written out: `!Ref X` is `{"Ref": "X"}`."""

from functools import cache
from typing import Any

import yaml

from gateway.paths import TEMPLATE


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
    document: dict[str, Any] = yaml.load(TEMPLATE.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    return document


Parameters = dict[str, Any]


def evaluate(value: Any, parameters: Parameters) -> Any:
    """Gives a value as CloudFormation would: with these parameters, AWS's own (AWS::Region) among them."""
    match value:
        case {"Ref": "AWS::NoValue"}:
            return None
        case {"Ref": str(name)}:
            return parameters[name]
        case {"Fn::If": [str(condition), met, otherwise]}:
            return evaluate(met if holds({"Condition": condition}, parameters) else otherwise, parameters)
        case dict():
            return {key: evaluate(each, parameters) for key, each in value.items()}
    return value


def holds(condition: Any, parameters: Parameters) -> bool:
    """Tells whether a condition, or an assertion of a rule, is met."""
    match condition:
        case {"Condition": str(name)}:
            return holds(template()["Conditions"][name], parameters)
        case {"Fn::Equals": [left, right]}:
            return str(evaluate(left, parameters)) == str(evaluate(right, parameters))
        case {"Fn::Not": [operand]}:
            return not holds(operand, parameters)
        case {"Fn::Or": list(operands)}:
            return any(holds(operand, parameters) for operand in operands)
        case {"Fn::And": list(operands)}:
            return all(holds(operand, parameters) for operand in operands)
        case {"Fn::Contains": [list(strings), needle]}:
            return str(evaluate(needle, parameters)) in strings
    raise NotImplementedError(condition)
