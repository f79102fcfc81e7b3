"""What holds messages outlives its stack, is open to nobody, and is encrypted, with a key of our own if we have one."""

import importlib
import json
import re
from typing import Any

import pytest

from tests.support.providers import ROOT
from tests.support.template import decided, listed, resources, template

# ---- It stays ------------------------------------------------------------------------------------------------

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
    "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::SSM::Parameter",
    "AWS::Serverless::Function", "AWS::Serverless::HttpApi", "AWS::Serverless::LayerVersion",
}  # fmt: skip


def replacing(type_: str) -> set[str]:
    """Return the properties whose change has CloudFormation make a new one of a type, by AWS's own schema."""
    cfnlint = importlib.import_module("cfnlint.schema.manager")  # slow, and each worker collects this file
    schema = cfnlint.PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", type_).schema
    paths = [*schema["createOnlyProperties"], *schema.get("conditionalCreateOnlyProperties", [])]
    return {path.removeprefix("/properties/").partition("/")[0] for path in paths}


def test_every_store_is_known_and_every_kind_of_thing_is_one_or_is_none() -> None:
    """A provider's own source exists on a condition, and its folder's tests name what is stateful of it."""
    ours = {type_: {name for name, it in resources(type_).items() if "Condition" not in it} for type_ in STATEFUL}

    assert ours == STATEFUL
    assert {each["Type"] for each in template()["Resources"].values()} <= {*STATEFUL, *REPLACEABLE}
    assert "KeySchema" in replacing("AWS::DynamoDB::Table"), "as AWS's schema says"


@pytest.mark.parametrize(("type_", "name"), [(type_, name) for type_ in STATEFUL for name in resources(type_)])
def test_it_outlives_the_stack_and_no_parameter_can_have_it_replaced(type_: str, name: str) -> None:
    resource = resources(type_)[name]
    fixed = {key: value for key, value in resource.get("Properties", {}).items() if key in replacing(type_)}

    assert resource["DeletionPolicy"] == "RetainExceptOnCreate", "what a failed creation made is empty, and goes"
    assert resource["UpdateReplacePolicy"] == "Retain"
    assert not re.search(r'"(Ref|Condition|Fn::\w+)":', json.dumps(fixed)), "made of parameters, or other resources"
    assert set(fixed) <= {"KeySchema"}, "a name of its own could not be taken twice, nor by a second stack"


def test_every_bucket_forgets_in_time() -> None:
    """A payload lives longer than the event that refers to it may wait."""
    for name, bucket in resources("AWS::S3::Bucket").items():
        [rule] = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
        parameter = name.removesuffix("Bucket").removesuffix("s") + "RetentionDays"
        assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", {"Ref": parameter})
    shortest = template()["Parameters"]["PayloadRetentionDays"]["MinValue"]
    assert shortest * 86_400 > resources("AWS::SQS::Queue")["DeadLetters"]["Properties"]["MessageRetentionPeriod"]


# ---- It is open to nobody, and by TLS only --------------------------------------------------------------------

# The policy of each type of resource, the property that says what it is about, and what an outsider could do with it.
POLICIES = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket", {"s3:*"}),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues", {"sqs:*"}),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics", {"sns:Publish", "sns:Subscribe"}),
}
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def statements_about(type_: str, name: str, **parameters: str) -> list[dict[str, Any]]:
    """Return the statements of the policies of a bucket, queue or topic."""
    policy, about, _ = POLICIES[type_]
    policies = [each["Properties"] for each in resources(policy).values()]
    mine = [each["PolicyDocument"] for each in policies if {"Ref": name} in listed(each[about])]
    return [statement for document in mine for statement in decided(document["Statement"], **parameters)]


@pytest.mark.parametrize(("type_", "name"), [(type_, name) for type_ in POLICIES for name in resources(type_)])
def test_only_services_are_let_in_and_without_tls_everything_is_denied_to_everybody(type_: str, name: str) -> None:
    """Everybody else comes by a role's policy. SNS delivers over TLS, so that the denial doesn't concern it."""
    [statement] = [each for each in statements_about(type_, name) if each.get("Condition") == WITHOUT_TLS]

    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert set(listed(statement["Action"])) == POLICIES[type_][2]
    about = listed(statement["Resource"])
    assert ({"Ref": name} if type_ == "AWS::SNS::Topic" else {"Fn::GetAtt": f"{name}.Arn"}) in about
    assert type_ != "AWS::S3::Bucket" or {"Fn::Sub": "${" + name + ".Arn}/*"} in about
    for statement in statements_about(type_, name):
        if statement["Effect"] == "Allow" and name == "OperationsTopic":
            assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
            assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
        elif statement["Effect"] == "Allow":
            [topic] = {
                each["Properties"]["TopicArn"]["Ref"]
                for each in resources("AWS::SNS::Subscription").values()
                if f"{name}.Arn" in json.dumps(each["Properties"])
            }
            assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
            assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": topic}}}


