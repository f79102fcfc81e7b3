"""Ingests an authenticated request: parses it, and queues its events or quarantines its bytes.

A request that can't be read is quarantined and acknowledged. Were it refused, some providers would never send it again,
so the message would be lost, and the others would send the same bytes again, in vain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import aws_client
from inbound_sms.errors import InvalidPayload, cause_of, location_of
from inbound_sms.events import Event, Unknown
from inbound_sms.observability import annotate, count, logger
from inbound_sms.parsing.items import Ignored, Item, Parsed
from inbound_sms.parsing.request import Request
from inbound_sms.settings import IngestSettings
from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.provider import Parse
from inbound_sms.webhook.tracing import traceparent

_MAY_BE_CHANGED = "API Gateway handed this body over as text: bytes that were not UTF-8 may have become U+FFFD"


class ReadEvent(NamedTuple):
    """An event, its JSON as it is queued, and its payload if that is stored separately."""

    event: Event
    body: str
    payload: bytes | None


class _Rejected(NamedTuple):
    """Why something can't be queued: the item of a batch at this position, or (None) the whole request."""

    position: int | None
    error: InvalidPayload


@dataclass(frozen=True, slots=True)
class Ingestor:
    """Ingests the requests of one provider, by the `parse` that it declares."""

    parse: Parse
    queue: EventQueue
    quarantine: Quarantine
    payloads: PayloadStore
    max_event_bytes: int

    @classmethod
    def of(cls, provider: str, parse: Parse, settings: IngestSettings) -> "Ingestor":
        """Create the ingestor that a function's environment describes."""
        return cls(
            parse=parse,
            queue=EventQueue(aws_client.sqs(), settings.queue_url),
            quarantine=Quarantine(aws_client.s3(), settings.quarantine_bucket, provider),
            payloads=PayloadStore(aws_client.s3(), settings.payloads_bucket, provider),
            max_event_bytes=settings.max_event_bytes,
        )

    def ingest(self, request: Request) -> Literal["accepted", "quarantined", "ignored"]:
        """Ingest an authenticated request. When it returns, everything in the request is stored.

        Raises DependencyUnavailable, after which some of it may be stored.
        """
        queued, rejected = self._read(request)
        if queued:
            self.enqueue(request, queued)
        if rejected:
            self._quarantine(request, rejected)
            if queued:
                count("Accepted")  # in addition to the metric for the outcome
            return "quarantined"
        return "accepted" if queued else "ignored"

    def read(self, request: Request) -> list[ReadEvent]:
        """Return the events of a request, and store nothing. Raises InvalidPayload if any part of it can't be read."""
        queued, rejected = self._read(request)
        if rejected:
            raise rejected[0].error
        return queued

    def enqueue(self, request: Request, queued: list[ReadEvent]) -> None:
        """Queue the events of a request, at least one. Raises DependencyUnavailable: some of them may be queued."""
        for payload in dict.fromkeys(each.payload for each in queued if each.payload is not None):
            self.payloads.store(payload)
        self.queue.send([each.body for each in queued], request.provider)
        for event in (each.event for each in queued):
            if isinstance(event.data, Unknown):
                count("Unknown")
                logger.warning("published as unknown", event_id=event.log_id, note=event.data.note)
        annotate(delivery_id=request.delivery_id, event_ids=[each.event.log_id for each in queued])

    def _read(self, request: Request) -> tuple[list[ReadEvent], list[_Rejected]]:
        try:
            parsed = self._parse(request)
        except InvalidPayload as error:
            return [], [_Rejected(None, error)]
        queued: list[ReadEvent] = []
        rejected: list[_Rejected] = []
        trace = traceparent(request.delivery_id)
        for each in parsed:
            position, outcome = (each.position, each.outcome) if isinstance(each, Item) else (None, each)
            if isinstance(outcome, Ignored):
                logger.info("nothing to store", reason=outcome.reason)
            elif isinstance(outcome, InvalidPayload):
                rejected.append(_Rejected(position, outcome))
            else:
                try:
                    outcome.mark(request.recovery, trace)
                    queued.append(self._serialised(outcome))
                except InvalidPayload as error:
                    rejected.append(_Rejected(position, error))
        if any(each.position is None for each in rejected):  # a request that isn't a batch is quarantined as a whole
            return [], rejected
        return queued, rejected

    def _parse(self, request: Request) -> Sequence[Parsed]:
        try:
            parsed = self.parse(request)
        except InvalidPayload:
            raise
        except Exception as error:  # a bug in the parser: quarantine the bytes, replay them after the fix
            logger.error("the parser failed", cause=cause_of(error), where=location_of(error))
            raise InvalidPayload(f"the parser failed: {cause_of(error)}") from error
        if not parsed:
            raise InvalidPayload("it contains no event")
        return parsed

    def _serialised(self, event: Event) -> ReadEvent:
        """Return an event in JSON; if it is too large, with a reference in place of its payload."""
        body, payload = event.to_json(), None
        if len(body.encode()) > self.max_event_bytes:
            payload = event.payload_to_json()
            body = event.with_payload_at(self.payloads.reference_to(payload)).to_json()
            if (size := len(body.encode())) > self.max_event_bytes:
                raise InvalidPayload(f"an event of {size} bytes is too large to publish, even without its payload")
        return ReadEvent(event, body, payload)

    def _quarantine(self, request: Request, rejected: list[_Rejected]) -> None:
        first = rejected[0].error
        items = [
            {"item": each.position, "reason": each.error.reason, "field": each.error.field}
            for each in rejected
            if each.position is not None
        ]
        key = self.quarantine.store(
            request.content_hash,
            request.body,
            {
                "provider": request.provider,
                "reason": first.reason,
                "field": first.field,
                **({"items": items} if items else {}),
                "received_at": request.received_at.isoformat(),
                "delivery_id": request.delivery_id,
                "authenticated_by": request.authenticated_by,
                "method": request.method,
                "url": _url_without_secret(request),
                "route": request.route,
                "query": request.raw_query,
                "headers": request.headers,
                **({"note": _MAY_BE_CHANGED} if request.may_be_changed else {}),
            },
        )
        logger.error("quarantined", key=key, reason=first.reason, field=first.field, items=len(items) or None)


def _url_without_secret(request: Request) -> str:
    """Return the URL as it was called, but with its path secret masked; the query no longer holds any credentials."""
    query = f"?{request.raw_query}" if request.raw_query else ""
    path = request.path
    if request.path_secret:  # the last segment, which the caller may have percent-encoded, or closed with a slash
        path = path.rstrip("/").rpartition("/")[0] + "/***"
    return request.base_url + path + query
