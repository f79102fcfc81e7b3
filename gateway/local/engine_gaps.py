"""What the local engine (MiniStack 1.5.33) does not do, and AWS does: worked around before and after a deployment.

1. It does not import the OpenAPI document that SAM makes of the functions' HttpApi events: routes are missing.
2. It keeps template parameters as text, and its queue poller stumbles over a text as MaximumConcurrency.
3. It refuses a template with an alarm on metric math (`Metrics`), or with a saved query; these are left out here.

The first two repairs do no harm to an engine that has learnt the thing. Another gap, subscriptions by e-mail, is
closed inside the engine, by engine_mail.py.
"""

from pathlib import Path
from typing import Any

import yaml

from gateway.local.aws import LocalAws
from gateway.operations.deployed import resources_of


def deployable(built_template: Path) -> Path:
    """Gives what `sam deploy` can bring into the engine of a template that was built: a copy beside it."""
    template = yaml.safe_load(built_template.read_text())
    resources = template["Resources"]
    template["Resources"] = {name: it for name, it in resources.items() if not _is_refused(it)}
    copy = built_template.with_name("template.local.yaml")
    copy.write_text(yaml.safe_dump(template, sort_keys=False))
    return copy


def _is_refused(resource: dict[str, Any]) -> bool:
    is_on_metric_math = resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    return is_on_metric_math or resource["Type"] == "AWS::Logs::QueryDefinition"


def repair(aws: LocalAws, stack: str, built_template: Path) -> None:
    """Brings a stack that was just deployed to where AWS would have it."""
    resources = resources_of(aws.cloudformation, stack)
    physical = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
    template = yaml.safe_load(built_template.read_text())
    _create_routes(aws, template["Resources"], physical)
    _make_concurrency_a_number(aws)


def _create_routes(aws: LocalAws, resources: dict[str, Any], physical: dict[str, str]) -> None:
    api = next(physical[name] for name, it in resources.items() if it["Type"] == "AWS::Serverless::HttpApi")
    there = {route["RouteKey"] for route in aws.apigateway.get_routes(ApiId=api)["Items"]}
    for name, resource in resources.items():
        routes = [route for route in _routes_to(resource) if route not in there]
        if not routes or name not in physical:  # a provider that is switched off is not there
            continue
        arn = aws.functions.get_function_configuration(FunctionName=physical[name])["FunctionArn"]
        integration = aws.apigateway.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
        )
        for route in routes:
            target = f"integrations/{integration['IntegrationId']}"
            aws.apigateway.create_route(ApiId=api, RouteKey=route, Target=target)


def _routes_to(resource: dict[str, Any]) -> list[str]:
    """Gives the keys (`POST /acme`) of the routes that lead to a resource; only functions have any."""
    if resource["Type"] != "AWS::Serverless::Function":
        return []
    events = resource["Properties"].get("Events", {}).values()
    routes = [event["Properties"] for event in events if event["Type"] == "HttpApi"]
    return [f"{route['Method']} {route['Path']}" for route in routes]


def _make_concurrency_a_number(aws: LocalAws) -> None:
    """Which of the two it is does not show from outside, so this always writes the number that is meant."""
    for mapping in aws.functions.list_event_source_mappings()["EventSourceMappings"]:
        concurrency = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
        if concurrency is not None:
            scaling = {"MaximumConcurrency": int(concurrency)}
            aws.functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig=scaling)  # type: ignore[arg-type]
