"""Which events are done, in a DynamoDB table: for as many consumers as there are, on as many machines."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inbound_sms_subscriber.once import Claim

_REFUSED = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class DynamoStore:
    """Remembers in a table with the string key `id`, whose time to live is in `expires_at`.

    `dynamodb` is a client of boto3. `consumer` names who handles: several may share a table, each handles every event.
    A claim is in force for `lease_seconds`: more than the handler may take (a Lambda's timeout). What is done is
    remembered for `retention_seconds`: more than the time in which it may come again (SNS tries queues and functions
    for 23 days).
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
                # The client repeats a call whose answer was lost: then the run is ours already.
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
        self._where_it_is_ours(
            self.dynamodb.update_item,
            event_id,
            run,
            {"UpdateExpression": "SET done_at = :now"},
            {":now": {"N": f"{self.clock():.3f}"}},
        )

    def release(self, event_id: str, run: str) -> None:
        self._where_it_is_ours(self.dynamodb.delete_item, event_id, run, {}, {})

    def _where_it_is_ours(
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
    """Gives AWS's code of an error of botocore, which this module does without."""
    response = getattr(error, "response", None)
    return response.get("Error", {}).get("Code") if isinstance(response, dict) else None
