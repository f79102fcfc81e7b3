"""A store of handled events in a DynamoDB table, for any number of consumers on any number of machines."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inbound_sms_subscriber.once import Claim

_REFUSED = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class DynamoStore:
    """Stores claims in a table with the string key `id` and the time to live `expires_at`.

    `dynamodb` is a client of boto3. `consumer` is the name of the application: several can share a table, and each
    handles every event. A claim is valid for `lease_seconds`, which must exceed the time that the handler may take (a
    Lambda function's timeout). Handled events are remembered for `retention_seconds`, which must exceed the time in
    which they may be delivered again (SNS retries queues and functions for 23 days).
    """

    dynamodb: Any
    table: str
    consumer: str
    lease_seconds: float = 300
    retention_seconds: float = 30 * 86_400
    clock: Callable[[], float] = time.time

    def claim(self, event_id: str, run: str) -> Claim:
        now = self.clock()
        item = {
            **self._key(event_id),
            "run": {"S": run},
            "claimed_until": {"N": f"{now + self.lease_seconds:.3f}"},
            "expires_at": {"N": str(math.ceil(now + self.retention_seconds))},
        }
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=item,
                # boto3 repeats a call if the response was lost; the item may then be this run's already.
                ConditionExpression=(
                    "attribute_not_exists(id) OR expires_at <= :now OR #run = :run"
                    " OR (attribute_not_exists(done_at) AND claimed_until <= :now)"
                ),
                ExpressionAttributeNames={"#run": "run"},
                ExpressionAttributeValues={":now": {"N": f"{now:.3f}"}, ":run": {"S": run}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except Exception as error:
            if _code(error) != _REFUSED:
                raise
            return Claim.DONE if "done_at" in error.response.get("Item", {}) else Claim.RUNNING  # type: ignore[attr-defined]
        return Claim.WON

    def complete(self, event_id: str, run: str) -> None:
        self._if_still_ours(
            self.dynamodb.update_item,
            event_id,
            run,
            {"UpdateExpression": "SET done_at = :now"},
            {":now": {"N": f"{self.clock():.3f}"}},
        )

    def release(self, event_id: str, run: str) -> None:
        self._if_still_ours(self.dynamodb.delete_item, event_id, run, {}, {})

    def _if_still_ours(
        self, call: Callable[..., object], event_id: str, run: str, change: dict[str, Any], values: dict[str, Any]
    ) -> None:
        try:
            call(
                TableName=self.table,
                Key=self._key(event_id),
                ConditionExpression="#run = :run",
                ExpressionAttributeNames={"#run": "run"},
                ExpressionAttributeValues={":run": {"S": run}, **values},
                **change,
            )
        except Exception as error:
            if _code(error) != _REFUSED:
                raise

    def _key(self, event_id: str) -> dict[str, Any]:
        return {"id": {"S": f"{self.consumer}/{event_id}"}}


def _code(error: Exception) -> str | None:
    """Return the AWS error code of an exception of botocore, which this module doesn't import."""
    response = getattr(error, "response", None)
    return response.get("Error", {}).get("Code") if isinstance(response, dict) else None
