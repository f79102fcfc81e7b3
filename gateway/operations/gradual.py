"""Gradual deployment: add to a built template what shifts traffic to new versions step by step.

    python -m gateway.operations.gradual .aws-sam/build/template.yaml samconfig.toml Canary10Percent15Minutes

`make deploy GRADUALLY=...` runs this between `sam build` and `sam deploy`. template.yaml itself has no alias, for SAM
publishes no version for a new value of a parameter (aws/serverless-application-model, issue 3820): after a plain `sam
deploy` with another LogLevel the alias would go on leading to the old one. Here each function gets a digest of all that
makes it, values included, and a new version whenever that is another.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from gateway.errors import GatewayError
from gateway.template import LOOP, Template, built_for, expanded

ALIAS = "live"
AT_ONCE = "AllAtOnce"  # the alias, without CodeDeploy
KINDS = (  # longer than each alarm takes to notice
    AT_ONCE,
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
)

_FUNCTION = "AWS::Serverless::Function"
_LAYER = "AWS::Serverless::LayerVersion"
_ALARMS = (  # two by name: they are about the API, and so would wait for what waits for them
    {"Fn::Sub": "${AWS::StackName}-ErrorsAlarm"},
    {"Fn::Sub": "${AWS::StackName}-VerySlowAnswersAlarm"},
    {"Ref": "FailedAlarm"},
    {"Ref": "RefusedRateAlarm"},
    {"Ref": "QuarantinedAlarm"},
    {"Ref": "OldEventsAlarm"},
)


def write(built: Path, parameters: bytes, kind: str) -> Path:
    """Return a copy beside a built template, with what moves as `kind` says; `parameters` is what holds their values.

    The built one stays as it is, so that a plain `sam deploy` after this deploys what it always does. Raises
    GatewayError for a kind that there isn't.
    """
    if kind not in KINDS:
        raise GatewayError(f"Unknown kind of gradual deployment: {kind}. Known are {', '.join(KINDS)}")
    template = yaml.safe_load(built.read_text(encoding="utf-8"))
    add(template, digests(expanded(template, built_for(template)), built.parent, parameters), kind)
    copy = built.with_name("gradual.yaml")
    copy.write_text(yaml.safe_dump(template, sort_keys=False), encoding="utf-8")
    return copy


def add(template: Template, published: Mapping[str, str], kind: str) -> None:
    """Add the alias of every function and how it moves to another version: one for each digest in `published`."""
    common = template["Globals"]["Function"]
    common |= {"AutoPublishAlias": ALIAS, "VersionDeletionPolicy": "Delete"}
    if kind != AT_ONCE:
        common["DeploymentPreference"] = {"Type": kind, "PassthroughCondition": True, "Alarms": list(_ALARMS)}
    for name, resource in template["Resources"].items():
        if name.startswith(LOOP):
            _publish_loop(template, resource, published)
        elif name in published:
            resource["Properties"]["AutoPublishCodeSha256"] = published[name]
    output = {"Description": "What leads to the version of each function that is in force", "Value": ALIAS}
    template["Outputs"]["FunctionAlias"] = output


def _publish_loop(template: Template, loop: list[Any], published: Mapping[str, str]) -> None:
    """Have each function of a loop look its digest up, in a mapping with a row for each provider."""
    variable, _, body = loop
    for name, resource in body.items():
        functions = {provider: name.replace("${" + variable + "}", provider) for provider in built_for(template)}
        own = {provider: published[function] for provider, function in functions.items() if function in published}
        if own:
            template["Mappings"]["Published"] = {provider: {"Sha256": digest} for provider, digest in own.items()}
            look_up = {"Fn::FindInMap": ["Published", {"Ref": variable}, "Sha256"]}
            resource["Properties"]["AutoPublishCodeSha256"] = look_up


# ---- The digests ---------------------------------------------------------------------------------------------------


def digests(template: Template, folder: Path, parameters: bytes) -> dict[str, str]:
    """Return for each function a digest of its code, its properties, the parameters, the layer and all other resources.

    Of those too, because a function's properties refer to them: rather a version too many than one too few.
    """
    resources: dict[str, Any] = template["Resources"]
    functions = {name: it for name, it in resources.items() if it["Type"] == _FUNCTION}
    others = {name: it for name, it in resources.items() if name not in functions}
    common = [parameters, _text({**template, "Resources": others})]
    for layer in (it for it in others.values() if it["Type"] == _LAYER):
        common += _content(folder / layer["Properties"]["ContentUri"])
    return {
        name: _digest([*common, _text(it), *_content(folder / it["Properties"]["CodeUri"])])
        for name, it in functions.items()
    }


def _text(part: Any) -> bytes:
    return json.dumps(part, sort_keys=True, default=str).encode()


def _content(folder: Path) -> Iterable[bytes]:
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        yield str(path.relative_to(folder)).encode()
        yield path.read_bytes()


def _digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


def main(
    built_template: Annotated[Path, typer.Argument(help="What `sam build` made: .aws-sam/build/template.yaml.")],
    samconfig: Annotated[Path, typer.Argument(help="The file with the values of the parameters.")],
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.")],
) -> None:
    """Write gradual.yaml beside a built template: the same, with versions, an alias and how that moves to a new one."""
    try:
        write(built_template, samconfig.read_bytes(), kind)
    except (GatewayError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
