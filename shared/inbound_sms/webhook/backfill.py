"""Backfill: messages that no webhook brought, as the provider's own API lists them, go through the same parser.

The operator's tool asks the API, and invokes the function with `{"backfill": {"publish": true, "messages": [...]}}`,
where each message is what its webhook would have posted, and when it came in, as the API says: `{"body": "<Base64>",
"headers": {...}, "at": "<time>"}`. So its event has the webhook's id, and deduplication drops it if the webhook arrived
after all. Without `at`, parts of texts that came hours apart could be taken for one text. With `publish` false, nothing
is stored: the outcomes name the ids, by which the operator's tool can tell what is known.
"""

import base64
import binascii
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from inbound_sms.errors import DependencyUnavailable, InvalidPayload, cause_of
from inbound_sms.events import Message
from inbound_sms.observability import count, logger
from inbound_sms.parsing.request import Request
from inbound_sms.webhook.ingest import Ingestor

AUTHENTICATED_BY = "backfill"
_Outcome = dict[str, Any]


class Backfill(NamedTuple):
    """What an operator asks for: to read these messages, and to publish them or not."""

    messages: list[Any]
    publish: bool

    @classmethod
    def in_event(cls, event: dict[str, Any]) -> "Backfill | None":
        """Return what an invocation asks for; None if it is any other event."""
        match event:
            case {"backfill": {"messages": list(messages), "publish": bool(publish)}} if len(event) == 1:
                return cls(messages, publish)
        return None


def backfill(
    asked: Backfill, provider: str, request_of: Callable[[bytes, dict[str, Any]], Request], ingestor: Ingestor
) -> dict[str, Any]:
    """Read messages, and queue their events if they are to be published. Never raises.

    Return an outcome for each, in their order: `accepted` with the event ids, `ignored` (what becomes no message),
    `unreadable` with reason and field, or `failed` with the reason (try again). After one that failed, no other is
    tried.
    """
    results: list[_Outcome] = []
    for message in asked.messages:
        if results and results[-1]["outcome"] == "failed":
            results.append({"outcome": "failed", "reason": "not tried: another one failed"})
        else:
            results.append(_one(message, provider, request_of, ingestor, publish=asked.publish))
    accepted = sum(each["outcome"] == "accepted" for each in results)
    if asked.publish:
        count("Backfilled", accepted)
    logger.info("backfilled" if asked.publish else "read for a backfill", messages=len(results), accepted=accepted)
    return {"results": results}


def _one(
    message: Any,
    provider: str,
    request_of: Callable[[bytes, dict[str, Any]], Request],
    ingestor: Ingestor,
    *,
    publish: bool,
) -> _Outcome:
    try:
        request = request_of(_body(message), _record(message, provider))
        read = ingestor.read(request._replace(recovery="backfill"))
        queued = [each for each in read if isinstance(each.event.data, Message)]
        if not queued:
            return {"outcome": "ignored", "reason": "no message"}
        if publish:
            ingestor.enqueue(request, queued)
    except InvalidPayload as error:
        logger.error("not backfilled: unreadable", reason=error.reason, field=error.field)
        return {"outcome": "unreadable", "reason": error.reason, "field": error.field}
    except DependencyUnavailable as error:
        return _failed(str(error))
    except Exception as error:  # noqa: BLE001 - the provider still has it, and the operator gets the reason
        return _failed(f"unexpected error: {cause_of(error)}")
    return {"outcome": "accepted", "event_ids": [each.event.id for each in queued]}


def _failed(reason: str) -> _Outcome:
    logger.error("not backfilled", cause=reason)
    return {"outcome": "failed", "reason": reason}


def _body(message: Any) -> bytes:
    try:
        return base64.b64decode(message["body"], validate=True)
    except (KeyError, TypeError, binascii.Error):
        raise InvalidPayload("the operator's tool sent no body") from None


def _record(message: Any, provider: str) -> dict[str, Any]:
    return {
        "provider": provider,
        "headers": message.get("headers", {}),
        "received_at": _received_at(message).isoformat(),
        "delivery_id": str(uuid.uuid4()),
        "authenticated_by": AUTHENTICATED_BY,
    }


def _received_at(message: Any) -> datetime:
    """Return when a message came in; now, if the API doesn't say it, or names a time that is still to come."""
    now = datetime.now(UTC)
    try:
        return min(datetime.fromisoformat(message["at"]), now)
    except (KeyError, TypeError, ValueError):  # a TypeError also of a time without a zone
        return now
