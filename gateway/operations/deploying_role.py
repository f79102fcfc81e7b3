"""What whoever deploys may have to do, and nothing else: made from the template and from AWS's own schemas.

    python -m gateway.operations.deploying_role

writes docs/deploying-role.json. CloudFormation acts in the name of whoever calls it, and the schema of each type says
which permissions its handlers need. Some of those names no service has: what AWS's own data for validating policies
doesn't know is left out.
"""

import json
import re
from collections import defaultdict
from typing import Any

from cfnlint.data import AdditionalSpecs  # type: ignore[import-untyped]
from cfnlint.helpers import load_resource  # type: ignore[import-untyped]
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from gateway.paths import ROOT, TEMPLATE
from gateway.template import expanded, load, rows

FILE = ROOT / "docs" / "deploying-role.json"
PREFIX = "inbound-sms-"  # how the names of stacks begin, and with them those of what they make
_REGION = "us-east-1"
# What SAM makes of its own types.
_MADE = {
    "AWS::Serverless::Function": [
        "AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::Lambda::EventSourceMapping",
    ],
    "AWS::Serverless::HttpApi": ["AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"],
    "AWS::Serverless::LayerVersion": ["AWS::Lambda::LayerVersion"],
}  # fmt: skip
# Where what a service makes can be told from others' by its name; lists, and everything else, are allowed for any.
_NAMED = {
    "cloudwatch": [f"arn:aws:cloudwatch:*:*:alarm:{PREFIX}*", f"arn:aws:cloudwatch::*:dashboard/{PREFIX}*"],
    "dynamodb": [f"arn:aws:dynamodb:*:*:table/{PREFIX}*"],
    "iam": [
        f"arn:aws:iam::*:role/{PREFIX}*",
        f"arn:aws:iam::*:policy/{PREFIX}*",
        "arn:aws:iam::*:role/aws-service-role/*",
    ],
    "lambda": [
        f"arn:aws:lambda:*:*:function:{PREFIX}*",
        "arn:aws:lambda:*:*:layer:SharedLayer*",
        "arn:aws:lambda:*:*:event-source-mapping:*",
    ],
    "s3": [f"arn:aws:s3:::{PREFIX}*"],
    "sns": [f"arn:aws:sns:*:*:{PREFIX}*"],
    "sqs": [f"arn:aws:sqs:*:*:{PREFIX}*"],
    "ssm": ["arn:aws:ssm:*:*:parameter/inbound-sms/*/topics/*"],
}
_UNNAMED = ("List", "Describe", "CreateEventSourceMapping")  # actions that know no resource, or only in conditions
# What the schemas have for properties that the template doesn't use, or for parameters that most leave empty.
_SERVICES = {"apigateway", "cloudwatch", "dynamodb", "iam", "lambda", "logs", "s3", "sns", "sqs", "ssm"}
_UNUSED = re.compile(
    "User|Group(?!s?$)|Replica|Kinesis|Import|Item$|:Query$|Scan$|MetadataTable|Analytics|Inventory|Intelligent|"
    "Accelerat|Website|BearerToken|CapacityProvider|DeleteObject|PutLogEvents|CreateLogStream|IndexPolicy"
)
# Where access logs of API Gateway go to: its guide, "Configuring logging for an HTTP API".
_LOG_DELIVERY = [
    "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeResourcePolicies", "logs:GetLogDelivery",
    "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
]  # fmt: skip
_STACKS = [
    "cloudformation:CreateChangeSet", "cloudformation:CreateStack", "cloudformation:DeleteStack",
    "cloudformation:DeleteChangeSet", "cloudformation:DescribeChangeSet", "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResources", "cloudformation:DescribeStacks", "cloudformation:ExecuteChangeSet",
    "cloudformation:GetTemplate", "cloudformation:GetTemplateSummary", "cloudformation:ListStackResources",
    "cloudformation:UpdateStack",
]  # fmt: skip


def known_actions() -> frozenset[str]:
    """Return every action that IAM knows, in lower case, as it doesn't matter to IAM."""
    services = load_resource(AdditionalSpecs, "Policies.json").items()
    return frozenset(f"{service}:{action}" for service, one in services for action in one["Actions"])


def actions() -> dict[str, list[str]]:
    """Return what CloudFormation has to do for the template's resources, by service."""
    template = expanded(load(TEMPLATE), [*rows(load(TEMPLATE))])
    types = {made for each in template["Resources"].values() for made in _MADE.get(each["Type"], [each["Type"]])}
    known, found = known_actions(), defaultdict[str, set[str]](set)
    for type_ in types:
        handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, type_).schema.get("handlers", {})
        for handler in handlers.values():
            for action in handler.get("permissions", []):
                service = action.partition(":")[0].lower()
                is_read = action.partition(":")[2].startswith("Get")  # of every property, used or not
                if service in _SERVICES and action.lower() in known and (is_read or not _UNUSED.search(action)):
                    found[service].add(service + action[len(service) :])
    found["iam"].discard("iam:PassRole")  # a statement of its own
    found["dynamodb"].discard("dynamodb:GetItem")
    found["logs"].update(_LOG_DELIVERY)
    return {service: sorted(found[service]) for service in sorted(found)}


def policy() -> dict[str, Any]:
    """Return the policy of a role that may deploy stacks whose names begin with `inbound-sms-`."""
    statements: list[dict[str, Any]] = [
        {"Sid": "Stacks", "Action": _STACKS, "Resource": [f"arn:aws:cloudformation:*:*:stack/{PREFIX}*"]},
        {
            "Sid": "Transforms",
            "Action": ["cloudformation:CreateChangeSet"],
            "Resource": [
                "arn:aws:cloudformation:*:aws:transform/LanguageExtensions",
                "arn:aws:cloudformation:*:aws:transform/Serverless-2016-10-31",
            ],
        },
        {"Sid": "Artifacts", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::*/*"]},
        {
            "Sid": "Roles",
            "Action": ["iam:PassRole"],
            "Resource": [f"arn:aws:iam::*:role/{PREFIX}*"],
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        },
    ]
    unnamed = []
    for service, needed in actions().items():
        own = [it for it in needed if service in _NAMED and not it.partition(":")[2].startswith(_UNNAMED)]
        unnamed += sorted(set(needed) - set(own))
        if own:
            statements.append({"Sid": service.capitalize(), "Action": own, "Resource": _NAMED[service]})
    statements.append({"Sid": "Unnamed", "Action": unnamed, "Resource": ["*"]})
    ordered = [{"Sid": each["Sid"], "Effect": "Allow", **each} for each in statements]
    return {"Version": "2012-10-17", "Statement": ordered}


def written() -> str:
    """Return the file's content."""
    return json.dumps(policy(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
