"""What our own client sends, without a server: as botocore serializes and signs it, and as AWS says it is signed."""

import gzip
import hashlib
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
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.model import ServiceModel
from botocore.serialize import create_serializer

from aws_client import sigv4
from aws_client.http_messages import Response
from tests.aws_client.calls import CALLS, FETCH, KINDS, Call
from tests.support.boto import REGION
from tests.support.clients import made
from tests.support.providers import ROOT

PROTOCOLS = {"sqs": "json", "s3": "rest-xml", "ssm": "json", "sns": "query", "dynamodb": "json"}
HOST = "aws.example"
NOW = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)
ODD_KEYS = ["a b", "ü/€/😀", "a+b&c=d?e#f", "~.-_", "//a//b/", "/a", "a/../b/./c", "%41%2F", "*'()!@:$,;", "\x01\x7f"]


@cache
def model(service: str) -> ServiceModel:
    """Return the model as it is on disk: clients of boto3 change what a process has loaded."""
    [*_, latest] = sorted((Path(botocore.__file__).parent / "data" / service).glob("*/service-2.json.gz"))
    return ServiceModel(json.loads(gzip.decompress(latest.read_bytes())), service)


def request_of(call: Call, endpoint: str | None = f"https://{HOST}") -> SimpleNamespace:
    """Return our request for a call, the address that it goes to, and what comes of the answer."""
    client = made(KINDS[call.service], endpoint, AWS_SESSION_TOKEN="a-token")
    sent: list[tuple[Any, bytes]] = []

    def exchange(address: Any, _operation: str, request: bytes) -> Response:
        sent.append((address, request))
        return Response(200, {"etag": '"x"', "content-type": "text/plain"}, call.body, keep_alive=True)

    client._service._connections = SimpleNamespace(exchange=exchange)
    result = getattr(client, call.method)(**call.parameters)
    if "Body" in result:
        result["Body"] = result["Body"].read()
    [(address, request)] = sent
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    return SimpleNamespace(address=address, method=method, target=target, headers=headers, body=body, result=result)


@pytest.mark.parametrize("call", [*CALLS, *(FETCH._replace(parameters={"Bucket": "b", "Key": k}) for k in ODD_KEYS)],
                         ids=str)  # fmt: skip
def test_a_request_is_what_botocore_makes_of_it_and_the_answer_is_read(call: Call, monkeypatch: Any) -> None:
    monkeypatch.setattr("aws_client.service.datetime", SimpleNamespace(now=lambda _zone: NOW))
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: NOW)
    serializer = create_serializer(PROTOCOLS[call.service], include_validation=True)
    theirs = serializer.serialize_to_request(call.parameters, model(call.service).operation_model(call.operation))

    ours = request_of(call)

    assert call.result.items() <= ours.result.items()
    assert (ours.method, ours.target) == (theirs["method"], theirs["url_path"])
    asked = {name.lower(): value for name, value in theirs["headers"].items()}
    asked.pop("x-amzn-query-mode", None)  # asks SQS for the error codes that it had before it spoke JSON
    assert asked.items() <= ours.headers.items()
    match PROTOCOLS[call.service]:
        case "json":
            assert json.loads(ours.body) == json.loads(theirs["body"])
        case "query":
            assert dict(parse_qsl(ours.body.decode(), strict_parsing=True, keep_blank_values=True)) == theirs["body"]
        case _:
            assert ours.body == theirs["body"]

    added = {"content-length", "authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}
    signed = {name: value for name, value in ours.headers.items() if name not in added}
    request = AWSRequest(ours.method, f"https://{HOST}{ours.target}", signed, ours.body)
    request.context["payload_signing_enabled"] = True
    signer = S3SigV4Auth if call.service == "s3" else SigV4Auth
    signer(Credentials("test", "test", "a-token"), call.service, REGION).add_auth(request)
    assert {name.lower(): value for name, value in request.headers.items()}.items() <= ours.headers.items()


def test_s3_receives_the_checksum_of_an_object() -> None:
    put, _ = (call for call in CALLS if call.operation == "PutObject")
    headers = request_of(put._replace(parameters=put.parameters | {"Body": b"hello"})).headers

    assert headers["x-amz-checksum-sha256"] == "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    assert headers["x-amz-content-sha256"] == hashlib.sha256(b"hello").hexdigest()


# ---- By AWS's own test suite -----------------------------------------------------------------------------------------


CASES = json.loads((ROOT / "tests" / "aws_client" / "sigv4.json").read_text(encoding="utf-8"))["cases"]
SUITE = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_published_suite(case: dict[str, Any]) -> None:
    payload_hash = hashlib.sha256(case["body"].encode()).hexdigest()
    headers = case["headers"] | ({"x-amz-content-sha256": payload_hash} if case["sign_body"] else {})
    signer = sigv4.Signer(sigv4.Credentials(*SUITE, case["token"]), "service", "us-east-1")
    now = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)

    added = signer.sign(case["method"], case["target"], headers, payload_hash, now)

    assert added["authorization"] == case["authorization"]
    assert added.get("x-amz-security-token") == case["token"]
    assert added["x-amz-date"] == "20150830T123600Z"


def test_the_key_changes_with_the_day() -> None:
    signer = sigv4.Signer(sigv4.Credentials("a", "b"), "sqs", "eu-west-1")
    signatures = {
        signer.sign("POST", "/", {"host": "h"}, "", datetime(2026, 1, day, tzinfo=UTC))["authorization"]
        for day in (1, 1, 2)
    }
    assert len(signatures) == 2


def test_no_secret_shows_when_printed() -> None:
    assert "secret" not in repr(
        sigv4.Signer(sigv4.Credentials("access", "secret-key", "secret-token"), "sqs", "eu-west-1")
    )
