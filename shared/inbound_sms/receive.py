"""The receive path: authenticate, parse, queue, answer.

What is acknowledged is stored; when we fail, the sender hears an error that makes it retry.

Unreadable requests are answered with success once their bytes are in the quarantine: Sinch never retries a 4xx, so
the message would be gone, and the others would resend the same bytes in vain.
"""

import hashlib
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from inbound_sms import aws
from inbound_sms.auth import Scheme, Secrets
from inbound_sms.errors import Misconfigured, Unavailable, Unreadable, cause_of
from inbound_sms.events import Event
from inbound_sms.observability import count, flush, logger, metrics
from inbound_sms.quarantine import Quarantine
from inbound_sms.queue import EventQueue
from inbound_sms.request import Request, request_from_event
from inbound_sms.secrets import SecretStore
from inbound_sms.settings import ReceiveSettings

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
Outcome = Literal["accepted", "quarantined", "refused", "too_large", "failed"]

_METRICS: dict[Outcome, str] = {
    "accepted": "Accepted",
    "quarantined": "Quarantined",
    "refused": "Refused",
    "too_large": "TooLarge",
    "failed": "Failed",
}
_CREDENTIAL_HEADERS = {"authorization", "proxy-authorization", "cookie"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: str
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider: what it sends, how it proves who it is, what it wants to hear.

    `parse` takes the request and gives its events; it raises Unreadable, and needs nothing but the request.
    """

    name: str
    parse: Callable[[Request], list[Event]]
    schemes: tuple[Scheme, ...]
    accepted: Answer = Answer(200, '{"status":"accepted"}')
    quarantined: Answer = Answer(200, '{"status":"quarantined"}')
    refused: Answer = Answer(401, '{"error":"wrong or missing credentials"}')
    too_large: Answer = Answer(413, '{"error":"body too large"}')
    failed: Answer = Answer(503, '{"error":"temporarily unavailable, please retry"}')


@dataclass(frozen=True, slots=True)
class Receiver:
    """One provider's receive path and what it stores into."""

    provider: Provider
    settings: ReceiveSettings
    secrets: SecretStore
    queue: EventQueue
    quarantine: Quarantine

    @classmethod
    def from_environment(cls, provider: Provider) -> "Receiver":
        """Builds it from the environment; raises Misconfigured."""
        settings = ReceiveSettings.load()
        return cls(
            provider=provider,
            settings=settings,
            secrets=SecretStore(aws.ssm(), settings.provider_parameter, settings.secrets_max_age_seconds),
            queue=EventQueue(aws.sqs(), settings.queue_url),
            quarantine=Quarantine(aws.s3(), settings.quarantine_bucket, provider.name),
        )

    def receive(self, event: dict[str, Any]) -> dict[str, Any]:
        """Takes API Gateway's event (HTTP API, payload format 2.0), gives its response; raises nothing."""
        delivery_id = str(uuid.uuid4())
        logger.append_keys(provider=self.provider.name, delivery_id=delivery_id)
        try:
            request = request_from_event(
                event,
                provider=self.provider.name,
                received_at=datetime.now(UTC),
                delivery_id=delivery_id,
                settings=self.settings,
            )
            outcome = self._handle(request)
        except Misconfigured as error:
            outcome = "failed"
            logger.error("setup is wrong, the request was answered with 503", cause=str(error))
        except Unavailable as error:
            outcome = "failed"
            logger.error("not stored, the provider has to retry", cause=str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours must end in a retry, never in a loss
            outcome = "failed"
            logger.error("unexpected error, the provider has to retry", cause=cause_of(error), where=_where(error))
        count(_METRICS[outcome])
        return _response(self.provider, outcome)

    def _handle(self, request: Request) -> Outcome:
        if len(request.body) > self.settings.max_body_bytes:
            logger.warning("refused: body too large", body_bytes=len(request.body))
            return "too_large"
        identity = self._authenticate(request)
        if identity is None:
            logger.warning("refused: wrong or missing credentials")
            return "refused"
        request = replace(request, authenticated_by=identity)
        try:
            events = self._parse(request)
            documents = self._documents(events)
        except Unreadable as error:
            self._set_aside(request, error)
            return "quarantined"
        self.queue.send(documents)
        logger.info("queued", event_ids=[event.id for event in events], types=[event.type for event in events])
        return "accepted"

    def _authenticate(self, request: Request) -> str | None:
        secrets = self.secrets.get()
        if not any(scheme.configured(secrets) for scheme in self.provider.schemes):
            raise Misconfigured(f"no secret configured for {self.provider.name}: its parameter holds none")
        identity = self._identify(request, secrets)
        if identity is None and (newer := self.secrets.newer()):
            identity = self._identify(request, newer)
        return identity

    def _identify(self, request: Request, secrets: Secrets) -> str | None:
        for scheme in self.provider.schemes:
            if scheme.configured(secrets) and (identity := scheme.identify(request, secrets)):
                return identity
        return None

    def _parse(self, request: Request) -> list[Event]:
        try:
            return self.provider.parse(request)
        except Unreadable:
            raise
        except Exception as error:  # a fault of the parser: keep the bytes, replay them after the fix
            logger.error("the parser failed", cause=cause_of(error), where=_where(error))
            raise Unreadable(f"the parser failed: {cause_of(error)}") from error

    def _documents(self, events: list[Event]) -> list[str]:
        if not events:
            raise Unreadable("there is no event in it")
        documents = [event.to_json() for event in events]
        largest = max(len(document.encode()) for document in documents)
        if largest > self.settings.max_event_bytes:
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
                "headers": {k: v for k, v in request.headers.items() if k not in _CREDENTIAL_HEADERS},
            },
        )
        logger.error("quarantined", key=key, reason=error.reason, field=error.field)


def webhook(provider: Provider) -> Handler:
    """Gives the Lambda handler of a provider. In Lambda its clients and secrets are made ready while it starts."""
    receiver: Receiver | None = None

    def get_ready() -> Receiver:
        nonlocal receiver
        if receiver is None:
            metrics.set_default_dimensions(provider=provider.name)
            receiver = Receiver.from_environment(provider)
        return receiver

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        try:
            return get_ready().receive(event)
        except Misconfigured as error:
            logger.error("setup is wrong, the request was answered with 503", cause=str(error))
            count(_METRICS["failed"])
            return _response(provider, "failed")
        finally:
            flush()

    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        try:
            get_ready().secrets.get()
        except (Misconfigured, Unavailable) as error:
            logger.error("not ready: every request will be answered with 503 until this is mended", cause=str(error))
    return handler


def _response(provider: Provider, outcome: Outcome) -> dict[str, Any]:
    answer: Answer = getattr(provider, outcome)
    headers = {"content-type": answer.content_type}
    challenges = [scheme.challenge for scheme in provider.schemes if scheme.challenge]
    if outcome == "refused" and challenges:
        headers["www-authenticate"] = ", ".join(challenges)
    return {"statusCode": answer.status, "headers": headers, "body": answer.body, "isBase64Encoded": False}


def _where(error: BaseException) -> str:
    """Gives the place in the code, without the text of the error."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}" if traceback else ""
