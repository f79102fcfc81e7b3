"""The receive path of a webhook: authenticate, take in, answer.

What is acknowledged is stored; when we fail, the sender hears an error that makes it retry.
"""

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import aws_client
from inbound_sms import cold_start
from inbound_sms.auth import Scheme, authenticate, ways_in
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.errors import AuthenticationError, ConfigurationError, DependencyUnavailable, cause_of, where
from inbound_sms.events import Event, Message
from inbound_sms.observability import count, flush, logger, set_dimensions
from inbound_sms.parsing.request import Request, request_from_event
from inbound_sms.settings import WebhookSettings
from inbound_sms.webhook.ingest import Ingestor, Parse, request_from_record
from inbound_sms.webhook.replay import failure, key_to_replay, replay

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


class Response(NamedTuple):
    """An HTTP answer."""

    status: int
    body: str
    content_type: str = "application/json"


class Provider(NamedTuple):
    """A provider: what it sends, how it proves who it is, what it wants to hear.

    `parse` takes the request and gives its events; it raises InvalidPayload, and needs nothing but the request.
    """

    name: str
    parse: Parse
    schemes: tuple[Scheme, ...]
    accepted: Response = Response(200, '{"status":"accepted"}')
    quarantined: Response = Response(200, '{"status":"quarantined"}')
    refused: Response = Response(401, '{"error":"wrong or missing credentials"}')
    too_large: Response = Response(413, '{"error":"body too large"}')
    failed: Response = Response(503, '{"error":"temporarily unavailable, please retry"}')


@dataclass(frozen=True, slots=True)
class WebhookHandler:
    """One provider's receive path and what it stores into."""

    provider: Provider
    settings: WebhookSettings
    secrets: SecretStore
    ingestor: Ingestor

    @classmethod
    def from_environment(cls, provider: Provider) -> "WebhookHandler":
        """Builds it from the environment; raises ConfigurationError."""
        settings = WebhookSettings.load()
        return cls(
            provider=provider,
            settings=settings,
            secrets=SecretStore(aws_client.ssm(), settings.provider_parameter, settings.secrets_max_age_seconds),
            ingestor=Ingestor.of(provider.name, provider.parse, settings),
        )

    def handle(self, event: dict[str, Any]) -> dict[str, Any]:
        """Takes API Gateway's event (HTTP API, payload format 2.0), gives its response; raises nothing."""
        delivery_id = str(uuid.uuid4())
        logger.append_keys(provider=self.provider.name, delivery_id=delivery_id)
        challenges: tuple[str, ...] = ()
        try:
            request = request_from_event(
                event,
                provider=self.provider.name,
                received_at=datetime.now(UTC),
                delivery_id=delivery_id,
                settings=self.settings,
            )
            outcome = self._handle(request)
        except AuthenticationError as refusal:
            outcome, challenges = "refused", refusal.challenges
            logger.warning(f"refused: {refusal}", source_ip=request.source_ip)
        except ConfigurationError as error:
            outcome = "failed"
            logger.error("setup is wrong, the request was answered with 503", cause=str(error))
        except DependencyUnavailable as error:
            outcome = "failed"
            logger.error("not stored, the provider has to retry", cause=str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours must end in a retry, never in a loss
            outcome = "failed"
            logger.error("unexpected error, the provider has to retry", cause=cause_of(error), where=where(error))
        count(_METRICS[outcome])
        return _response(self.provider, outcome, challenges)

    def replay(self, key: str) -> dict[str, Any]:
        """Takes in once more what was set aside under a key in the quarantine; gives the outcome, raises nothing."""
        logger.append_keys(provider=self.provider.name, delivery_id=None)  # until the record says which it was
        return replay(key, self.ingestor.quarantine, self._enqueue_again)

    def _enqueue_again(self, body: bytes, record: dict[str, Any]) -> list[str]:
        request = request_from_record(body, record, self.settings)
        logger.append_keys(delivery_id=request.delivery_id)
        if any(scheme.name == "path_secret" for scheme in self.provider.schemes):
            # The secret that it came with is not on record; one that is accepted no more is no secret either.
            request = request._replace(confidential=self.secrets.get().path_secret)
        return self.ingestor.enqueue(request)

    def _handle(self, request: Request) -> Outcome:
        if len(request.body) > self.settings.max_body_bytes:
            logger.warning("refused: body too large", body_bytes=len(request.body))
            return "too_large"
        request = self._authenticate(request)
        return self.ingestor.ingest(request)

    def _authenticate(self, request: Request) -> Request:
        """Gives the request with how and who it proved to be, and without the headers that proved it."""
        secrets = self.secrets.get()
        try:
            identity = authenticate(request, secrets, self.provider.schemes)
        except (AuthenticationError, ConfigurationError):
            newer = self.secrets.newer()
            if newer is None:
                raise
            secrets, identity = newer, authenticate(request, newer, self.provider.schemes)
        credentials = _CREDENTIAL_HEADERS | {each.name for each in secrets.header}
        headers = {name: value for name, value in request.headers.items() if name not in credentials}
        return request._replace(headers=headers, authenticated_by=identity, confidential=secrets.path_secret)


def webhook(provider: Provider) -> Handler:
    """Gives the Lambda handler of a provider. In Lambda its clients and secrets are made ready while it starts."""
    receiver: WebhookHandler | None = None

    def get_ready() -> WebhookHandler:
        nonlocal receiver
        if receiver is None:
            set_dimensions(provider=provider.name)
            receiver = WebhookHandler.from_environment(provider)
        return receiver

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        key = key_to_replay(event)
        try:
            return get_ready().handle(event) if key is None else get_ready().replay(key)
        except (ConfigurationError, aws_client.ConfigurationError) as error:
            if key is not None:
                return failure(str(error))
            logger.error("setup is wrong, the request was answered with 503", cause=str(error))
            count(_METRICS["failed"])
            return _response(provider, "failed")
        finally:
            flush()

    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        try:
            Event.model_rebuild()
            Message.model_rebuild()
            ways_in(get_ready().secrets.get(), provider.schemes)
            aws_client.connect(aws_client.sqs())
        except (ConfigurationError, aws_client.ConfigurationError, DependencyUnavailable) as error:
            logger.error("not ready: every request will be answered with 503 until this is mended", cause=str(error))
        except Exception as error:  # noqa: BLE001 - Lambda would log its text, and a request must find a handler
            logger.error("not ready: unexpected error", cause=cause_of(error), where=where(error))
        cold_start.end()
    return handler


def _response(provider: Provider, outcome: Outcome, challenges: tuple[str, ...] = ()) -> dict[str, Any]:
    answer: Response = getattr(provider, outcome)
    headers = {"content-type": answer.content_type}
    if challenges:
        headers["www-authenticate"] = ", ".join(challenges)
    return {"statusCode": answer.status, "headers": headers, "body": answer.body, "isBase64Encoded": False}
