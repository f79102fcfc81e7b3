"""Where requests go that we can't understand: raw, with the reason, until somebody replays them."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inbound_sms.aws import AWS_ERRORS
from inbound_sms.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Two objects each: `<prefix>/<content hash>/body`, the exact bytes, and `.../record.json` about them."""

    s3: "S3Client"
    bucket: str
    prefix: str

    def store(self, content_hash: str, body: bytes, record: dict[str, Any]) -> str:
        """Stores the bytes, then the record; gives their common key. A resend overwrites. Raises Unavailable."""
        key = f"{self.prefix}/{content_hash}"
        document = json.dumps(record, ensure_ascii=True, indent=2).encode()
        try:
            self.s3.put_object(Bucket=self.bucket, Key=f"{key}/body", Body=body)
            self.s3.put_object(
                Bucket=self.bucket, Key=f"{key}/record.json", Body=document, ContentType="application/json"
            )
        except AWS_ERRORS as error:
            raise Unavailable("quarantine", error) from error
        return key
