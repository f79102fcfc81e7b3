"""What the local engine (MiniStack 1.5.33) does not do, and AWS does: worked around before and after a deployment.

1. It does not import the OpenAPI document that SAM makes of the functions' HttpApi events: routes are missing.
2. It keeps template parameters as text, and its queue poller stumbles over a text as MaximumConcurrency.
3. It refuses a template with an alarm on metric math (`Metrics`), or with a saved query; these are left out here.
4. It knows no `Fn::Join` in a condition, and so takes each list for one that holds something. It keeps a list as text.

The first two repairs do no harm to an engine that has learnt the thing. What is mended inside the engine is in
engine_start.py.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from gateway.local.aws import LocalAws
from gateway.operations.deployed import resources_of
from gateway.operations.gradual import ALIAS
from gateway.template import LOOP

_FUNCTION = re.compile(rf"/functions/\$\{{(\w+?)(?:Alias{ALIAS}|\.Arn)\}}")  # the engine's API knows no alias
_ANY = "x-amazon-apigateway-any-method"


def deployable(built_template: Path) -> Path:
    """Return what `sam deploy` can bring into the engine of a template that was built: a copy beside it.

    It is in JSON, as SAM reads a template several times, and YAML takes it long.
    """
    template = yaml.load(built_template.read_text(), yaml.CSafeLoader)
    template["Resources"] = _without_refused(template["Resources"])
    template["Conditions"] = _without_join(template["Conditions"])
    copy = built_template.with_name("template.local.json")
    copy.write_text(json.dumps(template))
    return copy


def _without_refused(resources: dict[str, Any]) -> dict[str, Any]:
    kept = {}
    for name, it in resources.items():
        if name.startswith(LOOP):
            variable, values, body = it
            kept[name] = [variable, values, _without_refused(body)]
        elif not _is_refused(it):
            kept[name] = it
    return kept


def _without_join(condition: Any) -> Any:
    match condition:
        case {"Fn::Join": ["", joined]}:
            return joined
        case dict():
            return {name: _without_join(it) for name, it in condition.items()}
        case list():
            return [_without_join(it) for it in condition]
    return condition


def _is_refused(resource: dict[str, Any]) -> bool:
    is_on_metric_math = resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    return is_on_metric_math or resource["Type"] == "AWS::Logs::QueryDefinition"


def repair(aws: LocalAws, stack: str) -> None:
    """Bring a stack that was just deployed to where AWS would have it."""
    resources = resources_of(aws.cloudformation, stack)
    physical = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
    processed = aws.cloudformation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    _create_routes(aws, processed["Resources"], physical)
    _make_concurrency_a_number(aws)


def _create_routes(aws: LocalAws, resources: dict[str, Any], physical: dict[str, str]) -> None:
    """Create the routes of the OpenAPI document, and delete those of the version before."""
    [(name, api)] = [(name, it) for name, it in resources.items() if it["Type"] == "AWS::ApiGatewayV2::Api"]
    id_, wanted = physical[name], dict(_routes_of(api["Properties"]["Body"], physical))
    there = {route["RouteKey"]: route["RouteId"] for route in aws.apigateway.get_routes(ApiId=id_)["Items"]}
    for route in wanted.keys() - there.keys():
        arn = aws.functions.get_function_configuration(FunctionName=physical[wanted[route]])["FunctionArn"]
        integration = aws.apigateway.create_integration(
            ApiId=id_, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
        )
        aws.apigateway.create_route(ApiId=id_, RouteKey=route, Target=f"integrations/{integration['IntegrationId']}")
    for route in there.keys() - wanted.keys():
        aws.apigateway.delete_route(ApiId=id_, RouteId=there[route])


def _routes_of(document: dict[str, Any], physical: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the key of each route (`ANY /acme`), and the function that it leads to, of those that are there."""
    for path, item in document["paths"].items():
        methods = item["Fn::If"][1] if "Fn::If" in item else item  # of a version whose functions have conditions
        for method, operation in methods.items():
            found = _FUNCTION.search(str(operation))
            if found and found[1] in physical:
                yield f"{'ANY' if method == _ANY else method.upper()} {path}", found[1]


def _make_concurrency_a_number(aws: LocalAws) -> None:
    """Which of the two it is does not show from outside, so this always writes the number that is meant."""
    for mapping in aws.functions.list_event_source_mappings()["EventSourceMappings"]:
        concurrency = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
        if concurrency is not None:
            scaling = {"MaximumConcurrency": int(concurrency)}
            aws.functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig=scaling)  # type: ignore[arg-type]
