"""Taking in what an authenticated sender said: parse it, then queue its events, or set its bytes aside.

Unreadable requests go into the quarantine and count as taken in: Sinch never retries what was refused, so the message
would be gone, and the others would resend the same bytes in vain.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import aws_client
from inbound_sms.errors import InvalidPayload, cause_of, where
from inbound_sms.events import Event, Unknown
from inbound_sms.observability import count, logger, note
from inbound_sms.parsing.normalise import stray
from inbound_sms.parsing.request import Request
from inbound_sms.settings import IngestSettings, ParseSettings
from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue

Parse = Callable[[Request], list[Event]]


@dataclass(frozen=True, slots=True)
class Ingestor:
    """One provider's way into the queue. `parse` raises InvalidPayload, and needs nothing but the request."""

    parse: Parse
    queue: EventQueue
    quarantine: Quarantine
    payloads: PayloadStore
    max_event_bytes: int

    @classmethod
    def of(cls, provider: str, parse: Parse, settings: IngestSettings) -> "Ingestor":
        """Builds it from the settings of the environment."""
        return cls(
            parse=parse,
            queue=EventQueue(aws_client.sqs(), settings.queue_url),
            quarantine=Quarantine(aws_client.s3(), settings.quarantine_bucket, provider),
            payloads=PayloadStore(aws_client.s3(), settings.payloads_bucket, provider),
            max_event_bytes=settings.max_event_bytes,
        )

    def ingest(self, request: Request) -> Literal["accepted", "quarantined"]:
        """Takes in a request whose sender is known. When it returns, all of it is stored; raises DependencyUnavailable."""
        try:
            self.enqueue(request)
        except InvalidPayload as error:
            self._quarantine(request, error)
            return "quarantined"
        return "accepted"

    def enqueue(self, request: Request) -> list[str]:
        """Queues the events of a request, gives their ids; raises InvalidPayload or DependencyUnavailable."""
        events = self._parse(request)
        self.queue.send(self._documents(events), request.provider)
        for event in events:
            if isinstance(event.data, Unknown):
                count("Unknown")
                logger.warning("published as unknown", event_id=event.log_id, note=event.data.note)
        note(delivery_id=request.delivery_id, event_ids=[event.log_id for event in events])
        return [event.id for event in events]

    def _parse(self, request: Request) -> list[Event]:
        try:
            return self._read(request)
        except InvalidPayload:
            raise
        except Exception as error:  # a fault of the parser: keep the bytes, replay them after the fix
            logger.error("the parser failed", cause=cause_of(error), where=where(error))
            raise InvalidPayload(f"the parser failed: {cause_of(error)}") from error

    def _read(self, request: Request) -> list[Event]:
        try:
            return self.parse(request)
        except InvalidPayload:
            if event := stray(request):
                return [event]
            raise

    def _documents(self, events: list[Event]) -> list[str]:
        """Gives the events in JSON. The payload of one that is too large is stored, and referred to."""
        if not events:
            raise InvalidPayload("there is no event in it")
        documents: list[str] = []
        kept_apart: list[bytes] = []
        for event in events:
            document = event.to_json()
            if len(document.encode()) > self.max_event_bytes:
                payload = event.payload_to_json()
                document = event.with_payload_at(self.payloads.reference_to(payload)).to_json()
                kept_apart.append(payload)
            if (size := len(document.encode())) > self.max_event_bytes:
                raise InvalidPayload(f"an event of {size} bytes is too large to publish, even without its payload")
            documents.append(document)
        for payload in dict.fromkeys(kept_apart):
            self.payloads.store(payload)
        return documents

    def _quarantine(self, request: Request, error: InvalidPayload) -> None:
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


def request_from_record(body: bytes, record: dict[str, Any], settings: ParseSettings) -> Request:
    """Gives a request as it was when it was set aside; raises InvalidPayload where the record about it is damaged."""
    try:
        return Request(
            provider=record["provider"],
            body=body,
            headers=record["headers"],
            path_parameters={},
            received_at=datetime.fromisoformat(record["received_at"]),
            delivery_id=record["delivery_id"],
            settings=settings,
            authenticated_by=record["authenticated_by"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidPayload(f"the record beside the body is damaged: {cause_of(error)}") from None
