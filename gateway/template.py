"""template.yaml as plain data: CloudFormation's short forms written out, its loops over the providers expanded.

    python -m gateway.template FILE

writes it expanded for every provider, for tools that know no loops.
"""

import json
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from gateway.errors import WrongUsage
from gateway.paths import ROOT, TEMPLATE

Template = dict[str, Any]
Mappings = Mapping[str, Mapping[str, Mapping[str, str]]]

LOOP: Final = "Fn::ForEach::"
_SECTIONS: Final = ("Resources", "Outputs")


class _Loader(yaml.CSafeLoader):
    """Knows !Ref, !Sub, !GetAtt and their like: `!Ref X` is `{"Ref": "X"}`."""


def _long_form(loader: yaml.CSafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # there is no fourth kind of node
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _long_form)


def load(path: Path) -> Template:
    """Return a template with the short forms written out."""
    document: Template = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe one
    return document


def rows(template: Template) -> dict[str, dict[str, str]]:
    """Return the template's table of providers; a version from before there was one has none."""
    found: dict[str, dict[str, str]] = template.get("Mappings", {}).get("Provider", {})
    return found


def built_for(template: Template) -> list[str]:
    """Return the providers whose code a template refers to: all of its table, until `sam build` built some of them."""
    loops = (value[2].values() for name, value in template["Resources"].items() if name.startswith(LOOP))
    for resource in (resource for body in loops for resource in body):
        match resource["Properties"].get("CodeUri"):
            case {"Fn::FindInMap": [str(mapping), *_]}:
                return list(template["Mappings"][mapping])
    return []


def everything(template: Template) -> dict[str, str]:
    """Return the parameters that choose every provider, by every way that it has."""
    switches = {name: "true" for name in template["Parameters"] if name.startswith("Enable")}
    return {"Providers": ",".join(rows(template)), **switches} if rows(template) else switches


def choosing(template: Template, names: Sequence[str]) -> dict[str, str]:
    """Return the parameters that choose providers by their names, each by every way that it has; raise WrongUsage."""
    table = rows(template)
    if unknown := set(names) - {row["Name"] for row in table.values()}:
        known = ", ".join(row["Name"] for row in table.values())
        raise WrongUsage(f"template.yaml has no row of {', '.join(sorted(unknown))}, but all or {known}")
    chosen = tuple(row for row in table if table[row]["Name"] in names)
    switches = [name for name in template["Parameters"] if name.startswith("Enable")]
    own = tuple(f"Enable{row}" for row in chosen)
    return {
        "Providers": ",".join(chosen),
        **{name: "true" if name.startswith(own) else "false" for name in switches},
    }


@cache
def providers_of_profile() -> dict[str, str]:
    """Return the providers that samconfig.toml chooses for development: their names by their rows."""
    profile = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))["default"]
    [chosen] = re.findall(r"\bProviders=(\S+)", profile["global"]["parameters"]["parameter_overrides"])
    table = rows(load(TEMPLATE))
    return {row: table[row]["Name"] for row in chosen.split(",")}


# ---- What AWS::LanguageExtensions makes of it ----------------------------------------------------------------------


def expanded(template: Template, providers: Sequence[str]) -> Template:
    """Return a template as it is once these providers are chosen, without loops and look-ups in the table."""
    mappings = template.get("Mappings", {})
    without: Template = {key: value for key, value in template.items() if key not in {"Transform", "Mappings"}}
    without["Transform"] = "AWS::Serverless-2016-10-31"
    for section in _SECTIONS:
        without[section] = {}
        for name, value in template.get(section, {}).items():
            if name.startswith(LOOP):
                variable, _, body = value
                for provider in providers:
                    made = _resolved(_substituted(body, variable, provider), mappings, providers)
                    without[section].update(made)
            else:
                without[section][name] = _resolved(value, mappings, providers)
    return without


def _substituted(part: Any, variable: str, value: str) -> Any:
    """Put a loop's value where its variable stands: in names, in `Ref` and in `Fn::Sub`."""
    match part:
        case {"Ref": str(name)} if name == variable:
            return value
        case str():
            return part.replace("${" + variable + "}", value)
        case dict():
            return {
                _substituted(key, variable, value): _substituted(each, variable, value) for key, each in part.items()
            }
        case list():
            return [_substituted(each, variable, value) for each in part]
    return part


def _resolved(part: Any, mappings: Mappings, providers: Sequence[str]) -> Any:
    """Resolve what is known once the providers are chosen; everything else stays for CloudFormation."""
    if part == {"Ref": "Providers"}:
        return list(providers)
    if not isinstance(part, dict):
        return [_resolved(each, mappings, providers) for each in part] if isinstance(part, list) else part
    part = {key: _resolved(value, mappings, providers) for key, value in part.items()}
    match part:
        case {"Fn::FindInMap": [str(mapping), str(row), str(column), *default]}:
            return _looked_up(mappings[mapping], row, column, *default)
        case {"Fn::Sub": sub}:
            return _sub(sub)
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return {"Fn::GetAtt": f"{name}.{attribute}"}
    return _text_or_list(part)


def _text_or_list(part: dict[str, Any]) -> Any:
    match part:
        case {"Fn::Join": [str(separator), list(parts)]} if all(isinstance(each, str) for each in parts):
            return separator.join(parts)
        case {"Fn::Split": [str(separator), str(text)]}:
            return text.split(separator)
        case {"Fn::Select": [int(at), list(values)]}:
            return values[at]
    return part


def _looked_up(mapping: Mapping[str, Mapping[str, str]], row: str, column: str, *default: Mapping[str, str]) -> str:
    found = mapping.get(row, {})
    return default[0]["DefaultValue"] if default and column not in found else found[column]


def _sub(sub: Any) -> Any:
    """Put in what is known; without a variable left it is a text."""
    text, variables = (sub, {}) if isinstance(sub, str) else sub
    for name, value in variables.items():
        if isinstance(value, str):
            text = text.replace("${" + name + "}", value)
    left = {name: value for name, value in variables.items() if not isinstance(value, str)}
    if left:
        return {"Fn::Sub": [text, left]}
    return {"Fn::Sub": text} if "${" in text else text


if __name__ == "__main__":
    whole = load(TEMPLATE)
    plain = json.loads(json.dumps(expanded(whole, [*rows(whole)])))  # YAML would write what is shared as anchors
    place = Path(sys.argv[1])
    place.parent.mkdir(exist_ok=True)
    place.write_text(yaml.safe_dump(plain, sort_keys=False), encoding="utf-8")
