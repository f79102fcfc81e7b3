"""Taking in what an authenticated sender said: parse it, then queue its events, or set its bytes aside.

Unreadable requests go into the quarantine and count as taken in: Sinch never retries what was refused, so the message
would be gone, and the others would resend the same bytes in vain.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inbound_sms import aws
from inbound_sms.errors import Unreadable, cause_of
from inbound_sms.events import Event, Unknown
from inbound_sms.normalise import stray
from inbound_sms.observability import logger
from inbound_sms.quarantine import Quarantine
from inbound_sms.queue import EventQueue
from inbound_sms.request import Request
from inbound_sms.settings import IntakeSettings

Parse = Callable[[Request], list[Event]]


@dataclass(frozen=True, slots=True)
class Intake:
    """One provider's way into the queue. `parse` raises Unreadable, and needs nothing but the request."""

    parse: Parse
    queue: EventQueue
    quarantine: Quarantine
    max_event_bytes: int

    @classmethod
    def of(cls, provider: str, parse: Parse, settings: IntakeSettings) -> "Intake":
        """Builds it from the settings of the environment."""
        return cls(
            parse=parse,
            queue=EventQueue(aws.sqs(), settings.queue_url),
            quarantine=Quarantine(aws.s3(), settings.quarantine_bucket, provider),
            max_event_bytes=settings.max_event_bytes,
        )

    def take(self, request: Request) -> Literal["accepted", "quarantined"]:
        """Takes in a request whose sender is known. When it returns, all of it is stored; raises Unavailable."""
        try:
            events = self._parse(request)
            documents = self._documents(events)
        except Unreadable as error:
            self._set_aside(request, error)
            return "quarantined"
        self.queue.send(documents)
        for event in events:
            if isinstance(event.data, Unknown):
                logger.warning("published as unknown", event_id=event.log_id, note=event.data.note)
        logger.info("queued", event_ids=[event.log_id for event in events], types=[event.type for event in events])
        return "accepted"

    def _parse(self, request: Request) -> list[Event]:
        try:
            return self._read(request)
        except Unreadable:
            raise
        except Exception as error:  # a fault of the parser: keep the bytes, replay them after the fix
            logger.error("the parser failed", cause=cause_of(error), where=where(error))
            raise Unreadable(f"the parser failed: {cause_of(error)}") from error

    def _read(self, request: Request) -> list[Event]:
        try:
            return self.parse(request)
        except Unreadable:
            if event := stray(request):
                return [event]
            raise

    def _documents(self, events: list[Event]) -> list[str]:
        if not events:
            raise Unreadable("there is no event in it")
        documents = [event.to_json() for event in events]
        largest = max(len(document.encode()) for document in documents)
        if largest > self.max_event_bytes:
            raise Unreadable(f"an event of {largest} bytes is too large to publish")
        return documents

    def _set_aside(self, request: Request, error: Unreadable) -> None:
        key = self.quarantine.store(
            hashlib.sha256(request.body).hexdigest(),
            request.body,
            {
                "provider": request.provider,
                "reason": error.reason,
                "field": error.field,
                "received_at": request.received_at.isoformat(),
                "delivery_id": request.delivery_id,
                "authenticated_by": request.authenticated_by,
                "headers": request.headers,
            },
        )
        logger.error("quarantined", key=key, reason=error.reason, field=error.field)


def where(error: BaseException) -> str:
    """Gives the place in the code where an error arose, without its text."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}" if traceback else ""
