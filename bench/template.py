"""template.yaml as it is deployed for some providers, and its conditions."""

from functools import cache
from typing import Any

from gateway.paths import TEMPLATE
from gateway.template import Template, expanded, load, rows


@cache
def written() -> Template:
    """Return the template as it is written."""
    return load(TEMPLATE)


@cache
def template(providers: str = "") -> Template:
    """Return the template for these providers (`Providers`, commas between them); for all, where none is named."""
    return expanded(written(), providers.split(",") if providers else [*rows(written())])


Parameters = dict[str, Any]


def evaluate(value: Any, parameters: Parameters) -> Any:
    """Return a value as CloudFormation would: with these parameters, AWS's own (AWS::Region) among them."""
    match value:
        case {"Ref": "AWS::NoValue"}:
            return None
        case {"Ref": str(name)}:
            return parameters[name]
        case {"Fn::If": [str(condition), met, otherwise]}:
            return evaluate(met if holds({"Condition": condition}, parameters) else otherwise, parameters)
        case {"Fn::Join": [str(separator), {"Ref": str(name)}]}:  # of a list parameter
            return separator.join(str(parameters[name]).split(","))
        case dict():
            return {key: evaluate(each, parameters) for key, each in value.items()}
    return value


def holds(condition: Any, parameters: Parameters) -> bool:
    """Return whether a condition, or an assertion of a rule, is met."""
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
