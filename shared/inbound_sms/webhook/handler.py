"""The Lambda handler of a provider's webhook: authenticate, ingest, respond.

A request is acknowledged only once it is stored. If we fail, the provider gets an error that makes it retry.
"""

import os
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aws_client
from inbound_sms import cold_start
from inbound_sms.auth import authenticate, require_usable
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.errors import (
    AuthenticationError,
    ConfigurationError,
    DependencyUnavailable,
    NotConfigured,
    UnlistedAddress,
    cause_of,
    location_of,
)
from inbound_sms.events import Event, Message
from inbound_sms.model import Model
from inbound_sms.observability import annotate, count, flush, logger, set_dimensions
from inbound_sms.parsing.request import Request, request_from_event, request_id_of
from inbound_sms.settings import WebhookSettings
from inbound_sms.webhook.ingest import Ingestor
from inbound_sms.webhook.provider import Outcome, Provider, Response

if TYPE_CHECKING:
    from inbound_sms.webhook.recovery import Asked

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

_METRICS: dict[Outcome, str] = {
    "accepted": "Accepted",
    "quarantined": "Quarantined",
    "ignored": "Ignored",
    "refused": "Refused",
    "not_found": "NotFound",
    "not_allowed": "NotFound",
    "too_large": "TooLarge",
    "failed": "Failed",
}
_NOT_CONFIGURED = "NotConfigured"
_UNLISTED_ADDRESS = "UnlistedAddress"
_CHALLENGED = "Challenged"
_MAX_AUTHENTICATED_BYTES = 1_048_576  # a larger body isn't even hashed for somebody unknown


class _OversizedFromStranger(Exception):
    """A body over the limit whose sender didn't authenticate: answered like any other, but no reason for an alarm."""


