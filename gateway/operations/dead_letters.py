"""The dead-letter queues: what is in them, and getting it back into the queue that it came from."""

import json
import time
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gateway.errors import GatewayError
from gateway.operations.installation import Installation
from gateway.operations.queues import arn_of, number_in

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Progress = Callable[[int, int], None]  # so many are moved, of about so many

WAIT_SECONDS = 1  # asks every machine of SQS's that keeps some: no answer then means that there is nothing
_HIDDEN_SECONDS = 60  # how long others don't see what is being looked at, or moved one by one
_BATCH = 10
MEDIA = "media"  # the queue of messages whose media are copied
EVENTS = "events"  # the queue between webhooks and fan-out, as people call it
# What SQS doesn't move by itself: what an engine doesn't know, and what came into a dead-letter queue from SNS
# (API reference, StartMessageMoveTask: "Non-SQS queue sources ... are currently not supported").
_ONE_BY_ONE = {"InvalidAction", "UnknownOperationException", "UnsupportedOperation"}
_UNKNOWN_SOURCE = "CouldNotDetermineMessageSource"


@dataclass(frozen=True)
class DeadLetter:
    """A message that was given up, and why, as far as the queue can tell. What is known of its event is None where it
    is no event of ours; what came by another source of a provider is none yet.
    """

    message_id: str
    reason: str
    body: str
    queued_at: datetime
    receives: int
    event_id: str | None
    provider: str | None
    delivery_id: str | None
    received_at: str | None
    receipt: str = field(repr=False)


@dataclass(frozen=True)
class DeadLetters:
    """A dead-letter queue, and the queue that its messages came from: that of events, that of media, or a source of a
    provider.
    """

    sqs: "SQSClient"
    url: str
    source: str
    provider: str | None = None  # whose source it is
    media: bool = False
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def count(self) -> int:
        """Return about how many messages there are, those that somebody looks at included."""
        return number_in(self.sqs, self.url)

    def look(self, limit: int) -> list[DeadLetter]:
        """Return up to so many messages, oldest first, and leave them where they are."""
        found: dict[str, DeadLetter] = {}
        with closing(self._looked_through()) as batches:
            for batch in batches:
                found |= batch
                if len(found) >= limit:
                    break
        return sorted(found.values(), key=lambda letter: letter.queued_at)[:limit]

    def each(self) -> Generator[DeadLetter]:
        """Return every message, and leave it where it is."""
        with closing(self._looked_through()) as batches:
            for batch in batches:
                yield from batch.values()

    def discard(self, message_ids: Collection[str]) -> Iterator[str]:
        """Delete messages for good; return the id of each as soon as it is gone."""
        left = set(message_ids)
        with closing(self.each()) as letters:
            while left and (letter := next(letters, None)):
                if letter.message_id in left:
                    self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt)
                    left.discard(letter.message_id)
                    yield letter.message_id

    def find(self, message_id: str) -> DeadLetter | None:
        """Return one message, and leave it where it is; None where it doesn't come."""
        with closing(self._looked_through()) as batches:
            return next((batch[message_id] for batch in batches if message_id in batch), None)

    def redrive(self, progress: Progress) -> int:
        """Move every message back to the queue that it came from; return how many. Raises GatewayError.

        SQS does it by itself; going on with a move that is under way already is fine. What it leaves is sent, then
        deleted, so that a crash in between can only double it. Its delivery id is in the message: what was published is
        not published again.
        """
        try:
            return self._move(progress)
        except ClientError as error:
            if error.response["Error"]["Code"].rpartition(".")[2] not in _ONE_BY_ONE:
                raise
        return self._move_one_by_one(progress)

    def _move(self, progress: Progress) -> int:
        source, target = arn_of(self.sqs, self.url), arn_of(self.sqs, self.source)
        before = self._latest_move(source)
        if before.get("Status") != "RUNNING":
            self.sqs.start_message_move_task(SourceArn=source, DestinationArn=target)
            while (move := self._latest_move(source)).get("StartedTimestamp") == before.get("StartedTimestamp"):
                self.sleep(1)
        else:
            move = before
        while move["Status"] in {"RUNNING", "CANCELLING"}:
            progress(move.get("ApproximateNumberOfMessagesMoved", 0), move.get("ApproximateNumberOfMessagesToMove", 0))
            self.sleep(1)
            move = self._latest_move(source)
        moved: int = move.get("ApproximateNumberOfMessagesMoved", 0)
        if move.get("FailureReason") == _UNKNOWN_SOURCE:
            return moved + self._move_one_by_one(progress)
        if move["Status"] != "COMPLETED":
            why = move.get("FailureReason") or move["Status"].lower()
            raise GatewayError(f"SQS moved {moved} messages and stopped: {why}; run it again")
        return moved

    def _latest_move(self, source: str) -> dict[str, Any]:
        moves: list[Any] = self.sqs.list_message_move_tasks(SourceArn=source, MaxResults=1).get("Results", [])
        return moves[0] if moves else {}

    def _move_one_by_one(self, progress: Progress) -> int:
        moved, total = 0, self.count()
        while batch := self._receive():
            for message in batch:
                group = message["Attributes"].get("MessageGroupId")  # by which SQS keeps one provider's flood apart
                sent: Any = {"MessageBody": message["Body"], "MessageAttributes": message.get("MessageAttributes", {})}
                self.sqs.send_message(QueueUrl=self.source, **sent, **({"MessageGroupId": group} if group else {}))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                moved += 1
                progress(moved, max(moved, total))
        return moved

    def _looked_through(self) -> Generator[dict[str, DeadLetter], None, None]:
        """Return batch after batch, by message ids, of what was not seen yet; when closed, others see all of it again.

        It ends where nothing comes any more, or only what was seen: it is visible again after a while, and would come
        for ever. Before that while is over, SQS may give something out twice, too, and there is more behind it.
        """
        held: dict[str, str] = {}  # the newest handle of each: the only one that is good
        visible_again = self.clock() + _HIDDEN_SECONDS
        try:
            while batch := self._receive():
                new = {
                    it["MessageId"]: _letter(it, self.provider, media=self.media)
                    for it in batch
                    if it["MessageId"] not in held
                }
                held |= {message["MessageId"]: message["ReceiptHandle"] for message in batch}
                if new:
                    yield new
                elif self.clock() >= visible_again:
                    break
        finally:
            self._let_go(list(held.values()))

    def _receive(self) -> list[Any]:
        return self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_HIDDEN_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])

    def _let_go(self, handles: list[str]) -> None:
        for batch in _batches(handles):
            entries: Any = [
                {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for number, handle in enumerate(batch)
            ]
            self.sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)


