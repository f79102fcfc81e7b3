"""Where requests go that we can't understand: raw, with the reason, until somebody replays them."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from aws_client import S3, AwsError, AwsServiceError
from inbound_sms.errors import DependencyUnavailable, InvalidPayload, NotFound

_NOT_THERE = {"NoSuchKey", "AccessDenied"}  # S3 denies what isn't there to who may not list the bucket


class Quarantine(NamedTuple):
    """Two objects each: `<prefix>/<content hash>/body`, the exact bytes, and `.../record.json` about them."""

    s3: S3
    bucket: str
    prefix: str

    def store(
        self, content_hash: str, body: bytes, record: dict[str, Any], in_time: Callable[[], bool] = lambda: True
    ) -> str:
        """Stores the bytes, then the record; gives their common key. A resend overwrites.

        Raises DependencyUnavailable, also where there is no time left to begin one of the two.
        """
        key = f"{self.prefix}/{content_hash}"
        document = json.dumps(record, ensure_ascii=True, indent=2).encode()
        for name, content, content_type in (
            ("body", body, "application/octet-stream"),
            ("record.json", document, "application/json"),
        ):
            if not in_time():
                raise DependencyUnavailable("quarantine", TimeoutError("out of time"))
            try:
                self.s3.put_object(Bucket=self.bucket, Key=f"{key}/{name}", Body=content, ContentType=content_type)
            except AwsError as error:
                raise DependencyUnavailable("quarantine", error) from error
        return key

    def load(self, key: str) -> tuple[bytes, dict[str, Any]]:
        """Return the bytes and the record that `store` kept under a key.

        Raises NotFound, DependencyUnavailable or InvalidPayload.
        """
        if not key.startswith(f"{self.prefix}/"):
            raise NotFound(key)
        document, body = self._get(f"{key}/record.json"), self._get(f"{key}/body")
        try:
            record = json.loads(document)
        except ValueError:
            raise InvalidPayload("the record beside the body is damaged") from None
        if not isinstance(record, dict):
            raise InvalidPayload("the record beside the body is damaged")
        return body, record

    def _get(self, key: str) -> bytes:
        try:
            body: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except AwsError as error:
            if isinstance(error, AwsServiceError) and error.code in _NOT_THERE:
                raise NotFound(key) from None
            raise DependencyUnavailable("quarantine", error) from error
        return body
