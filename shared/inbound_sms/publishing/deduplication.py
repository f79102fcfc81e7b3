"""Deduplication by ownership: one DynamoDB item per event id records which delivery publishes it.

A delivery is one webhook request. No delivery can take over another's event, so there is no lease to tune: until the
owner has published, its own queue message still exists, and is retried or waits in the dead-letter queue.
"""

import math
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeGuard

from aws_client import AwsError, AwsServiceError, DynamoDb
from inbound_sms.errors import DependencyUnavailable

_CLOCK_SKEW_SECONDS = 1.0  # between two of Lambda's machines


class ClaimLost(DependencyUnavailable):
    """The claim is no longer this delivery's."""


class Claim(Enum):
    """The outcome of a claim."""

    WON = "this delivery owns it: publish it"
    PUBLISHED = "this delivery has already published it: done"
    UNSETTLED = "this delivery has already published it, joined with other parts, whose claims may not say so yet"
    RUNNING = "another run is handling this delivery, or died a moment ago: try again later"
    DUPLICATE = "another delivery owns it: drop it"
    CONFLICT = "another event has the same id but different content: not a duplicate"


@dataclass(frozen=True, slots=True)
class ClaimsTable:
    """The DynamoDB table of claims.

    An item has `id` (the key), `owner` (a delivery id), `run`, `fingerprint`, `claimed_at` (seconds since 1970),
    `expires_at` (the time to live: in whole seconds, because DynamoDB ignores any other format) and, once the event is
    published, `published_at` and `sns_message_id`; if it is a part that was published with others, `joined_as` (the
    event's id) and, of the part that published, `joins` (of how many).
    """

    dynamodb: DynamoDb
    table: str
    retention_seconds: float
    function_timeout_seconds: float
    clock: Callable[[], float] = time.time

    @property
    def dead_after_seconds(self) -> float:
        """After so long, a run that claimed something no longer runs."""
        return self.function_timeout_seconds + _CLOCK_SKEW_SECONDS

    def claim(self, event_id: str, owner: str, fingerprint: str, fingerprint_before: str = "") -> Claim:
        """Claim an event for the delivery `owner`. Raises DependencyUnavailable.

        `fingerprint_before` is the one that an earlier version gave to the same content: an item may still have it.

        The claim is won if there is no item, or the item has expired (DynamoDB deletes late), or it is this delivery's
        own, unpublished, and so old that the run that claimed it must be dead. Two different events with the same id in
        one delivery never take over each other's claim.
        """
        now = self.clock()
        run = str(uuid.uuid4())
        item = {
            "id": {"S": event_id},
            "owner": {"S": owner},
            "run": {"S": run},
            "fingerprint": {"S": fingerprint},
            "claimed_at": number(now),
            "expires_at": {"N": str(math.ceil(now + self.retention_seconds))},
        }
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=item,
                ConditionExpression=(
                    "attribute_not_exists(#id) OR #expires_at <= :now"
                    " OR (#owner = :owner AND #fingerprint IN (:fingerprint, :fingerprint_before)"
                    " AND attribute_not_exists(#published_at) AND #claimed_at < :dead)"
                ),
                ExpressionAttributeNames={
                    f"#{name}": name
                    for name in ("id", "expires_at", "owner", "fingerprint", "published_at", "claimed_at")
                },
                ExpressionAttributeValues={
                    ":now": number(now),
                    ":owner": item["owner"],
                    ":fingerprint": item["fingerprint"],
                    ":fingerprint_before": {"S": fingerprint_before},
                    ":dead": number(now - self.dead_after_seconds),
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except AwsError as error:
            if is_refused(error):
                return _lost(error.details.get("Item", {}), item, fingerprint_before)
            raise DependencyUnavailable("claims table", error) from error
        return Claim.WON

    def complete(self, event_id: str, owner: str, sns_message_id: str | None, **joined: str) -> None:
        """Record that the owner has published the event; of a part, also what is to be known of how it was joined.

        Raises DependencyUnavailable; ClaimLost if the claim is another delivery's.
        """
        how = joined if sns_message_id is None else {"sns_message_id": sns_message_id, **joined}
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key={"id": {"S": event_id}},
                UpdateExpression="SET #published_at = :now" + "".join(f", #{name} = :{name}" for name in how),
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={f"#{name}": name for name in ("published_at", "owner", *how)},
                ExpressionAttributeValues={
                    ":now": number(self.clock()),
                    ":owner": {"S": owner},
                    **{f":{name}": {"S": value} for name, value in how.items()},
                },
            )
        except AwsError as error:
            if is_refused(error):
                raise ClaimLost("claims table", error) from error
            raise DependencyUnavailable("claims table", error) from error


def _lost(old: dict[str, Any], new: dict[str, Any], fingerprint_before: str) -> Claim:
    """Return the outcome of a claim whose condition failed because of the item `old`."""
    if old.get("run") == new["run"]:  # our own write: the client repeated it because the response was lost
        return Claim.WON
    if old.get("fingerprint") not in (new["fingerprint"], {"S": fingerprint_before}):
        return Claim.CONFLICT
    if old.get("owner") == new["owner"]:
        if "published_at" not in old:
            return Claim.RUNNING
        return Claim.UNSETTLED if "joins" in old else Claim.PUBLISHED
    return Claim.DUPLICATE


def is_refused(error: AwsError) -> TypeGuard[AwsServiceError]:
    """Return whether DynamoDB refused a write because its condition doesn't hold."""
    return isinstance(error, AwsServiceError) and error.code == "ConditionalCheckFailedException"


def number(value: float) -> Any:
    """Return an attribute's value."""
    return {"N": f"{value:.3f}"}
