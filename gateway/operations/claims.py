"""The table of claims, as an operator reads it: which events the gateway knows."""

import time
from collections.abc import Collection
from typing import Any

from gateway.errors import GatewayError
from gateway.operations.installation import Installation

_KEYS_IN_A_CALL = 100  # DynamoDB: BatchGetItem
_TRIES = 8  # DynamoDB leaves out what would be too much at once
_PAUSE_SECONDS = 0.1  # before the second, doubled before each other one


def known_events(installation: Installation, ids: Collection[str]) -> set[str]:
    """Return which events are claimed, by their ids; a claim that has expired counts no more."""
    keys = [{"id": {"S": event_id}} for event_id in dict.fromkeys(ids)]
    found: set[str] = set()
    for first in range(0, len(keys), _KEYS_IN_A_CALL):
        found |= _claimed(installation, keys[first : first + _KEYS_IN_A_CALL])
    return found


def _claimed(installation: Installation, keys: list[Any]) -> set[str]:
    asked: dict[str, Any] = {
        installation.deployed.table: {"Keys": keys, "ConsistentRead": True, "ProjectionExpression": "id, expires_at"}
    }
    found: set[str] = set()
    for attempt in range(_TRIES):
        answer = installation.client("dynamodb").batch_get_item(RequestItems=asked)
        for item in answer["Responses"].get(installation.deployed.table, ()):
            if float(item["expires_at"]["N"]) > time.time():
                found.add(item["id"]["S"])
        asked = answer.get("UnprocessedKeys", {})
        if not asked:
            return found
        time.sleep(_PAUSE_SECONDS * 2**attempt)
    raise GatewayError("the table of claims is too busy to be read: try again later")
