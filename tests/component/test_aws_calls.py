"""Our calls against boto3's: the same requests, the same answers, the same errors, by one and the same server."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from aws_client import S3, DynamoDb, Sns, Sqs, Ssm
from inbound_sms.errors import AnswerLost, AwsRefused, cause_of
from tests.support.boto import REGION
from tests.support.clients import made
from tests.support.loopback import Loopback, Step, answer, hang_up, loopback, reset

KINDS: dict[str, Any] = {"sqs": Sqs, "s3": S3, "ssm": Ssm, "sns": Sns, "dynamodb": DynamoDb}
ODD = 'ü €😀 "quoted" <&> \\ \n\t + % = ; ~ \x7f \u2028'
NOW = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/events"
ENTRIES = [
    {
        "Id": str(number),
        "Message": ODD + str(number),
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": ODD} for name in ("type", "recipient", "opt_out")[:number]
        },
    }
    for number in range(1, 4)
]
PUBLISHED = b"""<?xml version="1.0"?>
<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult>
  <Failed><member><Id>2</Id><Code>InternalError</Code><Message>a &lt;text&gt;</Message>
    <SenderFault>false</SenderFault></member></Failed>
  <Successful><member><MessageId>m-1</MessageId><Id>1</Id></member>
    <member><Id>3</Id><MessageId>m-&#x33;</MessageId></member></Successful>
</PublishBatchResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishBatchResponse>"""
CONDITION = {
    "TableName": "claims",
    "ConditionExpression": "attribute_not_exists(#id)",
    "ExpressionAttributeNames": {"#id": "id"},
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}

CALLS: list[tuple[str, str, dict[str, Any], bytes]] = [
    ("sqs", "send_message", {"QueueUrl": QUEUE, "MessageBody": ODD}, b'{"MessageId": "m", "MD5OfMessageBody": "x"}'),
    (
        "sqs",
        "send_message_batch",
        {"QueueUrl": QUEUE, "Entries": [{"Id": "a", "MessageBody": ODD}, {"Id": "b", "MessageBody": "x"}]},
        b'{"Successful": [{"Id": "a", "MessageId": "m"}], "Failed": [{"Id": "b", "Code": "C", "SenderFault": false}]}',
    ),
    (
        "ssm",
        "get_parameter",
        {"Name": "/inbound-sms/dev/8x8", "WithDecryption": True},
        json.dumps({"Parameter": {"Name": "n", "Type": "SecureString", "Value": ODD, "Version": 3}}).encode(),
    ),
    ("dynamodb", "put_item", CONDITION | {"Item": {"id": {"S": ODD}, "n": {"N": "1.500"}}}, b"{}"),
    (
        "dynamodb",
        "update_item",
        {
            "TableName": "claims",
            "Key": {"id": {"S": ODD}},
            "UpdateExpression": "SET #a = :a",
            "ExpressionAttributeNames": {"#a": "a"},
            "ExpressionAttributeValues": {":a": {"S": ODD}},
        },
        b'{"Attributes": {"a": {"S": "x"}}}',
    ),
    (
        "sns",
        "publish_batch",
        {"TopicArn": "arn:aws:sns:eu-west-1:1:t", "PublishBatchRequestEntries": ENTRIES},
        PUBLISHED,
    ),
    ("s3", "put_object", {"Bucket": "b-1", "Key": "8x8/a/body", "Body": b"\x00\xff", "ContentType": "text/plain"}, b""),
    ("s3", "get_object", {"Bucket": "b-1", "Key": "8x8/a/body"}, b"\x00\xff"),
]
IDS = [f"{service}-{method}" for service, method, _, _ in CALLS]


TOLD = ("host", "content-type", "x-amz-target")


def theirs(service: str, endpoint: str) -> Any:
    config = Config(
        retries={"total_max_attempts": 1},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, config=config)  # type: ignore[call-overload]


def parts(request: bytes) -> tuple[str, dict[str, str], bytes]:
    """Gives the request line, the headers that say what is asked for, and the body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return first, headers, body


def meaning(body: bytes, content_type: str) -> Any:
    if "json" in content_type:
        return json.loads(body)
    return sorted(parse_qsl(body.decode(), strict_parsing=True)) if "form" in content_type else body


def plain(response: Any) -> Any:
    """Gives an answer without what boto3 adds, a stream read."""
    told = {name: value for name, value in response.items() if name != "ResponseMetadata"}
    return told | ({"Body": told["Body"].read()} if "Body" in told else {})


@pytest.mark.parametrize(("service", "method", "parameters", "body"), CALLS, ids=IDS)
def test_a_call_says_and_hears_what_boto3_does(
    service: str, method: str, parameters: dict[str, Any], body: bytes
) -> None:
    with loopback(last=answer(body, 200, 'ETag: "x"', "Content-Type: text/plain")) as server:
        expected = plain(getattr(theirs(service, server.url), method)(**parameters))
        heard = plain(getattr(made(KINDS[service], server.url), method)(**parameters))
        (their_line, their_headers, their_body), (line, headers, our_body) = map(parts, server.requests)

    assert line == their_line
    assert [headers.get(name) for name in TOLD] == [their_headers.get(name) for name in TOLD]
    content_type = headers.get("content-type", "")
    assert meaning(our_body, content_type) == meaning(their_body, content_type)
    for entry in heard.get("Failed", []):
        entry["SenderFault"] = str(entry["SenderFault"]).lower() == "true"
    assert heard.items() <= expected.items()
    assert heard or not {"MessageId", "Parameter", "Successful", "Body"} & set(expected)