def dead_letters_of(installation: Installation) -> dict[str, DeadLetters]:
    """Return the dead-letter queues that an installation has: `events`, `media` where media are copied, and one for
    each source of a provider.
    """
    sqs, deployed = installation.client("sqs"), installation.deployed
    found = {EVENTS: DeadLetters(sqs, deployed.queues.dead_letters, deployed.queues.events)}
    if media := deployed.media:
        found[MEDIA] = DeadLetters(sqs, media.dead_letters, media.queue, media=True)
    for name, source in deployed.sources.items():
        found[name] = DeadLetters(sqs, source.dead_letters, source.queue, source.provider)
    return found


def _batches(handles: list[str]) -> Iterator[list[str]]:
    return (handles[start : start + _BATCH] for start in range(0, len(handles), _BATCH))


def _letter(message: Any, provider: str | None, *, media: bool) -> DeadLetter:
    attributes = message["Attributes"]
    event = {} if provider else _event(message["Body"])
    data = event.get("data", {})
    return DeadLetter(
        message_id=message["MessageId"],
        reason=_reason(provider, known=bool(event), media=media),
        body=message["Body"],
        queued_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1_000, UTC),
        receives=int(attributes["ApproximateReceiveCount"]),
        event_id=event.get("id"),
        provider=provider or data.get("provider"),
        delivery_id=data.get("delivery_id"),
        received_at=data.get("received_at"),
        receipt=message["ReceiptHandle"],
    )


def _reason(provider: str | None, *, known: bool, media: bool) -> str:
    if provider:
        return "could not be ingested; the log of the function behind this source says why"
    if known and media:
        return "its media could not be copied; the log of the function for media says why, by its event id"
    if known:
        return "could not be published; the log of the fan-out says why, by its event id"
    return "no event of the gateway: nothing can be done with it, redriven it will come back here"


def _event(body: str) -> dict[str, Any]:
    """Return an event of the gateway, or nothing where the body isn't one."""
    try:
        event = json.loads(body)
        named = (event["id"], event["type"], event["data"]["provider"], event["data"]["delivery_id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return dict(event) if all(isinstance(name, str) for name in named) else {}