def test_a_queue_is_subscribed_only_once_its_topic_may_send_to_it() -> None:
    """What SNS may not deliver is lost, and is told by no alarm: it may not send to the dead-letter queue either."""
    found = [each for each in resources("AWS::SNS::Subscription").values() if each["Properties"]["Protocol"] == "sqs"]

    assert found
    for each in found:
        queue = {"Ref": each["Properties"]["Endpoint"]["Fn::GetAtt"].removesuffix(".Arn")}
        policies = {n for n, it in resources("AWS::SQS::QueuePolicy").items() if queue in it["Properties"]["Queues"]}
        assert policies == set(listed(each.get("DependsOn", [])))


@pytest.mark.parametrize("name", ["MessagesTopic", "DeliveryTopic"])
def test_no_text_is_delivered_in_the_clear(name: str) -> None:
    [statement] = [
        each for each in statements_about("AWS::SNS::Topic", name)
        if each.get("Condition") == {"StringEquals": {"sns:Protocol": "http"}}
    ]  # fmt: skip

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sns:Subscribe")
    assert {"Ref": name} in statement["Resource"]


def test_other_accounts_may_do_as_much_as_a_subscriber_has_to() -> None:
    allowed = {
        name: [listed(each["Action"]) for each in statements_about(type_, name, SubscriberAccounts="210987654321")
               if each["Effect"] == "Allow" and each["Principal"] == {"AWS": {"Ref": "SubscriberAccounts"}}]
        for type_ in ("AWS::SNS::Topic", "AWS::S3::Bucket") for name in resources(type_)
    }  # fmt: skip
    subscribes = [["sns:Subscribe", "sns:GetTopicAttributes"]]
    assert {name: actions for name, actions in allowed.items() if actions} == {
        "MessagesTopic": subscribes, "DeliveryTopic": subscribes,
        "PayloadsBucket": [["s3:GetObject"]], "MediaBucket": [["s3:GetObject"]],
    }  # fmt: skip


@pytest.mark.parametrize("name", resources("AWS::S3::Bucket"))
def test_a_bucket_is_nobodys_but_its_owners(name: str) -> None:
    properties = resources("AWS::S3::Bucket")[name]["Properties"]
    blocked = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")

    assert properties["PublicAccessBlockConfiguration"] == dict.fromkeys(blocked, True)
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert not properties.keys() & {"AccessControl", "WebsiteConfiguration"}
    assert all(statement["Effect"] == "Deny" for statement in statements_about("AWS::S3::Bucket", name))


# ---- It is encrypted -----------------------------------------------------------------------------------------

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
OURS = {"Ref": "KmsKeyArn"}


def of_a_bucket(**rule: Any) -> Any:
    return {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}}


# How each type is encrypted by itself, and with a key of ours.
ENCRYPTED: dict[str, tuple[Any, Any]] = {
    # A queue that had AWS's own keys goes over to ours in one update only if it is told to give up the former.
    "AWS::SQS::Queue": ({"SqsManagedSseEnabled": True}, {"SqsManagedSseEnabled": False, "KmsMasterKeyId": OURS}),
    "AWS::SNS::Topic": ({"KmsMasterKeyId": "alias/aws/sns"}, {"KmsMasterKeyId": OURS}),
    "AWS::DynamoDB::Table": (
        {"SSESpecification": {"SSEEnabled": True}},
        {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": OURS}},
    ),
    "AWS::S3::Bucket": (
        of_a_bucket(ServerSideEncryptionByDefault={"SSEAlgorithm": "AES256"}),
        of_a_bucket(
            BucketKeyEnabled=True,  # a call to KMS for many objects, not for each
            ServerSideEncryptionByDefault={"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": OURS},
        ),
    ),
    "AWS::Logs::LogGroup": ({}, {"KmsKeyId": OURS}),
}


@pytest.mark.parametrize(("type_", "name"), [(type_, name) for type_ in ENCRYPTED for name in resources(type_)])
def test_what_stores_anything_is_encrypted_by_itself_or_with_a_key_of_ours(type_: str, name: str) -> None:
    by_itself, with_ours = ENCRYPTED[type_]
    if name == "OperationsTopic":  # CloudWatch can't publish to a topic with AWS's own key; alarms hold no message
        by_itself = {}

    without = decided(resources(type_)[name].get("Properties", {}))
    assert without | by_itself == without
    assert "KmsKeyArn" not in json.dumps(without)
    given = decided(resources(type_)[name]["Properties"], KmsKeyArn=KEY)
    assert given | with_ours == given


def test_the_key_policy_of_the_docs_lets_in_every_service_that_comes_in_its_own_name() -> None:
    """Logs, CloudWatch's alarms, SNS before an encrypted queue; all others come in a role's name."""
    shown = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "deploying.md").read_text(), re.DOTALL)
    [policy] = [json.loads(each)["Statement"] for each in shown if "kms:" in each]
    by_service = {each["Principal"]["Service"]: each for each in policy if "Service" in each["Principal"]}
    let_in = {
        statement["Principal"]["Service"]
        for type_ in ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")
        for each in resources(type_).values()
        for statement in decided(each["Properties"]["PolicyDocument"]["Statement"])
        if statement["Effect"] == "Allow"
    }

    assert by_service.keys() == let_in | {"logs.eu-west-1.amazonaws.com"}
    assert all(set(by_service[name]["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"} for name in let_in)
