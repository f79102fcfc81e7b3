"""A key of our own: everything that stores anything has it, and the key policy in the docs lets in who needs it."""

import json
import re
from typing import Any

import pytest

from tests.support.providers import ROOT
from tests.support.template import decided, resources, template

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
STORES = {
    "AWS::SQS::Queue": lambda key: {"KmsMasterKeyId": key},
    "AWS::SNS::Topic": lambda key: {"KmsMasterKeyId": key},
    "AWS::DynamoDB::Table": lambda key: {
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    },
    "AWS::S3::Bucket": lambda key: {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {
                    "BucketKeyEnabled": True,  # a call to KMS for many objects, not for each
                    "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
                }
            ]
        }
    },
    "AWS::Logs::LogGroup": lambda key: {"KmsKeyId": key},
}


@pytest.mark.parametrize(("type_", "name"), [(type_, name) for type_ in STORES for name in resources(type_)])
def test_what_stores_anything_has_the_key_and_without_one_nothing_refers_to_it(type_: str, name: str) -> None:
    properties = decided(resources(type_)[name]["Properties"], KmsKeyArn=KEY)
    expected = STORES[type_]({"Ref": "KmsKeyArn"})

    assert {key: properties[key] for key in expected} == expected
    assert "SqsManagedSseEnabled" not in properties, "a queue has one or the other"
    assert "KmsKeyArn" not in json.dumps(decided(resources(type_)[name].get("Properties", {})))


def key_policy() -> list[dict[str, Any]]:
    """Return the statements of the key policy that docs/deploying.md shows."""
    text = (ROOT / "docs" / "deploying.md").read_text()
    [policy] = [each for each in re.findall(r"```json\n(.*?)```", text, re.DOTALL) if "kms:" in each]
    statements: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return statements


def test_the_key_policy_of_the_docs_lets_in_every_service_that_comes_in_its_own_name() -> None:
    """Logs, CloudWatch's alarms, SNS before an encrypted queue; all others come in a role's name."""
    services = {each["Principal"]["Service"] for each in key_policy() if "Service" in each["Principal"]}
    assert services == {"logs.eu-west-1.amazonaws.com", "cloudwatch.amazonaws.com", "sns.amazonaws.com"}

    let_in = {
        statement["Principal"]["Service"]
        for type_ in ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")
        for each in resources(type_).values()
        for statement in each["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    }
    assert let_in == services - {"logs.eu-west-1.amazonaws.com"}
    for service in let_in:
        [statement] = [each for each in key_policy() if each["Principal"].get("Service") == service]
        assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}


def test_the_parameter_takes_an_arn_and_nothing_that_a_policy_could_not_name() -> None:
    pattern = re.compile(template()["Parameters"]["KmsKeyArn"]["AllowedPattern"])
    for given, taken in {"": True, KEY: True, "alias/ours": False, KEY.replace("key/", "alias/"): False}.items():
        assert bool(pattern.fullmatch(given)) == taken
