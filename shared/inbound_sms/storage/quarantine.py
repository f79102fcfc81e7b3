"""The quarantine: requests that can't be understood, as raw bytes with the reason, until an operator replays them."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from aws_client import S3, AwsError, AwsServiceError
from inbound_sms.errors import DependencyUnavailable, InvalidPayload, NotFound

_NOT_FOUND = {
    "NoSuchKey",
    "AccessDenied",
}  # S3 reports the latter for a missing key if the caller can't list the bucket


class Quarantine(NamedTuple):
    """Stores each request under `<prefix>/<content hash>`: its exact bytes (`body`) and why it is here (`record.json`).

    For each delivery of the same bytes there is an empty object, `arrivals/<delivery id>`: they may be retries of one
    message, or several messages.
    """

    s3: S3
    bucket: str
    prefix: str

    def store(
        self, content_hash: str, body: bytes, record: dict[str, Any], in_time: Callable[[], bool] = lambda: True
    ) -> str:
        """Store the bytes, the arrival of `record["delivery_id"]` and the record; return their common key.

        The same bytes overwrite body and record, and add an arrival. Raises DependencyUnavailable, also if `in_time`
        says that there is no time left to begin one of them.
        """
        key = f"{self.prefix}/{content_hash}"
        record_json = json.dumps(record, ensure_ascii=True, indent=2).encode()
        for name, content, content_type in (
            ("body", body, "application/octet-stream"),
            (f"arrivals/{record['delivery_id']}", b"", "application/octet-stream"),
            ("record.json", record_json, "application/json"),
        ):
            if not in_time():
                raise DependencyUnavailable("quarantine", TimeoutError("out of time"))
            try:
                self.s3.put_object(Bucket=self.bucket, Key=f"{key}/{name}", Body=content, ContentType=content_type)
            except AwsError as error:
                raise DependencyUnavailable("quarantine", error) from error
        return key

    def load(self, key: str) -> tuple[bytes, dict[str, Any]]:
        """Return the bytes and the record that are stored under a key.

        Raises NotFound, DependencyUnavailable, or InvalidPayload if the record is damaged.
        """
        if not key.startswith(f"{self.prefix}/"):
            raise NotFound(key)
        record_json, body = self._get(f"{key}/record.json"), self._get(f"{key}/body")
        try:
            record = json.loads(record_json)
        except ValueError:
            raise InvalidPayload("the record beside the body is damaged") from None
        if not isinstance(record, dict):
            raise InvalidPayload("the record beside the body is damaged")
        return body, record

    def _get(self, key: str) -> bytes:
        try:
            body: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except AwsError as error:
            if isinstance(error, AwsServiceError) and error.code in _NOT_FOUND:
                raise NotFound(key) from None
            raise DependencyUnavailable("quarantine", error) from error
        return body