KEYS = ["a", "a b", "ü/€/😀", "a+b&c=d?e#f", "~.-_", "//a//b/", "/a", "a/../b/./c", "%41%2F", "*'()!@:$,;", "\x01\x7f"]


def at(monkeypatch: pytest.MonkeyPatch, *times: datetime) -> None:
    """Stops the clock by which requests are signed, ours and boto3's: each request has the next of the times."""
    clock = iter(times)
    monkeypatch.setattr("aws_client.service.datetime", SimpleNamespace(now=lambda _zone: next(clock)))
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: times[0])


@pytest.mark.parametrize("key", KEYS)
def test_an_odd_key_is_encoded_and_signed_as_boto3_does(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOW)
    with loopback() as server:
        theirs("s3", server.url).get_object(Bucket="b-1", Key=key)
        made(S3, server.url).get_object(Bucket="b-1", Key=key)

    (their_line, their_headers, _), (line, headers, _) = map(parts, server.requests)
    assert line == their_line
    assert headers["authorization"] == their_headers["authorization"]


@pytest.mark.parametrize(("bucket", "key"), [("", "k"), ("b", "")])
def test_a_bucket_or_key_without_a_name_is_refused(bucket: str, key: str) -> None:
    with pytest.raises(ValueError, match="without a name"):
        made(S3).put_object(Bucket=bucket, Key=key, Body=b"", ContentType="text/plain")


def test_s3_is_told_the_checksum_of_what_it_gets() -> None:
    with loopback() as server:
        made(S3, server.url).put_object(Bucket="b", Key="k", Body=b"hello", ContentType="text/plain")

    _, headers, _ = parts(server.requests[0])
    assert headers["x-amz-checksum-sha256"] == "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    assert headers["x-amz-content-sha256"] == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


# ---- Errors --------------------------------------------------------------------------------------------------

NAME = {"Name": "n"}
PUT = {"TableName": "t", "Item": {"id": {"S": "1"}}}
GET = {"Bucket": "b", "Key": "k"}
BATCH = {"TopicArn": "t", "PublishBatchRequestEntries": ENTRIES}


def xml_error(code: str) -> bytes:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>private</Message></Error>"
    return f'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{error}</ErrorResponse>'.encode()


