"""`gateway doctor` tells where the alias of a function doesn't lead to what was deployed last."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from gateway.operations.deployed import Deployed
from gateway.operations.doctor import Finding, Level, _versions
from gateway.operations.installation import Installation
from tests.support.boto import REGION

OUTPUTS = {"FanoutFunctionName": "fn-fanout", "FunctionAlias": "live"}


@dataclass
class Released:
    """A function whose alias leads to its first version."""

    functions: Any
    outputs: dict[str, str]

    def found(self) -> list[Finding]:
        deployed = Deployed(None, self.outputs)
        return list(_versions(Installation("gw", "test", deployed, lambda _: self.functions)))

    def change(self, **what: Any) -> None:
        self.functions.update_function_configuration(FunctionName="fn-fanout", **what)

    def publish(self) -> str:
        return str(self.functions.publish_version(FunctionName="fn-fanout")["Version"])

    def lead(self, **where: Any) -> None:
        self.functions.update_alias(FunctionName="fn-fanout", Name="live", **where)


@pytest.fixture
def released() -> Iterator[Released]:
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
        yield Released(functions, dict(OUTPUTS))


def test_what_is_in_force_needs_nothing(released: Released) -> None:
    assert [each.level for each in released.found()] == [Level.OK]


def test_a_changed_parameter_that_was_not_published_is_found_until_it_is(released: Released) -> None:
    released.change(Environment={"Variables": {"LOG_LEVEL": "DEBUG"}})
    [found] = released.found()
    assert (found.level, found.what) == (Level.TODO, "version of fanout")
    assert "make deploy" in found.advice

    released.lead(FunctionVersion=released.publish())
    assert [each.level for each in released.found()] == [Level.OK]


def test_a_deployment_under_way_is_told(released: Released) -> None:
    released.change(MemorySize=1024)
    version = released.publish()
    released.lead(RoutingConfig={"AdditionalVersionWeights": {version: 0.1}})

    [found] = released.found()
    assert (found.level, found.how) == (Level.NOTE, f"a deployment is under way: 10% at version {version}")


def test_without_an_alias_there_is_nothing_to_tell(released: Released) -> None:
    del released.outputs["FunctionAlias"]

    assert released.found() == []
