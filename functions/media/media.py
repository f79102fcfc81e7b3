"""The consumer of the media queue: copies the files of each published message to S3 (docs/decisions/media.md).

What became of them is an event of its own. It takes the way of every event, by the events queue and the fan-out, which
publishes it once.
"""

from inbound_sms import cold_start
from inbound_sms.errors import ConfigurationError, DependencyUnavailable, InvalidPayload, cause_of, location_of
from inbound_sms.events import Event
from inbound_sms.events.media import MediaFailed, MediaStored, MissingFile, StoredFile
from inbound_sms.observability import count, flush, logger
from inbound_sms.parsing.hashing import hash_of
from inbound_sms.settings import Environment
from inbound_sms.storage.queue import EventQueue

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import Field

import aws_client
from aws_client.deadline import Deadline
from media_credentials import MediaSecretsStore
from media_fetch import Fetcher
from media_links import NotFetched, read_link, source_of
from media_messages import COMMON, File, Published, read_published
from media_store import MediaStore
from media_types import is_page, type_of

_MOST_FILES = 20  # of a message; an MMS has 10 at most
_FILE_SECONDS = 30.0
_SHARE = 0.75  # of the function's time, after which no more files are begun


class MediaSettings(Environment):
    """The environment of the function that copies media."""

    queue_url: str
    media_bucket: str
    media_dead_letters_url: str
    parameter_prefix: str
    media_hosts: str = ""
    max_receives: int = Field(default=6, gt=0)
    function_timeout_seconds: float = Field(default=120, gt=0)


@dataclass(frozen=True)
class Copier:
    """Copies the files of messages. A message that could not be copied in `max_receives` runs is given up."""

    fetcher: Fetcher
    store: MediaStore
    events: EventQueue
    dead_letters: EventQueue
    credentials: Callable[[str], Sequence[str]]
    hosts: tuple[str, ...]
    max_receives: int
    run_seconds: float
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def copy(self, body: str, receives: int) -> bool:
        """Copy the files of a message. Return whether SQS is done with it. Raises InvalidPayload."""
        message = read_published(body)
        try:
            return not message.data.media or self._copied(message, body, receives)
        except DependencyUnavailable as error:
            logger.error("media not copied, it will be retried", **message.named, reason=str(error))
            return False

    def _copied(self, message: Published, body: str, receives: int) -> bool:
        """Copy the files. Raises DependencyUnavailable.

        What is given up goes to the dead-letter queue by our own hand: SQS would move it there without an event.
        """
        # Before any file is stored: a person who asks to be forgotten is found by it.
        self.store.put_record(message.record_key, message.data.model_dump_json(exclude={"media"}))
        run = Deadline(self.run_seconds)
        files, failures = list[StoredFile | MissingFile](), list[NotFetched]()
        for number, file in enumerate(message.data.media):
            try:
                files.append(self._stored(message, number, file, run))
            except NotFetched as failure:
                failures.append(failure)
                files.append(MissingFile(failure=failure.reason))
        if not failures:
            self._report(message, MediaStored, files)
            count("MediaStored", len(files))
            return True
        reasons = [failure.reason for failure in failures]
        if receives < self.max_receives and not all(failure.final for failure in failures):
            logger.error("media not copied, it will be retried", **message.named, reason="; ".join(reasons))
            return False
        self._report(message, MediaFailed, files)
        self.dead_letters.send([body], message.data.provider)
        count("MediaFailed", len(failures))
        logger.error("media not copied, given up", **message.named, reason="; ".join(reasons))
        return True

    def _stored(self, message: Published, number: int, file: File, run: Deadline) -> StoredFile:
        """Return where a file is, after fetching it if it isn't there yet. Raises NotFetched, DependencyUnavailable."""
        key = f"{message.folder}/{number}"
        if stored := self.store.find(key):
            return stored
        if number >= _MOST_FILES:
            raise NotFetched("too many files", final=True)
        if not file.url:
            raise NotFetched("the provider gave no link", final=True)
        try:
            deadline = run.within(_FILE_SECONDS)
            deadline.remaining()
            source = source_of(message.data.provider, self.hosts)
            credentials = self._credentials(message) if source.trusts(read_link(file.url).host) else ()
            fetched = self.fetcher.fetch(file.url, source, credentials, deadline)
        except TimeoutError:
            raise NotFetched("out of time") from None
        if is_page(fetched.content) and "html" not in (file.content_type or ""):
            raise NotFetched("a web page in place of the file")
        declared = fetched.declared_type or file.content_type
        return self.store.put(key, fetched.content, type_of(fetched.content) or declared)

    def _credentials(self, message: Published) -> Sequence[str]:
        """Return what the provider's own hosts ask for. Raises NotFetched, whose reason subscribers read."""
        try:
            return self.credentials(message.data.provider)
        except (ConfigurationError, DependencyUnavailable) as error:
            logger.error("credentials for media can't be read", **message.named, cause=str(error))
            raise NotFetched("credentials can't be read") from None

    def _report(
        self, message: Published, kind: type[MediaStored | MediaFailed], files: list[StoredFile | MissingFile]
    ) -> None:
        """Have it published what became of the files, under an id that is the same in every run."""
        said = message.data
        own_id = f"{message.id.removeprefix(f'{said.provider}/')}#{'media' if kind is MediaStored else 'media-failed'}"
        data = kind.model_validate(
            {name: getattr(said, name) for name in COMMON}
            | {
                "fingerprint": hash_of(kind.TYPE.encode(), message.id.encode()),  # a repeat is never a conflict
                "provider_payload": None,
                "event_id": message.id,
                "ended_at": self.now(),
                "files": files,
            }
        )
        event = Event.of(own_id, data)
        event.mark(message.recovery, message.traceparent)
        document = event.to_json()
        self.store.put_record(message.record_key, document)
        self.events.send([document], said.provider)
        logger.info("media copied" if kind is MediaStored else "media missing", **message.named)


def copier_from_environment() -> Copier:
    """Create the copier that the environment describes. Raises ConfigurationError."""
    settings = MediaSettings.load()

    @cache
    def secrets_of(provider: str) -> MediaSecretsStore:
        return MediaSecretsStore(aws_client.ssm(), f"{settings.parameter_prefix}{provider}/media", 300)

    return Copier(
        fetcher=Fetcher(),
        store=MediaStore(aws_client.s3(), settings.media_bucket),
        events=EventQueue(aws_client.sqs(), settings.queue_url),
        dead_letters=EventQueue(aws_client.sqs(), settings.media_dead_letters_url),
        credentials=lambda provider: secrets_of(provider).values(),
        hosts=tuple(settings.media_hosts.split(",")),
        max_receives=settings.max_receives,
        run_seconds=settings.function_timeout_seconds * _SHARE,
    )


@cache
def _ready() -> Copier:
    return copier_from_environment()


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Copy the files of the messages in SQS records, and return those that SQS has to deliver again."""
    try:
        failed = [record["messageId"] for record in event["Records"] if not _done(_ready(), record)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
    finally:
        flush()


def _done(copier: Copier, record: dict[str, Any]) -> bool:
    try:
        return copier.copy(record["body"], int(record["attributes"]["ApproximateReceiveCount"]))
    except InvalidPayload as error:
        count("NotOurs")
        logger.error("not an event of the gateway", reason=error.reason, field=error.field)
    except Exception as error:  # noqa: BLE001 - Lambda would log its text, which may quote a link
        logger.error("unexpected error, it will be retried", cause=cause_of(error), where=location_of(error))
    return False


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _ready()
cold_start.end()
