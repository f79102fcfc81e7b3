"""A world without moto, for what is run for every provider: the clients' operations that a webhook needs, in memory."""

import io
from typing import Any

from aws_client.errors import AwsServiceError
from tests.support.world import World


class Queue:
    def connect(self) -> None:
        """Do nothing: there is nowhere to connect to."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.groups: list[str] = []

    def send_message(self, *, MessageBody: str, MessageGroupId: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's
        self.bodies.append(MessageBody)
        self.groups.append(MessageGroupId)
        return {"MessageId": "1"}

    def send_message_batch(self, *, Entries: list[dict[str, str]], **_: Any) -> dict[str, Any]:  # noqa: N803
        self.bodies += [entry["MessageBody"] for entry in Entries]
        return {"Successful": Entries}

    def receive_message(self, **_: Any) -> dict[str, Any]:
        taken, self.bodies = self.bodies[:10], self.bodies[10:]
        return {"Messages": [{"Body": body, "ReceiptHandle": ""} for body in taken]}

    def delete_message_batch(self, **_: Any) -> None:
        """Do nothing: what was received is gone."""


class Buckets(dict[tuple[str, str], bytes]):
    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **_: Any) -> None:  # noqa: N803
        self[Bucket, Key] = Body

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if (Bucket, Key) not in self:
            raise AwsServiceError("GetObject", "NoSuchKey")
        return {"Body": io.BytesIO(self[Bucket, Key]), "ContentType": "application/octet-stream"}

    def list_objects_v2(self, *, Bucket: str) -> dict[str, Any]:  # noqa: N803
        return {"Contents": [{"Key": key} for bucket, key in sorted(self) if bucket == Bucket]}


class Parameters(dict[str, str]):
    def put_parameter(self, *, Name: str, Value: str, **_: Any) -> None:  # noqa: N803
        self[Name] = Value

    def get_parameter(self, *, Name: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        if Name not in self:
            raise AwsServiceError("GetParameter", "ParameterNotFound")
        return {"Parameter": {"Value": self[Name]}}

    def delete_parameter(self, *, Name: str) -> None:  # noqa: N803
        del self[Name]


class Memory(World):
    def taken(self) -> list[Any]:
        """Take everything out: the queue's documents; of the quarantine key, bytes and record."""
        kept = [*self.queued(), *self.quarantined()]
        self.s3.clear()
        return kept


def in_memory() -> Memory:
    nothing: Any = None
    return Memory(Queue(), Buckets(), Parameters(), sns=nothing, dynamodb=nothing, queue_url="queue", pool=nothing)
