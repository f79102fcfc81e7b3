"""Replay: after a fix, quarantined requests go through the gateway once more.

An operator invokes the provider's webhook function (the fan-out function for what the fan-out quarantined) directly,
with `{"replay": {"key": "<provider>/<hash>"}}`. IAM (lambda:InvokeFunction) decides who may do that; the provider was
authenticated when the request arrived.

A replay can't be requested over HTTP: an event of API Gateway (payload format 2.0) has top-level keys of its own, such
as `version` and `requestContext`, and contains what was posted as a string in `body`, so it never equals the above.
"""

from collections.abc import Callable
from typing import Any

from inbound_sms.errors import DependencyUnavailable, InvalidPayload, NotFound, cause_of
from inbound_sms.observability import count, logger
from inbound_sms.storage.quarantine import Quarantine

Deliver = Callable[[bytes, dict[str, Any]], list[str]]


def key_to_replay(event: dict[str, Any]) -> str | None:
    """Return the quarantine key that an invocation asks to replay; None if it is any other event."""
    match event:
        case {"replay": {"key": str(key)}} if len(event) == 1:
            return key
    return None


def replay(key: str, quarantine: Quarantine, deliver: Deliver) -> dict[str, Any]:
    """Replay what is quarantined under a key. `deliver` takes its body and record and returns the ids of its events.

    Return the outcome for the operator: `accepted` with the event ids, `unreadable` with reason and field (the
    quarantine is unchanged), `not_found`, or `failed` with the reason (try again). Never raises. What was accepted
    stays in the quarantine until the operator deletes it.
    """
    try:
        event_ids = deliver(*quarantine.load(key))
    except InvalidPayload as error:
        logger.error("replayed, but still unreadable", key=key, reason=error.reason, field=error.field)
        return {"outcome": "unreadable", "reason": error.reason, "field": error.field}
    except NotFound:
        logger.error("not replayed: not found", key=key)
        return {"outcome": "not_found", "reason": "not in the quarantine, or this function may not read it"}
    except DependencyUnavailable as error:
        return failure(str(error))
    except Exception as error:  # noqa: BLE001 - it stays in the quarantine, and the operator gets the reason
        return failure(f"unexpected error: {cause_of(error)}")
    count("Replayed")
    logger.info("replayed", key=key, events=len(event_ids))
    return {"outcome": "accepted", "event_ids": event_ids}


def failure(reason: str) -> dict[str, Any]:
    """Log and return the outcome of a replay that failed on our side."""
    logger.error("not replayed", cause=reason)
    return {"outcome": "failed", "reason": reason}
