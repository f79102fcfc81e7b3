"""A world in memory as a stack that the command line finds by its name, as it finds one in AWS."""

import io
import json
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from gateway.__main__ import app
from gateway.operations import doctor, installation, queues
from gateway.operations.deployed import Deployed
from gateway.operations.installation import Installation
from gateway.simulator import senders
from tests.support.acme.sender import ACME_ENTRY
from tests.support.boto import REGION
from tests.support.providers import API, registered
from tests.support.world import World

NAME = "inbound-sms-test"
STAGE = "test"
PREFIXES = {entry.provider.name: entry.function.removesuffix("Function") for entry in (*registered(), ACME_ENTRY)}
ALARM = f"{NAME}-FailedAlarm-1"
RESOURCES = [
    {"ResourceType": "AWS::CloudWatch::Alarm", "PhysicalResourceId": ALARM},
    {"ResourceType": "AWS::SQS::Queue", "PhysicalResourceId": f"{NAME}-prod-FailedAlarm-1"},
    {"ResourceType": "AWS::CloudWatch::Alarm"},
]


@dataclass(frozen=True)
class Desk:
    """Where an operator sits: commands are typed as they are for a deployed stack, and go through boto3 to moto."""

    aws: World
    dead: str
    operations: str
    parameters: dict[str, str]
    outputs: dict[str, str]

    def run(self, *words: str, typed: str | None = None) -> Result:
        """Types a command; `typed` is what is typed (or piped) into it."""
        return typing([*words, "--stack", NAME, "--region", REGION], typed)

    def json(self, *words: str, status: int = 0, typed: str | None = None) -> Any:
        ended = self.run(*words, "--json", typed=typed)
        assert ended.exit_code == status, ended.output
        return json.loads(ended.stdout)

    def secrets(self, provider: str) -> dict[str, Any]:
        value = self.aws.ssm.get_parameter(Name=f"/inbound-sms/{STAGE}/{provider}", WithDecryption=True)
        document: dict[str, Any] = json.loads(value["Parameter"]["Value"])
        return document


@dataclass
class Functions:
    """Lambda, with functions by their names. `asked` holds the events that they were invoked with."""

    by_name: dict[str, Callable[[dict[str, Any]], Any]]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as boto3 names them
        event = json.loads(Payload)
        self.asked.append(event)
        return {"Payload": io.BytesIO(json.dumps(self.by_name[FunctionName](event)).encode())}


def typing(words: list[str], typed: str | None = None) -> Result:
    """Types a command; what it does to signals ends with it."""
    before = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        return CliRunner().invoke(app, words, input=typed)
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


@cache
def _session(**chosen: Any) -> Any:
    """Return boto3's session, with clients that are made once: it takes long, and moto's serve any world."""
    session: Any = boto3.Session(**chosen)
    session.client = cache(session.client)
    return session


def desk(world: World, patch: pytest.MonkeyPatch) -> Desk:
    """Put a stack around a world; Acme, which is no provider elsewhere, is one of its providers."""
    patch.setitem(senders(), "acme", ACME_ENTRY.sender)
    dead = world.sqs.create_queue(QueueName="dead")["QueueUrl"]
    operations = world.sns.create_topic(Name="operations")["TopicArn"]
    outputs = outputs_over(world, dead) | {"OperationsTopicArn": operations}
    parameters = {"Stage": STAGE}

    def described(_cloudformation: object, name: str) -> tuple[dict[str, str], dict[str, str]]:
        if name != NAME:
            error: Any = {"Error": {"Code": "ValidationError", "Message": f"Stack with id {name} does not exist"}}
            raise ClientError(error, "DescribeStacks")
        return outputs, parameters

    # Moto's CloudFormation needs packages that nothing else does.
    patch.setattr(installation, "described", described)
    patch.setattr(installation, "boto3", SimpleNamespace(Session=_session))
    patch.setattr(queues, "SETTLING_SECONDS", 0)
    patch.setattr(doctor, "mappings_of", lambda _installation: [{"UUID": "u", "State": "Enabled"}])
    patch.setattr(doctor, "resources_of", lambda _cloudformation, _name: RESOURCES)
    return Desk(world, dead, operations, parameters, outputs)


def installed_over(world: World, clients: dict[str, Any], **outputs: str) -> Installation:
    """Return a stack around a world, reached by these clients, and with more outputs than a usual one."""
    deployed = Deployed(None, outputs_over(world, "") | outputs)
    return Installation(NAME, STAGE, deployed, clients.__getitem__)


def outputs_over(world: World, dead: str) -> dict[str, str]:
    outputs = {
        "MessagesTopicArn": world.topics["messages"],
        "DeliveryTopicArn": world.topics["delivery"],
        "EventsQueueUrl": world.queue_url,
        "DeadLettersUrl": dead,
        "ClaimsTableName": world.table,
        "QuarantineBucketName": world.bucket,
        "PayloadsBucketName": world.payloads,
        "TokenUrl": f"{API}/oauth2/{{provider}}/token",
        "FanoutFunctionName": "fn-fanout",
    }
    for provider, prefix in PREFIXES.items():
        outputs[f"{prefix}WebhookUrl"] = f"{API}/{provider}"
        outputs[f"{prefix}FunctionName"] = f"fn-{provider}"
    return outputs
