"""Payloads too large for a notification are stored in S3, and the event refers to them (the claim check pattern)."""

from hashlib import sha256
from typing import NamedTuple

from aws_client import S3, AwsError
from inbound_sms.errors import DependencyUnavailable
from inbound_sms.events import PayloadReference


class PayloadStore(NamedTuple):
    """Stores each payload as `<prefix>/<sha256 of its bytes>.json`: a retry overwrites it with the same bytes."""

    s3: S3
    bucket: str
    prefix: str

    def reference_to(self, payload: bytes) -> PayloadReference:
        """Return where a payload is, or will be, stored."""
        digest = sha256(payload).hexdigest()
        return PayloadReference(
            bucket=self.bucket, key=f"{self.prefix}/{digest}.json", bytes=len(payload), sha256=digest
        )

    def store(self, payload: bytes) -> None:
        """Store a payload where `reference_to` says. Raises DependencyUnavailable."""
        key = self.reference_to(payload).key
        try:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=payload, ContentType="application/json")
        except AwsError as error:
            raise DependencyUnavailable("payloads bucket", error) from error
