"""Deduplication by ownership: one DynamoDB item per event id says which delivery publishes it.

A delivery is one webhook request. No delivery can take over another's event, so there is no lease to tune: while the
owner has not published, its own queue message still exists, and is retried or waits in the dead-letter queue.
"""

import math
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from aws_client import AwsError, AwsServiceError, DynamoDb
from inbound_sms.errors import DependencyUnavailable

_CLOCK_SKEW_SECONDS = 1.0  # between two of Lambda's machines


class Claim(Enum):
    """How a claim ended."""

    WON = "ours: publish it"
    PUBLISHED = "this delivery published it before: done"
    RUNNING = "this delivery is at work elsewhere, or died a moment ago: try again later"
    DUPLICATE = "another delivery owns it: drop it"
    CONFLICT = "different content came under the same id: not a duplicate"


@dataclass(frozen=True, slots=True)
class ClaimsTable:
    """The table of claims. An item: `id` (key), `owner`, `run`, `fingerprint`, `claimed_at` (seconds since 1970),
    `published_at` and `sns_message_id` once it is published, `expires_at` (the table's time to live: whole seconds,
    DynamoDB ignores any other format).
    """

    dynamodb: DynamoDb
    table: str
    retention_seconds: float
    function_timeout_seconds: float
    clock: Callable[[], float] = time.time

    def claim(self, event_id: str, owner: str, fingerprint: str) -> Claim:
        """Claim an event for a delivery; raises DependencyUnavailable.

        It is won when there is no item, or its time is over (DynamoDB deletes late), or it is this delivery's own,
        not published, and claimed so long ago that the run that claimed it is certainly dead. Two different events of
        one delivery under the same id never take over each other's.
        """
        now = self.clock()
        run = str(uuid.uuid4())
        item = {
            "id": {"S": event_id},
            "owner": {"S": owner},
            "run": {"S": run},
            "fingerprint": {"S": fingerprint},
            "claimed_at": _number(now),
            "expires_at": {"N": str(math.ceil(now + self.retention_seconds))},
        }
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=item,
                ConditionExpression=(
                    "attribute_not_exists(#id) OR #expires_at <= :now"
                    " OR (#owner = :owner AND #fingerprint = :fingerprint"
                    " AND attribute_not_exists(#published_at) AND #claimed_at < :dead)"
                ),
                ExpressionAttributeNames={
                    f"#{name}": name
                    for name in ("id", "expires_at", "owner", "fingerprint", "published_at", "claimed_at")
                },
                ExpressionAttributeValues={
                    ":now": _number(now),
                    ":owner": item["owner"],
                    ":fingerprint": item["fingerprint"],
                    ":dead": _number(now - self.function_timeout_seconds - _CLOCK_SKEW_SECONDS),
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except AwsError as error:
            if isinstance(error, AwsServiceError) and error.code == "ConditionalCheckFailedException":
                return _refused(error.details.get("Item", {}), item)
            raise DependencyUnavailable("claims table", error) from error
        return Claim.WON

    def complete(self, event_id: str, owner: str, sns_message_id: str) -> None:
        """Records that the owner published the event; raises DependencyUnavailable."""
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key={"id": {"S": event_id}},
                UpdateExpression="SET #published_at = :now, #sns = :sns",
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#published_at": "published_at", "#sns": "sns_message_id", "#owner": "owner"},
                ExpressionAttributeValues={
                    ":now": _number(self.clock()),
                    ":sns": {"S": sns_message_id},
                    ":owner": {"S": owner},
                },
            )
        except AwsError as error:
            raise DependencyUnavailable("claims table", error) from error


def _refused(old: dict[str, Any], new: dict[str, Any]) -> Claim:
    """Tells why a claim was refused, from the item that stood in its way."""
    if old.get("run") == new["run"]:  # our own write, whose answer was lost and which the client repeated
        return Claim.WON
    if old.get("fingerprint") != new["fingerprint"]:
        return Claim.CONFLICT
    if old.get("owner") == new["owner"]:
        return Claim.PUBLISHED if "published_at" in old else Claim.RUNNING
    return Claim.DUPLICATE


def _number(value: float) -> Any:
    return {"N": f"{value:.3f}"}