@dataclass(frozen=True, slots=True)
class WebhookHandler:
    """The webhook of one provider, with its secrets and storage."""

    provider: Provider
    settings: WebhookSettings
    secrets: SecretStore
    ingestor: Ingestor
    provider_settings: Model | None = None

    @classmethod
    def from_environment(cls, provider: Provider) -> "WebhookHandler":
        """Create the handler that the environment describes. Raises ConfigurationError."""
        settings = WebhookSettings.load()
        own = settings.settings_of_provider(provider.settings, provider.name) if provider.settings else None
        return cls(
            provider=provider,
            settings=settings,
            secrets=SecretStore(aws_client.ssm(), settings.provider_parameter, settings.secrets_max_age_seconds),
            ingestor=Ingestor.of(provider.name, provider.parse, settings),
            provider_settings=own,
        )

    def handle(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return the response to an event of API Gateway (HTTP API, payload format 2.0). Never raises."""
        delivery_id = str(uuid.uuid4())
        request_id = request_id_of(event)
        logger.append_keys(provider=self.provider.name, delivery_id=delivery_id, request_id=request_id)
        annotate(request_id=request_id)
        request: Request | None = None
        metric: str | None = None  # where it isn't that of the outcome
        challenges: tuple[str, ...] = ()
        try:
            request = request_from_event(
                event,
                provider=self.provider.name,
                received_at=datetime.now(UTC),
                delivery_id=delivery_id,
                settings=self.settings,
            )._replace(provider_settings=self.provider_settings, stage=self.settings.stage)
            if self.settings.public_url:
                request = request._replace(base_url=self.settings.public_url.rstrip("/"))
            outcome = self._outcome(request)
        except AuthenticationError as error:
            outcome, challenges = "refused", error.challenges
            if self._awaits_challenge(request, error):
                metric = _CHALLENGED
                logger.info("challenged: it carries no credentials yet")
            else:
                metric = _UNLISTED_ADDRESS if isinstance(error, UnlistedAddress) else None
                logger.warning(f"refused: {error}", source_ip=request and request.source_ip)
        except _OversizedFromStranger:
            outcome, metric = "too_large", _METRICS["refused"]
        except NotConfigured as error:
            outcome, metric = "failed", _NOT_CONFIGURED
            logger.warning("not set up, answered with 503", cause=str(error))
        except ConfigurationError as error:
            outcome = "failed"
            logger.error("invalid configuration, answered with 503", cause=str(error))
        except DependencyUnavailable as error:
            outcome = "failed"
            logger.error("not stored, the provider must retry", cause=str(error))
        except Exception as error:  # noqa: BLE001 - a bug of ours must lead to a retry, never to a loss
            outcome = "failed"
            logger.error("unexpected error, the provider must retry", cause=cause_of(error), where=location_of(error))
        if isinstance(outcome, Response):
            count("Handshakes")
            return _http(outcome, ())
        count(metric or _METRICS[outcome])
        return _http(self._response(outcome, request), challenges)

    def _awaits_challenge(self, request: Request | None, error: AuthenticationError) -> bool:
        """Return whether a request is one of those that bring credentials only after a challenge."""
        is_bare = request is not None and "authorization" not in request.headers
        is_challenged = bool(error.challenges) and not isinstance(error, UnlistedAddress)
        return self.provider.awaits_challenge and is_bare and is_challenged

    def _response(self, outcome: Outcome, request: Request | None) -> Response:
        try:
            return self.provider.respond(outcome, request)
        except Exception as error:  # noqa: BLE001 - what was stored is dropped as a duplicate when it comes again
            logger.error("unexpected error, the provider must retry", cause=cause_of(error), where=location_of(error))
            return Response(503)

    def recover(self, asked: "Asked") -> dict[str, Any]:
        """Do what an operator asks for. Return the outcome for the operator; never raises."""
        from inbound_sms.webhook.recovery import Recovery  # noqa: PLC0415 - no webhook loads it

        return Recovery(self.provider, self.settings, self.secrets, self.ingestor, self.provider_settings).do(asked)

    def _outcome(self, request: Request) -> Outcome | Response:
        provider = self.provider
        if provider.preflight and (response := provider.preflight(request)):
            return response
        routed = provider.routed(request)
        if routed is None:
            return "not_found"
        if request.method not in provider.methods:
            return "not_allowed"
        if len(request.body) > self.settings.max_body_bytes:
            logger.warning("refused: body too large", body_bytes=len(request.body))
            if not self._is_authentic(routed):
                raise _OversizedFromStranger
            return "too_large"
        request = self._authenticated(routed)
        return provider.confirmation(request) or self.ingestor.ingest(request)

    def _is_authentic(self, request: Request) -> bool:
        with suppress(AuthenticationError):
            return len(request.body) <= _MAX_AUTHENTICATED_BYTES and bool(self._authenticated(request))
        return False

    def _authenticated(self, request: Request) -> Request:
        """Return the request with the identity that it proved, and without what proved it."""
        schemes, account = self.provider.schemes, self._account(request)
        secrets = self.secrets.get()
        try:
            identity = authenticate(request, secrets, schemes, account)
        except (AuthenticationError, ConfigurationError):
            refreshed = self.secrets.refreshed()
            if refreshed is None:
                raise
            secrets, identity = refreshed, authenticate(request, refreshed, schemes, account)
        request = self.provider.without_credentials(request, secrets.header_names)
        return request._replace(authenticated_by=identity, confidential=secrets.path_secrets)

    def _account(self, request: Request) -> str | None:
        if self.provider.account:
            with suppress(Exception):  # a request that can't be read names no account; nor may our fault keep it out
                return self.provider.account(request)
        return None


def webhook(provider: Provider | Callable[[], Provider]) -> Handler:
    """Return the Lambda handler of a provider, or of the one that a function returns with each request.

    In Lambda, this also connects and reads secrets, during the cold start.
    """
    ready: WebhookHandler | None = None

    def get_ready() -> WebhookHandler:
        nonlocal ready
        current = provider if isinstance(provider, Provider) else provider()
        if ready is None or ready.provider is not current:
            set_dimensions(provider=current.name)
            new = WebhookHandler.from_environment(current)
            ready = replace(new, secrets=ready.secrets) if ready else new  # what is known outlasts an outage
        return ready

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        asked: Asked | None = None
        if len(event) == 1:  # a webhook's has more members
            from inbound_sms.webhook.recovery import asked_by  # noqa: PLC0415 - no webhook loads it

            asked = asked_by(event)
        try:
            return get_ready().handle(event) if asked is None else get_ready().recover(asked)
        except (ConfigurationError, aws_client.ConfigurationError, DependencyUnavailable) as error:
            if asked is not None:
                from inbound_sms.webhook.replay import failure  # noqa: PLC0415

                return failure(str(error))
            logger.error("invalid configuration, answered with 503", cause=str(error))
            count(_NOT_CONFIGURED if isinstance(error, NotConfigured) else _METRICS["failed"])
            return _http(provider.respond("failed", None) if isinstance(provider, Provider) else Response(503), ())
        finally:
            flush()

    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        _start(get_ready)
        cold_start.end()
    return handler


def _start(get_ready: Callable[[], WebhookHandler]) -> None:
    """Prepare during the cold start what the first request would otherwise wait for."""
    try:
        Event.model_rebuild()
        Message.model_rebuild()
        require_usable(get_ready().secrets.get(), get_ready().provider.schemes)
        aws_client.connect(aws_client.sqs())
    except (ConfigurationError, aws_client.ConfigurationError, DependencyUnavailable) as error:
        logger.error("not ready: requests are answered with 503 until this is fixed", cause=str(error))
    except Exception as error:  # noqa: BLE001 - Lambda would log its text, and requests need a handler
        logger.error("not ready: unexpected error", cause=cause_of(error), where=location_of(error))


def _http(response: Response, challenges: tuple[str, ...]) -> dict[str, Any]:
    asked = {"www-authenticate": ", ".join(challenges)} if challenges else {}
    headers = {"content-type": response.content_type, **response.headers, **asked}
    return {"statusCode": response.status, "headers": headers, "body": response.body, "isBase64Encoded": False}
