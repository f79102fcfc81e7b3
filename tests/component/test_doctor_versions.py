"""`gateway doctor` tells where the alias of a function doesn't lead to what was deployed last."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from gateway.operations.deployed import Deployed
from gateway.operations.doctor import Finding, Level, _versions
from gateway.operations.installation import Installation
from tests.support.boto import REGION

OUTPUTS = {"FanoutFunctionName": "fn-fanout", "FunctionAlias": "live"}


@pytest.fixture
def functions() -> Iterator[Any]:
    """Lambda, with a function whose alias leads to its first version."""
    with mock_aws():
        trusted = {"Version": "2012-10-17", "Statement": []}
        role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trusted))["Role"]
        functions = boto3.client("lambda", region_name=REGION)
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr("fanout.py", "")
        functions.create_function(
            FunctionName="fn-fanout",
            Role=role["Arn"],
            Runtime="python3.13",
            Handler="fanout.handler",
            Code={"ZipFile": zipped.getvalue()},
            Environment={"Variables": {"LOG_LEVEL": "INFO"}},
            Publish=True,
        )
        functions.create_alias(FunctionName="fn-fanout", Name="live", FunctionVersion="1")
        yield functions


def test_what_was_not_published_is_found_until_it_is_and_a_deployment_under_way_is_told(functions: Any) -> None:
    def found(outputs: dict[str, str] = OUTPUTS) -> list[Finding]:
        return list(_versions(Installation("gw", "test", Deployed(None, outputs), lambda _: functions)))

    def change(**what: Any) -> None:
        functions.update_function_configuration(FunctionName="fn-fanout", **what)

    def publish() -> str:
        return str(functions.publish_version(FunctionName="fn-fanout")["Version"])

    def lead(**where: Any) -> None:
        functions.update_alias(FunctionName="fn-fanout", Name="live", **where)

    assert [each.level for each in found()] == [Level.OK]

    change(Environment={"Variables": {"LOG_LEVEL": "DEBUG"}})
    [unpublished] = found()
    assert (unpublished.level, unpublished.what) == (Level.TODO, "version of fanout")
    assert "make deploy" in unpublished.advice
    lead(FunctionVersion=publish())
    assert [each.level for each in found()] == [Level.OK]

    change(MemorySize=1024)
    version = publish()
    lead(RoutingConfig={"AdditionalVersionWeights": {version: 0.1}})
    [deployment] = found()
    assert (deployment.level, deployment.how) == (
        Level.NOTE,
        f"a deployment is under way: 10% at version {version}",
    )

    assert found({"FanoutFunctionName": "fn-fanout"}) == [], "without an alias there is nothing to tell"
