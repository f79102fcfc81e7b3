"""What holds or carries messages is open to nobody, and speaks TLS only: policies of the bucket, queues and topics."""

from typing import Any

import pytest

from tests.support.template import listed, resources, template

# The policy of each type of resource, the property that says what it is about, and what an outsider could do with it.
POLICIES = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket", {"s3:*"}),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues", {"sqs:*"}),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics", {"sns:Publish", "sns:Subscribe"}),
}
GUARDED = [(type_, name) for type_ in POLICIES for name in resources(type_)]
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def statements_about(type_: str, name: str) -> list[dict[str, Any]]:
    """Return the statements of the policies of a bucket, queue or topic."""
    policy, about, _ = POLICIES[type_]
    mine = [
        each["Properties"] for each in resources(policy).values() if {"Ref": name} in listed(each["Properties"][about])
    ]
    return [statement for each in mine for statement in each["PolicyDocument"]["Statement"]]


def arns_of(type_: str, name: str) -> list[Any]:
    """Return how a statement names it, whole."""
    arn = {"Fn::GetAtt": f"{name}.Arn"}
    return {
        "AWS::S3::Bucket": [arn, {"Fn::Sub": "${" + name + ".Arn}/*"}],
        "AWS::SQS::Queue": [arn],
        "AWS::SNS::Topic": [{"Ref": name}],
    }[type_]


@pytest.mark.parametrize(("type_", "name"), GUARDED)
def test_only_services_are_let_in_and_without_tls_everything_is_denied_to_everybody(type_: str, name: str) -> None:
    """Everybody else comes by a role's policy. SNS delivers over TLS, so that the denial doesn't concern it."""
    [statement] = [each for each in statements_about(type_, name) if each.get("Condition") == WITHOUT_TLS]

    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert set(listed(statement["Action"])) == POLICIES[type_][2]
    assert all(arn in listed(statement["Resource"]) for arn in arns_of(type_, name))
    for statement in statements_about(type_, name):
        if statement["Effect"] == "Allow" and name == "OperationsTopic":
            assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
            assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
        elif statement["Effect"] == "Allow":
            [topic] = [topic for topic in resources("AWS::SNS::Topic") if name.startswith(topic)]  # a provider's own
            assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
            assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": topic}}}


@pytest.mark.parametrize("name", ["MessagesTopic", "DeliveryTopic"])
def test_no_text_is_delivered_in_the_clear(name: str) -> None:
    [statement] = [
        each for each in statements_about("AWS::SNS::Topic", name)
        if each.get("Condition") == {"StringEquals": {"sns:Protocol": "http"}}
    ]  # fmt: skip

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sns:Subscribe")
    assert {"Ref": name} in statement["Resource"]


def test_the_bucket_is_nobodys_but_its_owners() -> None:
    for name, bucket in resources("AWS::S3::Bucket").items():
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].items()) == {
            (setting, True)
            for setting in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        }
        assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        assert "AccessControl" not in properties
        assert "WebsiteConfiguration" not in properties
        assert all(statement["Effect"] == "Deny" for statement in statements_about("AWS::S3::Bucket", name))


def test_whatever_can_have_a_policy_is_looked_at_here() -> None:
    """A new kind of store wants a row above. The table can be reached by a role's policy only."""
    types = {resource["Type"] for resource in template()["Resources"].values()}
    known = {*POLICIES, *(policy for policy, _, _ in POLICIES.values()), "AWS::DynamoDB::Table", "AWS::Logs::LogGroup"}
    assert {type_ for type_ in types if type_.split("::")[1] in {"S3", "SQS", "SNS", "DynamoDB", "Kinesis", "KMS"}} - {
        "AWS::SNS::Subscription"
    } <= known
