"""The calls to AWS that the functions make, with time limits that fit a webhook: nothing may wait for minutes.

Methods, parameters and answers are named as boto3's, as far as they are used here; errors are `AwsError`s. boto3 itself
costs a function 0.3 s of CPU at each cold start, and 1 ms at each call.
"""

import base64
import hashlib
import io
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import quote

from pydantic_core import to_json

from aws_client.connections import Endpoint
from aws_client.http1 import Answer
from aws_client.protocols import Unintelligible, json_error, query_form, read_json, read_xml, xml_error
from aws_client.service import PUBLISH, Call, Place, Service, is_throttled
from inbound_sms.errors import AnswerLost, AwsError

__all__ = ["S3", "DynamoDb", "Sns", "Sqs", "Ssm", "connect", "dynamodb", "is_throttled", "s3", "sns", "sqs", "ssm"]

_SNS_VERSION = "2010-03-31"


class _Client:
    """A service's operations."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def connect(self) -> None:
        """Opens a connection ahead of the first call; raises NotSent."""
        self._service.connect()


class _JsonClient(_Client):
    def __init__(self, service: Service, prefix: str, version: str) -> None:
        super().__init__(service)
        self._prefix = prefix
        self._content_type = f"application/x-amz-json-{version}"

    def _call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        headers = {"content-type": self._content_type, "x-amz-target": f"{self._prefix}.{operation}"}
        answer = self._service.call(Call(operation, headers, to_json(parameters)))
        try:
            return read_json(answer)
        except Unintelligible as error:
            raise AnswerLost(operation, "Unintelligible") from error


class Sqs(_JsonClient):
    """Amazon SQS."""

    def __init__(self) -> None:
        super().__init__(Service("sqs", json_error), "AmazonSQS", "1.0")

    def send_message(self, **parameters: str) -> dict[str, Any]:
        """Queues a message; raises AwsError."""
        return self._call("SendMessage", parameters)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Queues up to ten messages, 256 KiB in all; raises AwsError. Read `Failed`: each may fail for itself."""
        return self._call("SendMessageBatch", {"QueueUrl": QueueUrl, "Entries": Entries})


class Ssm(_JsonClient):
    """Systems Manager's Parameter Store."""

    def __init__(self) -> None:
        super().__init__(Service("ssm", json_error), "AmazonSSM", "1.1")

    def get_parameter(self, *, Name: str, WithDecryption: bool = False) -> dict[str, Any]:  # noqa: N803
        """Reads a parameter; raises AwsError."""
        return self._call("GetParameter", {"Name": Name, "WithDecryption": WithDecryption})


class DynamoDb(_JsonClient):
    """DynamoDB. A refused condition is AwsRefused with the item in its details, where the call asks for it."""

    def __init__(self) -> None:
        super().__init__(Service("dynamodb", json_error), "DynamoDB_20120810", "1.0")

    def put_item(self, **parameters: Any) -> dict[str, Any]:
        """Writes an item; raises AwsError."""
        return self._call("PutItem", parameters)

    def update_item(self, **parameters: Any) -> dict[str, Any]:
        """Changes an item; raises AwsError."""
        return self._call("UpdateItem", parameters)


class Sns(_Client):
    """Amazon SNS. It tries once."""

    def __init__(self) -> None:
        super().__init__(Service("sns", xml_error, PUBLISH))

    def publish_batch(self, *, TopicArn: str, PublishBatchRequestEntries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Publishes up to ten messages, 256 KiB in all; raises AwsError. Read `Failed`: each may fail for itself."""
        operation = "PublishBatch"
        parameters = {"TopicArn": TopicArn, "PublishBatchRequestEntries": PublishBatchRequestEntries}
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        answer = self._service.call(Call(operation, headers, query_form(operation, _SNS_VERSION, parameters)))
        try:
            root = read_xml(answer)
        except Unintelligible as error:
            raise AnswerLost(operation, "Unintelligible") from error
        return {
            name: [member.dict() for member in root.all(f"PublishBatchResult/{name}/member")]
            for name in ("Successful", "Failed")
        }


class S3(_Client):
    """Amazon S3, of the function's own region."""

    def __init__(self) -> None:
        super().__init__(Service("s3", xml_error))

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> dict[str, Any]:  # noqa: N803
        """Stores an object, with the checksum by which S3 checks what it got; raises AwsError."""
        checksum = base64.b64encode(hashlib.sha256(Body).digest()).decode()
        headers = {"content-type": ContentType, "x-amz-checksum-sha256": checksum}
        answer = self._call(Call("PutObject", headers, Body, "PUT"), Bucket, Key)
        return {"ETag": answer.headers.get("etag", "")}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        """Reads an object, 16 MiB at most; raises AwsError."""
        answer = self._call(Call("GetObject", {}, b"", "GET"), Bucket, Key)
        return {"Body": io.BytesIO(answer.body), "ContentType": answer.headers.get("content-type", "")}

    def _call(self, call: Call, bucket: str, key: str) -> Answer:
        if not bucket or not key:
            raise ValueError("a bucket or key without a name")
        place, path = self._service.place, quote(key, safe="/~")
        if place.is_override or "." in bucket:  # no certificate fits a bucket's host name with dots
            target = f"/{quote(bucket)}/{path}"
        else:
            place, target = _of_bucket(place, bucket), f"/{path}"
        headers = {**call.headers, "x-amz-content-sha256": hashlib.sha256(call.body).hexdigest()}
        return self._service.call(call._replace(headers=headers, target=target, place=place))


def _of_bucket(place: Place, bucket: str) -> Place:
    host = f"{bucket}.{place.host}"
    return place._replace(endpoint=Endpoint(host), host=host)


sqs = cache(Sqs)
ssm = cache(Ssm)
dynamodb = cache(DynamoDb)
sns = cache(Sns)
s3 = cache(S3)


def connect(*clients: Sqs | Ssm | DynamoDb | Sns | S3) -> None:
    """Connects while a function starts, not at the expense of its first request."""
    for client in clients:
        with suppress(AwsError):  # the first call tries again, and tells
            client.connect()
