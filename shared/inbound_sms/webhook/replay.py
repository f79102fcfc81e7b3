"""Replay: what is in the quarantine goes through the gateway once more, after a fix.

An operator invokes the provider's webhook function (the fan-out for what that set aside) directly, with
`{"replay": {"key": "acme/<hash>"}}`. Lambda lets in who may invoke the function (IAM, lambda:InvokeFunction), and the
sender was authenticated when it first came.

Nobody can ask for it over HTTP. What API Gateway hands to a function (payload format 2.0) has keys of its own at its
top, `version`, `requestContext` and more, and what was posted is a text under `body`: it never is this document.
"""

from collections.abc import Callable
from typing import Any

from inbound_sms.errors import DependencyUnavailable, InvalidPayload, NotFound, cause_of
from inbound_sms.observability import count, logger
from inbound_sms.storage.quarantine import Quarantine

Deliver = Callable[[bytes, dict[str, Any]], list[str]]


def key_to_replay(event: dict[str, Any]) -> str | None:
    """Gives the key in the quarantine that an invocation asks to replay; None: it is something else."""
    match event:
        case {"replay": {"key": str(key)}} if len(event) == 1:
            return key
    return None


def replay(key: str, quarantine: Quarantine, deliver: Deliver) -> dict[str, Any]:
    """Replays what is kept under a key; `deliver` takes its body and record and gives the ids of its events.

    Gives the outcome, for the operator: `accepted` with the event ids, `unreadable` with reason and field (still: what
    is kept stays as it is), `not_found`, or `failed` with the reason (try again). Raises nothing. Deleting what was
    accepted is the operator's business.
    """
    try:
        event_ids = deliver(*quarantine.load(key))
    except InvalidPayload as error:
        logger.error("replayed, and still unreadable", key=key, reason=error.reason, field=error.field)
        return {"outcome": "unreadable", "reason": error.reason, "field": error.field}
    except NotFound:
        logger.error("not replayed: nothing is there", key=key)
        return {"outcome": "not_found", "reason": "not in the quarantine, or not this function's to read"}
    except DependencyUnavailable as error:
        return failure(str(error))
    except Exception as error:  # noqa: BLE001 - it stays in the quarantine, and the operator hears why
        return failure(f"unexpected error: {cause_of(error)}")
    count("Replayed")
    logger.info("replayed", key=key, events=len(event_ids))
    return {"outcome": "accepted", "event_ids": event_ids}


def failure(reason: str) -> dict[str, Any]:
    """Gives the outcome of a replay that failed on our side."""
    logger.error("not replayed", cause=reason)
    return {"outcome": "failed", "reason": reason}
