"""What the benchmark reads of a built template."""

import shutil
from typing import Any

import pytest

from bench.artifacts import resolved, without, zipped_bytes
from gateway.errors import GatewayError

DOCUMENT = {
    "Parameters": {"Stage": {"Default": "dev"}, "Days": {"Default": 7}, "Words": {"Default": "STOP,END"}},
    "Conditions": {
        "Weekly": {"Fn::Equals": [{"Ref": "Days"}, "7"]},
        "NotDev": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "dev"]}]},
    },
    "Resources": {
        "Events": {"Type": "AWS::SQS::Queue"},
        "Messages": {"Type": "AWS::SNS::Topic"},
        "ClaimsTable": {"Type": "AWS::DynamoDB::Table"},
    },
}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        (7, "7"),
        ({"Ref": "Days"}, "7"),
        ({"Ref": "Events"}, "http://127.0.0.1:1/123456789012/Events"),
        ({"Ref": "Messages"}, "arn:aws:sns:us-east-1:123456789012:Messages"),
        ({"Ref": "ClaimsTable"}, "claims"),
        ({"Fn::Sub": "/inbound-sms/${Stage}/sinch"}, "/inbound-sms/dev/sinch"),
        ({"Fn::If": ["Weekly", "true", "false"]}, "true"),
        ({"Fn::If": ["NotDev", "text", {"Ref": "Stage"}]}, "dev"),
        ({"Fn::Join": [",", {"Ref": "Words"}]}, "STOP,END"),
    ],
)
def test_variables_are_resolved(value: Any, text: str) -> None:
    assert resolved(value, DOCUMENT, "http://127.0.0.1:1") == text


def test_what_is_not_understood_is_an_error() -> None:
    with pytest.raises(GatewayError):
        resolved({"Fn::Select": [0, ["a", "b"]]}, DOCUMENT, "")


def test_the_size_is_that_of_a_compressed_archive(tmp_path: Any) -> None:
    (tmp_path / "zeros.py").write_bytes(b"0" * 100_000)

    assert 100 < zipped_bytes(tmp_path) < 1_000
    assert zipped_bytes(tmp_path, tmp_path) == 2 * zipped_bytes(tmp_path)


def test_the_size_without_a_package_is_that_without_its_metadata_whatever_its_version(tmp_path: Any) -> None:
    for number, name in enumerate(("botocore", "botocore-9.9.9.dist-info", "boto3", "inner/botocore")):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "module.py").write_bytes(bytes([number]) * 10)
    whole = zipped_bytes(tmp_path)
    bare = without(tmp_path, "botocore*")
    for name in ("botocore", "botocore-9.9.9.dist-info"):
        shutil.rmtree(tmp_path / name)

    assert bare == zipped_bytes(tmp_path) < whole
