"""AWS as the benchmark plays it: its responses satisfy both clients, and its record holds each call."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import aws_client
from aws_client.errors import AwsServiceError
from bench import aws_stub
from bench.aws_services import Services, write_units
from bench.aws_stub import AwsStub
from bench.rounds import sequential
from gateway.errors import GatewayError

TOPIC = "arn:aws:sns:us-east-1:123456789012:Topic"
ATTRIBUTES = {"provider": {"DataType": "String", "StringValue": "a-provider"}}
PUT: dict[str, Any] = {
    "TableName": "claims",
    "Item": {"id": {"S": "a/1"}, "owner": {"S": "a"}, "expires_at": {"N": "2"}},
    "ConditionExpression": "attribute_not_exists(#id) OR #expires_at <= :now",
    "ExpressionAttributeNames": {"#id": "id", "#expires_at": "expires_at"},
    "ExpressionAttributeValues": {":now": {"N": "1"}},
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}
UPDATE: dict[str, Any] = {
    "TableName": "claims",
    "Key": {"id": {"S": "a/1"}},
    "UpdateExpression": "SET #published = :now",
    "ExpressionAttributeNames": {"#published": "published"},
    "ExpressionAttributeValues": {":now": {"N": "3"}},
}


@pytest.fixture(params=["own", "boto3"])
def stub(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsStub]:
    with AwsStub(delay_seconds=0.02) as running:
        running.set_parameters({"/secret": "abc"})
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.endpoint)
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("AWS_CLIENT", request.param)
        yield running


def client(service: str) -> Any:
    return getattr(aws_client, service).__wrapped__()


def test_each_call_is_answered_and_on_record_with_what_is_billed(stub: AwsStub) -> None:
    sqs, sns, dynamodb, ssm = (client(service) for service in ("sqs", "sns", "dynamodb", "ssm"))
    url = f"{stub.endpoint}/123456789012/queue"
    texts = [f"message {number}" for number in range(3)]
    entries = [{"Id": str(n), "Message": "x" * 10_000, "MessageAttributes": ATTRIBUTES} for n in range(10)]

    assert sqs.send_message(QueueUrl=url, MessageBody="héllo")["MessageId"]  # boto3 checks the MD5
    batch = [{"Id": str(number), "MessageBody": text} for number, text in enumerate(texts)]
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=batch)["Successful"]) == 3
    published = sns.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries)["Successful"]
    assert {each["Id"] for each in published} == {str(n) for n in range(10)}
    dynamodb.put_item(**PUT)
    with pytest.raises(AwsServiceError, match="ConditionalCheckFailedException") as refused:
        dynamodb.put_item(**PUT)
    assert refused.value.details["Item"] == PUT["Item"]
    dynamodb.update_item(**UPDATE)
    client("s3").put_object(Bucket="bucket", Key="a/b", Body=b"bytes", ContentType="text/plain")
    assert ssm.get_parameter(Name="/secret", WithDecryption=True)["Parameter"]["Value"] == "abc"
    with pytest.raises(AwsServiceError, match="ParameterNotFound"):
        ssm.get_parameter(Name="/other")

    record = stub.record()
    assert record.queued == ["héllo", *texts]
    assert record.published == ["x" * 10_000] * 10
    assert [(call.operation, call.units) for call in record.calls] == [
        *(("SendMessage", 1), ("SendMessageBatch", 1), ("PublishBatch", 2)),
        *(("PutItem", 1), ("PutItem", 1), ("UpdateItem", 1)),  # what is refused is billed, too
        *(("PutObject", 0), ("GetParameter", 0), ("GetParameter", 0)),
    ]
    assert (stub.record().queued, stub.record().calls) == ([], [])


def test_every_call_takes_its_time_and_those_side_by_side_take_it_once(stub: AwsStub) -> None:
    ssm = client("ssm")
    start = time.perf_counter()
    for _ in range(3):
        ssm.get_parameter(Name="/secret")
    assert time.perf_counter() - start >= 3 * 0.02
    assert sequential(stub.record().calls) == 3

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: ssm.get_parameter(Name="/secret"), range(10)))
    assert sequential(stub.record().calls) < 10


@pytest.mark.parametrize(
    ("text", "units"),
    [("x", 1), ("x" * 1022, 1), ("x" * 1023, 2), ("é" * 1022, 2)],  # 1,024 bytes with the attribute's name; not letters
)
def test_write_units(text: str, units: int) -> None:
    assert write_units({"id": {"S": text}}) == units


def test_what_is_not_known_is_refused() -> None:
    assert Services().answer("POST", "/", {"x-amz-target": "AmazonSQS.PurgeQueue"}, b"{}").status >= 400


@pytest.mark.parametrize(
    ("does", "complaint"), [("exit 1", "ended at its start"), ("exec sleep 300", r"did not start within 0\.1 s")]
)
def test_a_stub_that_does_not_start_is_reported_and_ended(
    does: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{does}\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    if "sleep" in does:
        monkeypatch.setattr(aws_stub, "_START_SECONDS", 0.1)
    stub = AwsStub(delay_seconds=0)

    with pytest.raises(GatewayError, match=complaint), stub:
        pass
    assert stub._process.returncode is not None
