"""The functions' own client against botocore's serializers, signers and parsers, without a server between them."""

import gzip
import hashlib
import io
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import botocore
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest, HeadersDict
from botocore.credentials import Credentials
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from aws_client.errors import AwsServiceError
from aws_client.http_messages import Response
from tests.aws_client.calls import CALLS, FAILURES, FETCH, KINDS, Call, Failure
from tests.support.boto import REGION
from tests.support.clients import made

PROTOCOLS = {"sqs": "json", "s3": "rest-xml", "ssm": "json", "sns": "query", "dynamodb": "json"}
HOST = "aws.example"
NOW = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)
HEADERS = {"etag": '"x"', "content-type": "text/plain"}
ODD_KEYS = ["a b", "ü/€/😀", "a+b&c=d?e#f", "~.-_", "//a//b/", "/a", "a/../b/./c", "%41%2F", "*'()!@:$,;", "\x01\x7f"]


@cache
def model(service: str) -> ServiceModel:
    """Return the model as it is on disk: clients of boto3 change what a process has loaded."""
    [*_, latest] = sorted((Path(botocore.__file__).parent / "data" / service).glob("*/service-2.json.gz"))
    return ServiceModel(json.loads(gzip.decompress(latest.read_bytes())), service)


def call_ours(call: Call, response: Response) -> tuple[str, str, dict[str, str], bytes, Any]:
    """Make a call that gets this response; return the method, target, headers and body of its request, and the result.

    The result is the error where there is one.
    """
    client = made(KINDS[call.service], f"https://{HOST}", AWS_SESSION_TOKEN="a-token")
    requests: list[bytes] = []

    def exchange(_address: object, _operation: str, request: bytes) -> Response:
        requests.append(request)
        return response

    client._service._connections = SimpleNamespace(exchange=exchange)
    try:
        result = getattr(client, call.method)(**call.parameters)
    except AwsServiceError as error:
        result = error
    head, _, body = requests[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    return method, target, dict(line.split(": ", 1) for line in lines), body, result


@pytest.mark.parametrize("call", [*CALLS, *(FETCH._replace(parameters={"Bucket": "b", "Key": k}) for k in ODD_KEYS)],
                         ids=str)  # fmt: skip
def test_a_request_is_serialized_and_signed_as_botocore_does(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aws_client.service.datetime", SimpleNamespace(now=lambda _zone: NOW))
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: NOW)
    serializer = create_serializer(PROTOCOLS[call.service], include_validation=True)
    theirs = serializer.serialize_to_request(call.parameters, model(call.service).operation_model(call.operation))

    method, target, headers, body, _ = call_ours(call, Response(200, HEADERS, call.body, keep_alive=True))

    assert (method, target) == (theirs["method"], theirs["url_path"])
    asked = {name.lower(): value for name, value in theirs["headers"].items()}
    asked.pop("x-amzn-query-mode", None)  # asks SQS for the error codes that it had before it spoke JSON
    assert asked.items() <= headers.items()
    match PROTOCOLS[call.service]:
        case "json":
            assert json.loads(body) == json.loads(theirs["body"])
        case "query":
            assert dict(parse_qsl(body.decode(), strict_parsing=True, keep_blank_values=True)) == theirs["body"]
        case _:
            assert body == theirs["body"]

    added = {"content-length", "authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}
    signed = {name: value for name, value in headers.items() if name not in added}
    request = AWSRequest(method, f"https://{HOST}{target}", signed, body)
    request.context["payload_signing_enabled"] = True
    signer = S3SigV4Auth if call.service == "s3" else SigV4Auth
    signer(Credentials("test", "test", "a-token"), call.service, REGION).add_auth(request)
    assert {name.lower(): value for name, value in request.headers.items()}.items() <= headers.items()


def parsed(call: Call, response: Response) -> Any:
    operation = model(call.service).operation_model(call.operation)
    streamed = operation.has_streaming_output and response.status == 200
    body = io.BytesIO(response.body) if streamed else response.body
    raw = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": body}
    return create_parser(PROTOCOLS[call.service]).parse(raw, operation.output_shape)


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_response_is_parsed_as_botocore_does(call: Call) -> None:
    response = Response(200, HEADERS, call.body, keep_alive=True)

    *_, result = call_ours(call, response)

    theirs = parsed(call, response)
    for entry in result.get("Failed", []):
        entry["SenderFault"] = str(entry["SenderFault"]).lower() == "true"
    if "Body" in result:
        result["Body"], theirs["Body"] = result["Body"].read(), theirs["Body"].read()
    assert result.items() <= theirs.items()
    assert set(call.result) <= set(result)


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_an_error_is_parsed_as_botocore_does(failure: Failure) -> None:
    response = Response(failure.status, {}, failure.body, keep_alive=True)

    *_, error = call_ours(failure.call, response)

    theirs = parsed(failure.call, response)
    assert error.code == theirs["Error"]["Code"]
    assert error.status == theirs["ResponseMetadata"]["HTTPStatusCode"]


def test_s3_receives_the_checksum_of_an_object() -> None:
    [put] = (call for call in CALLS if call.operation == "PutObject")
    parameters = put.parameters | {"Body": b"hello"}

    _, _, headers, _, _ = call_ours(put._replace(parameters=parameters), Response(200, {}, b"", keep_alive=True))

    assert headers["x-amz-checksum-sha256"] == "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    assert headers["x-amz-content-sha256"] == hashlib.sha256(b"hello").hexdigest()
