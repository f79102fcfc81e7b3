"""The bucket of media: an object for each file, and one that says what became of the message's files."""

from inbound_sms.errors import DependencyUnavailable
from inbound_sms.events.media import StoredFile

import re
from hashlib import sha256
from typing import NamedTuple

from aws_client import S3, AwsError, AwsServiceError

_NOT_FOUND = {"NoSuchKey", "AccessDenied"}  # the latter, as the function may not list the bucket
_THERE = "PreconditionFailed"
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,63}/[a-z0-9!#$&^_.+-]{1,63}")  # RFC 6838, without parameters
_OF_NO_TYPE = "application/octet-stream"


class MediaStore(NamedTuple):
    """Stores files. What is under a key once stays as it is: runs side by side report the same."""

    s3: S3
    bucket: str

    def find(self, key: str) -> StoredFile | None:
        """Return the file under a key; None if there is none. Raises DependencyUnavailable."""
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=key)
        except AwsError as error:
            if isinstance(error, AwsServiceError) and error.code in _NOT_FOUND:
                return None
            raise DependencyUnavailable("media bucket", error) from error
        return self._stored(key, found["Body"].read(), found["ContentType"])

    def put(self, key: str, content: bytes, content_type: str | None) -> StoredFile:
        """Store a file, unless another run did so meanwhile; return what is there. Raises DependencyUnavailable."""
        named = (content_type or "").partition(";")[0].strip().lower()
        kind = named if _TYPE.fullmatch(named) else _OF_NO_TYPE
        try:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=kind, IfNoneMatch="*")
        except AwsError as error:
            if isinstance(error, AwsServiceError) and error.code == _THERE and (there := self.find(key)):
                return there
            raise DependencyUnavailable("media bucket", error) from error
        return self._stored(key, content, kind)

    def put_record(self, key: str, record: str) -> None:
        """Store beside the files whose they are. Raises DependencyUnavailable."""
        try:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=record.encode(), ContentType="application/json")
        except AwsError as error:
            raise DependencyUnavailable("media bucket", error) from error

    def _stored(self, key: str, content: bytes, content_type: str) -> StoredFile:
        digest = sha256(content).hexdigest()
        return StoredFile(bucket=self.bucket, key=key, content_type=content_type, bytes=len(content), sha256=digest)
