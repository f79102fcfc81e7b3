"""The operations of each service that the functions use, named as boto3 names them."""

import base64
import hashlib
import io
from typing import Any
from urllib.parse import quote

from pydantic_core import to_json

from aws_client.connecting import Address
from aws_client.environment import Endpoint
from aws_client.errors import MalformedResponse, ResponseLost
from aws_client.http_messages import Response
from aws_client.protocols import json_error, query_form, read_json, read_xml, xml_error
from aws_client.service import PUBLISH, Request, Service

_SNS_VERSION = "2010-03-31"


class Client:
    """A service's operations."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def connect(self) -> None:
        """Open a connection ahead of the first call; raise RequestNotSent."""
        self._service.connect()


class _JsonClient(Client):
    def __init__(self, service: Service, prefix: str, version: str) -> None:
        super().__init__(service)
        self._prefix = prefix
        self._content_type = f"application/x-amz-json-{version}"

    def _call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        headers = {"content-type": self._content_type, "x-amz-target": f"{self._prefix}.{operation}"}
        response = self._service.call(Request(operation, headers, to_json(parameters)))
        try:
            return read_json(response)
        except MalformedResponse as error:
            raise ResponseLost(operation, "MalformedResponse") from error


class Sqs(_JsonClient):
    """Amazon SQS."""

    def __init__(self) -> None:
        super().__init__(Service("sqs", json_error), "AmazonSQS", "1.0")

    def send_message(self, **parameters: str) -> dict[str, Any]:
        """Queue a message; raise AwsError."""
        return self._call("SendMessage", parameters)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Queue up to ten messages, 256 KiB in all; raise AwsError. Read `Failed`: each may fail for itself."""
        return self._call("SendMessageBatch", {"QueueUrl": QueueUrl, "Entries": Entries})


class Ssm(_JsonClient):
    """Systems Manager's Parameter Store."""

    def __init__(self) -> None:
        super().__init__(Service("ssm", json_error), "AmazonSSM", "1.1")

    def get_parameter(self, *, Name: str, WithDecryption: bool = False) -> dict[str, Any]:  # noqa: N803
        """Read a parameter; raise AwsError."""
        return self._call("GetParameter", {"Name": Name, "WithDecryption": WithDecryption})


class DynamoDb(_JsonClient):
    """DynamoDB. A failed condition is AwsServiceError with the item in its details, where the call asks for it."""

    def __init__(self) -> None:
        super().__init__(Service("dynamodb", json_error), "DynamoDB_20120810", "1.0")

    def put_item(self, **parameters: Any) -> dict[str, Any]:
        """Write an item; raise AwsError."""
        return self._call("PutItem", parameters)

    def update_item(self, **parameters: Any) -> dict[str, Any]:
        """Change an item; raise AwsError."""
        return self._call("UpdateItem", parameters)


class Sns(Client):
    """Amazon SNS. A call is attempted once."""

    def __init__(self) -> None:
        super().__init__(Service("sns", xml_error, PUBLISH))

    def publish_batch(self, *, TopicArn: str, PublishBatchRequestEntries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Publish up to ten messages, 256 KiB in all; raise AwsError. Read `Failed`: each may fail for itself."""
        operation = "PublishBatch"
        parameters = {"TopicArn": TopicArn, "PublishBatchRequestEntries": PublishBatchRequestEntries}
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        response = self._service.call(Request(operation, headers, query_form(operation, _SNS_VERSION, parameters)))
        try:
            root = read_xml(response)
        except MalformedResponse as error:
            raise ResponseLost(operation, "MalformedResponse") from error
        return {
            name: [member.dict() for member in root.all(f"PublishBatchResult/{name}/member")]
            for name in ("Successful", "Failed")
        }


class S3(Client):
    """Amazon S3, of the function's own region."""

    def __init__(self) -> None:
        super().__init__(Service("s3", xml_error))

    def put_object(
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Body: bytes,  # noqa: N803
        ContentType: str,  # noqa: N803
        IfNoneMatch: str | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        """Store an object, with the checksum by which S3 checks what it received; raise AwsError.

        With `IfNoneMatch="*"`, one that is there already stays as it is: AwsServiceError PreconditionFailed.
        """
        checksum = base64.b64encode(hashlib.sha256(Body).digest()).decode()
        headers = {"content-type": ContentType, "x-amz-checksum-sha256": checksum}
        headers |= {} if IfNoneMatch is None else {"if-none-match": IfNoneMatch}
        response = self._call(Request("PutObject", headers, Body, "PUT"), Bucket, Key)
        return {"ETag": response.headers.get("etag", "")}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        """Read an object, 16 MiB at most; raise AwsError."""
        response = self._call(Request("GetObject", {}, b"", "GET"), Bucket, Key)
        return {"Body": io.BytesIO(response.body), "ContentType": response.headers.get("content-type", "")}

    def _call(self, request: Request, bucket: str, key: str) -> Response:
        if not bucket or not key:
            raise ValueError("a bucket or key without a name")
        endpoint, path = self._service.endpoint, quote(key)
        if endpoint.is_override or "." in bucket:  # no certificate fits a bucket's host name with dots
            target = f"/{quote(bucket)}/{path}"
        else:
            endpoint, target = _of_bucket(endpoint, bucket), f"/{path}"
        headers = {**request.headers, "x-amz-content-sha256": hashlib.sha256(request.body).hexdigest()}
        return self._service.call(request._replace(headers=headers, target=target, endpoint=endpoint))


def _of_bucket(endpoint: Endpoint, bucket: str) -> Endpoint:
    host = f"{bucket}.{endpoint.host}"
    return endpoint._replace(address=Address(host), host=host)
