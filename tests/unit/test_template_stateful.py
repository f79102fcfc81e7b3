"""What holds messages, or has subscribers, outlives its stack, and no parameter can have it replaced."""

import json
import re

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tests.support.template import resources, template

# A name that goes from this list is a store that is left behind, full, by the next deployment.
STATEFUL = {
    "AWS::DynamoDB::Table": {"ClaimsTable"},
    "AWS::SQS::Queue": {"EventsQueue", "DeadLetters"},
    "AWS::S3::Bucket": {"QuarantineBucket", "PayloadsBucket"},
    "AWS::SNS::Topic": {"MessagesTopic", "DeliveryTopic", "OperationsTopic"},
}
# What nothing is lost with: it is made again as it was, and what logs hold is told elsewhere, too.
REPLACEABLE = {
    "AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::DomainName", "AWS::Route53::RecordSet",
    "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy",
    "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::Logs::QueryDefinition", "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::Serverless::Function",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::LayerVersion",
}  # fmt: skip


def replacing(type_: str) -> set[str]:
    """Return the properties whose change has CloudFormation make a new one of a type, by AWS's own schema."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", type_).schema
    paths = [*schema["createOnlyProperties"], *schema.get("conditionalCreateOnlyProperties", [])]
    return {path.removeprefix("/properties/").partition("/")[0] for path in paths}


def test_every_store_is_known_and_every_kind_of_thing_is_one_or_is_none() -> None:
    """A provider's own source exists on a condition, and its folder's tests name what is stateful of it."""
    ours = {type_: {name for name, it in resources(type_).items() if "Condition" not in it} for type_ in STATEFUL}

    assert ours == STATEFUL
    assert {each["Type"] for each in template()["Resources"].values()} <= {*STATEFUL, *REPLACEABLE}


@pytest.mark.parametrize(("type_", "name"), [(type_, name) for type_ in STATEFUL for name in resources(type_)])
def test_it_outlives_the_stack_and_no_parameter_can_have_it_replaced(type_: str, name: str) -> None:
    resource = resources(type_)[name]
    fixed = {key: value for key, value in resource.get("Properties", {}).items() if key in replacing(type_)}

    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert not re.search(r'"(Ref|Condition|Fn::\w+)":', json.dumps(fixed)), "made of parameters, or other resources"
    assert set(fixed) <= {"KeySchema"}, "a name of its own could not be taken twice, nor by a second stack"


def test_what_replaces_a_store_is_read_from_aws_s_schema() -> None:
    assert "KeySchema" in replacing("AWS::DynamoDB::Table")
    assert "QueueName" in replacing("AWS::SQS::Queue")
