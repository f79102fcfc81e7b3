"""AWS as the benchmark plays it: boto3 is content with its answers, and its record holds what was called."""

import http.client
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bench import aws_stub
from bench.aws_services import Services, write_units
from bench.aws_stub import AwsStub
from bench.rounds import sequential
from gateway.errors import GatewayError

TOPIC = "arn:aws:sns:us-east-1:123456789012:Topic"


@pytest.fixture(scope="module")
def running() -> Iterator[AwsStub]:
    with AwsStub(delay_seconds=0.02) as aws:
        aws.set_parameters({"/secret": "abc"})
        yield aws


@pytest.fixture
def stub(running: AwsStub) -> AwsStub:
    running.record()
    return running


def client(stub: AwsStub, service: str) -> Any:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=5, max_pool_connections=20)
    return boto3.client(service, region_name="us-east-1", endpoint_url=stub.endpoint, config=config)  # type: ignore[call-overload]


def test_a_parameter_is_read_and_a_missing_one_is_missing(stub: AwsStub) -> None:
    ssm = client(stub, "ssm")

    assert ssm.get_parameter(Name="/secret", WithDecryption=True)["Parameter"]["Value"] == "abc"
    with pytest.raises(ClientError) as error:
        ssm.get_parameter(Name="/other")
    assert error.value.response["Error"]["Code"] == "ParameterNotFound"


def test_what_is_sent_to_the_queue_is_on_record(stub: AwsStub) -> None:
    sqs = client(stub, "sqs")
    url = f"{stub.endpoint}/123456789012/queue"

    assert sqs.send_message(QueueUrl=url, MessageBody="héllo")["MessageId"]  # botocore checks the MD5
    entries = [{"Id": str(number), "MessageBody": f"message {number}"} for number in range(3)]
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 3

    record = stub.record()
    assert record.queued == ["héllo", "message 0", "message 1", "message 2"]
    assert [call.operation for call in record.calls] == ["SendMessage", "SendMessageBatch"]
    assert stub.record().queued == []


def test_publications_are_counted_one_by_one_and_in_batches(stub: AwsStub) -> None:
    sns = client(stub, "sns")
    attributes = {"provider": {"DataType": "String", "StringValue": "sinch"}}

    assert sns.publish(TopicArn=TOPIC, Message="<one>", MessageAttributes=attributes)["MessageId"]
    entries = [{"Id": str(n), "Message": "x" * 10_000, "MessageAttributes": attributes} for n in range(10)]
    answer = sns.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries)

    assert {each["Id"] for each in answer["Successful"]} == {str(n) for n in range(10)}
    record = stub.record()
    assert record.published == ["<one>", *["x" * 10_000] * 10]
    assert [(call.operation, call.units) for call in record.calls] == [("Publish", 1), ("PublishBatch", 2)]


def test_a_conditional_write_is_carried_out_once_and_tells_what_stands_in_its_way(stub: AwsStub) -> None:
    dynamodb = client(stub, "dynamodb")
    item = {"id": {"S": "sinch/1"}, "owner": {"S": "a"}, "expires_at": {"N": "2"}}
    put: dict[str, Any] = {
        "TableName": "claims",
        "Item": item,
        "ConditionExpression": "attribute_not_exists(#id) OR #expires_at <= :now",
        "ExpressionAttributeNames": {"#id": "id", "#expires_at": "expires_at"},
        "ExpressionAttributeValues": {":now": {"N": "1"}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    dynamodb.put_item(**put)

    with pytest.raises(ClientError) as error:
        dynamodb.put_item(**put)
    assert error.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert error.value.response["Item"] == item

    dynamodb.update_item(
        TableName="claims",
        Key={"id": {"S": "sinch/1"}},
        UpdateExpression="SET #published = :now",
        ExpressionAttributeNames={"#published": "published"},
        ExpressionAttributeValues={":now": {"N": "3"}},
    )
    got = dynamodb.get_item(TableName="claims", Key={"id": {"S": "sinch/1"}})
    assert got["Item"] == {**item, "published": {"N": "3"}}
    assert [call.units for call in stub.record().calls] == [1, 1, 1, 0]  # what is refused is billed, too


def test_an_object_is_stored(stub: AwsStub) -> None:
    client(stub, "s3").put_object(Bucket="bucket", Key="a/b", Body=b"bytes")

    assert [call.operation for call in stub.record().calls] == ["PutObject"]


def test_a_client_without_boto3_is_answered_alike(stub: AwsStub) -> None:
    connection = http.client.HTTPConnection(stub.endpoint.removeprefix("http://"), timeout=5)
    json_headers = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}
    connection.request("POST", "/", json.dumps({"QueueUrl": "q", "MessageBody": "text"}), json_headers)
    sent = json.loads(connection.getresponse().read())
    form = {"Action": "PublishBatch", "TopicArn": TOPIC, "Version": "2010-03-31"}
    form |= {"PublishBatchRequestEntries.member.1.Id": "0", "PublishBatchRequestEntries.member.1.Message": "text"}
    connection.request("POST", "/", urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})
    published = connection.getresponse().read().decode()  # over the same connection
    connection.close()

    assert sent["MessageId"]
    assert "<Id>0</Id><MessageId>" in published
    assert len(stub.record().published) == 1


def test_what_is_not_known_is_refused(stub: AwsStub) -> None:
    with pytest.raises(ClientError):
        client(stub, "sqs").purge_queue(QueueUrl=f"{stub.endpoint}/1/queue")


def test_every_call_takes_its_time_and_those_side_by_side_take_it_once(stub: AwsStub) -> None:
    ssm = client(stub, "ssm")
    start = time.perf_counter()
    for _ in range(3):
        ssm.get_parameter(Name="/secret")
    assert time.perf_counter() - start >= 3 * 0.02
    assert sequential(stub.record().calls) == 3

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: ssm.get_parameter(Name="/secret"), range(10)))
    assert sequential(stub.record().calls) < 10


@pytest.mark.parametrize(
    ("item", "units"),
    [
        ({"id": {"S": "x"}}, 1),
        ({"id": {"S": "x" * 1022}}, 1),  # 1,024 bytes with the attribute's name
        ({"id": {"S": "x" * 1023}}, 2),
        ({"id": {"S": "é" * 1022}}, 2),  # bytes, not letters
    ],
)
def test_write_units(item: dict[str, Any], units: int) -> None:
    assert write_units(item) == units


def test_a_table_keeps_its_items_apart_from_another_tables() -> None:
    services = Services()
    headers = {"x-amz-target": "DynamoDB_20120810.PutItem"}
    for table in ("a", "b"):
        put = {
            "TableName": table,
            "Item": {"id": {"S": "1"}},
            "ConditionExpression": "attribute_not_exists(id)",
        }
        assert services.answer("POST", "/", headers, json.dumps(put).encode()).status == 200


@pytest.mark.parametrize(
    ("does", "complaint"), [("exit 1", "ended at its start"), ("exec sleep 300", r"did not start within 0\.1 s")]
)
def test_a_stub_that_does_not_start_is_told_of_and_ended(
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