ERRORS: list[tuple[str, str, dict[str, Any], bytes]] = [
    ("ssm", "get_parameter", NAME, answer(b'{"__type": "ParameterNotFound", "message": "private"}', 400)),
    ("ssm", "get_parameter", NAME, answer(b'{"__type": "a.b#AccessDeniedException"}', 400)),
    ("dynamodb", "put_item", PUT, answer(json.dumps({
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
        "Item": {"id": {"S": "ü"}, "n": {"N": "1.5"}},
    }).encode(), 400)),
    ("sqs", "send_message", {"QueueUrl": QUEUE, "MessageBody": "x"},
     answer(b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "private"}', 400)),
    ("sns", "publish_batch", BATCH, answer(xml_error("Throttling"), 400)),
    ("sns", "publish_batch", BATCH, answer(xml_error("AuthorizationError"), 403)),
    ("s3", "get_object", GET, answer(b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Key>k</Key></Error>", 404)),
    ("s3", "get_object", GET, answer(b"<Error><Code>SlowDown</Code></Error>", 503)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("service", "method", "parameters", "step"), ERRORS, ids=[f"{e[0]}-{n}" for n, e in enumerate(ERRORS)]
)
def test_an_error_is_told_as_boto3_does(service: str, method: str, parameters: dict[str, Any], step: Step) -> None:
    with loopback(last=step) as server:
        with pytest.raises(ClientError) as theirs_:
            getattr(theirs(service, server.url), method)(**parameters)
        with pytest.raises(AwsRefused) as ours:
            getattr(made(KINDS[service], server.url), method)(**parameters)

    response: Any = theirs_.value.response
    assert ours.value.code == response["Error"]["Code"]
    assert ours.value.status == response["ResponseMetadata"]["HTTPStatusCode"]
    assert ours.value.details.get("Item") == response.get("Item")
    assert cause_of(ours.value) == f"AwsRefused {ours.value.code} {theirs_.value.operation_name}"


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (answer(b"{}", 400, "x-amzn-ErrorType: ThrottlingException:http://internal/"), "ThrottlingException"),
        (answer(b'{"code": "InternalServerError"}', 500), "InternalServerError"),
    ],
)
def test_an_error_is_told_wherever_its_code_may_stand(step: Step, code: str) -> None:
    """By Smithy's rules for AWS JSON; boto3 knows but one of the three places."""
    with loopback(last=step) as server, pytest.raises(AwsRefused) as caught:
        call("ssm", server)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Bad Gateway</html>", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"__type": 7}',
     b'{"__type": "a private text"}', b'{"__type": ""}', b"[" * 100_000, b"<a>" * 100_000,
     b"<Error><Code>a private text</Code></Error>", b"<Error></Error>",
     b'<!DOCTYPE a [<!ENTITY e "Throttling">]><Error><Code>&e;</Code></Error>',
     b"<?xml version='1.0' encoding='no-such'?><Error><Code>Throttling</Code></Error>",
     b"<?xml version='1.0' encoding='shift_jis'?><Error><Code>Throttling</Code></Error>"],
)  # fmt: skip
@pytest.mark.parametrize("service", ["ssm", "sns", "s3"])
def test_an_error_without_a_code_is_told_by_its_status(service: str, body: bytes) -> None:
    with loopback(last=answer(body, 403)) as server, pytest.raises(AwsRefused) as caught:
        call(service, server)

    assert (caught.value.code, caught.value.status) == ("403", 403)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{", b"<!DOCTYPE a []><a/>", b"<a>" * 30 + b"</a>" * 30])
@pytest.mark.parametrize("service", ["ssm", "sns"])
def test_a_success_that_cannot_be_read_may_have_been_one(service: str, body: bytes) -> None:
    with loopback(last=answer(body)) as server, pytest.raises(AnswerLost):
        call(service, server)


def test_a_success_that_says_nothing_is_one() -> None:
    with loopback(last=answer(b"")) as server:
        assert call("ssm", server) == {}


def call(service: str, server: Loopback, **environment: str) -> Any:
    client = made(KINDS[service], server.url, **environment)
    calls: dict[str, Callable[[], Any]] = {
        "ssm": lambda: client.get_parameter(**NAME),
        "sns": lambda: client.publish_batch(**BATCH),
        "s3": lambda: client.get_object(**GET),
    }
    return calls[service]()


def test_a_client_connects_ahead_of_its_first_call() -> None:
    with loopback() as server:
        client = made(Ssm, server.url)
        client.connect()
        assert len(client._service._connections._idle[server.endpoint]) == 1
        assert server.requests == []


# ---- Tries ---------------------------------------------------------------------------------------------------

TRIES: list[tuple[str, Step, int, int]] = [  # what happens, to one that may be repeated, to a publication
    ("throttled", answer(b'{"__type": "ThrottlingException"}', 400), 2, 1),
    ("throttled by its key", answer(b'{"__type": "com.amazonaws.sqs#KmsThrottled"}', 400), 2, 1),
    ("too many", answer(b'{"__type": "Anything"}', 429), 2, 1),
    ("too slow for it", answer(b'{"__type": "RequestTimeoutException"}', 400), 2, 1),
    ("a fault of AWS", answer(b"", 500), 2, 1),
    ("unavailable", answer(b"", 503), 2, 1),
    ("hung up", hang_up, 2, 1),
    ("reset", reset, 2, 1),
    ("garbled", b"garbage\r\n\r\n", 2, 1),
    ("refused", answer(b'{"__type": "AccessDeniedException"}', 400), 1, 1),
    ("not there", answer(b"", 404), 1, 1),
    ("one of several", answer(b"", 300), 1, 1),
    ("moved", answer(b"", 307, "Location: http://127.0.0.1:9/"), 1, 1),
]  # fmt: skip


@pytest.mark.parametrize(("step", "tries"), [(c[1], c[2]) for c in TRIES], ids=[c[0] for c in TRIES])
def test_what_may_pass_is_tried_twice(step: Step, tries: int) -> None:
    with loopback(last=step) as server, pytest.raises((AwsRefused, AnswerLost)):
        call("ssm", server)
    assert len(server.requests) == tries
    with loopback(step) as server:
        if tries == 2:
            assert call("ssm", server) == {}


@pytest.mark.parametrize("step", [c[1] for c in TRIES], ids=[c[0] for c in TRIES])
def test_a_publication_is_tried_once(step: Step) -> None:
    with loopback(last=step) as server, pytest.raises((AwsRefused, AnswerLost)):
        call("sns", server)
    assert len(server.requests) == 1


def test_the_pause_before_the_second_try_is_short_and_not_always_the_same() -> None:
    with loopback(last=answer(b"", 500)) as server:
        client: Any = made(Ssm, server.url)
        pauses: list[float] = []
        client._service._pause = pauses.append
        for _ in range(20):
            with pytest.raises(AwsRefused):
                client.get_parameter(**NAME)

    assert len(set(pauses)) == 20
    assert all(0 <= pause < 1 for pause in pauses)


def test_each_try_is_signed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOW, NOW + timedelta(seconds=1))
    with loopback(answer(b"", 500)) as server:
        call("ssm", server)

    first, second = (parts(request)[1] for request in server.requests)
    assert (first["x-amz-date"], second["x-amz-date"]) == ("20260228T235959Z", "20260301T000000Z")
    assert first["authorization"] != second["authorization"]
