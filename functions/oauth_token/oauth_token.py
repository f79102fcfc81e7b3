"""The token endpoint: a provider that signs in by OAuth 2.0 fetches its access token here.

RFC 6749, 4.4 (client credentials) and, because Sinch provisions "username, password and the URL to fetch OAuth access
token", 4.3 (password). The clients of a provider stand in its own parameter, beside its other secrets; a list of source
addresses there is about who may post messages, so it doesn't count here.
"""

from inbound_sms import cold_start
from inbound_sms.auth import OAuth2Secrets, Secrets
from inbound_sms.auth.schemes import as_sent, basic_credentials, matching
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.auth.tokens import issue_token
from inbound_sms.errors import ConfigurationError, DependencyUnavailable, InvalidPayload, cause_of
from inbound_sms.observability import count, flush, logger, set_dimensions
from inbound_sms.parsing.request import Request, request_from_event
from inbound_sms.settings import Environment, ParseSettings, words

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any
from urllib.parse import unquote_plus

from pydantic import BeforeValidator, Field

import aws_client

_MAX_BODY_BYTES = 8_192
_SCOPE = re.compile(r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*")  # RFC 6749, 3.3
_HEADERS = {"content-type": "application/json", "cache-control": "no-store", "pragma": "no-cache"}  # RFC 6749, 5.1
_CHALLENGE = {"www-authenticate": 'Basic realm="inbound-sms", charset="UTF-8"'}  # RFC 9110, 15.5.2: every 401 has one


class TokenError(Exception):
    """An error of RFC 6749, 5.2. The description is for people, and holds nothing that was sent."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.description = description
        self.status = status


class WrongCredentials(TokenError):
    """The client, or the user of the password grant, is not who it says."""


class TokenSettings(Environment):
    """The environment of this function."""

    parameter_prefix: str
    token_providers: Annotated[frozenset[str], BeforeValidator(words)]
    token_lifetime_seconds: int = Field(default=900, ge=30, le=3_600)  # what Sinch's expires_in may be
    secrets_max_age_seconds: float = Field(default=300, ge=0)


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Issues tokens to the clients of the providers."""

    settings: TokenSettings
    stores: Mapping[str, SecretStore]

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """Takes API Gateway's event, gives its response; raises nothing."""
        request = request_from_event(
            event, provider="", received_at=datetime.now(UTC), delivery_id=str(uuid.uuid4()), settings=ParseSettings()
        )
        provider = request.path_parameters.get("provider", "")
        known = provider if provider in self.stores else "unknown"
        logger.append_keys(provider=known)
        set_dimensions(provider=known)
        try:
            token = self._token(provider, request)
        except TokenError as error:
            count("TokensRefused")
            logger.warning("no token issued", error=error.code, description=error.description)
            body = {"error": error.code, "error_description": error.description}
            return _response(error.status, body, _CHALLENGE if error.status == 401 else {})
        except (ConfigurationError, DependencyUnavailable) as error:
            return _failed("no token issued: a fault of ours", str(error))
        except Exception as error:  # noqa: BLE001 - no fault of ours may look like a refusal
            return _failed("no token issued: unexpected error", cause_of(error))
        count("TokensIssued")
        logger.info("token issued")
        return _response(200, token)

    def _token(self, provider: str, request: Request) -> dict[str, Any]:
        """RFC 6749, 5.1."""
        if provider not in self.stores:
            raise TokenError("invalid_request", "no provider of this name fetches tokens here", 404)
        form = _form(request)
        client, key = self._client_and_key(request, form, self.stores[provider])
        seconds = self.settings.token_lifetime_seconds
        token = issue_token(key, provider, client, seconds)
        scope = {"scope": form["scope"]} if "scope" in form else {}
        return {"access_token": token, "token_type": "Bearer", "expires_in": seconds, **scope}

    def _client_and_key(self, request: Request, form: dict[str, str], store: SecretStore) -> tuple[str, str]:
        """Gives the client that a token is to be issued to, and the key to sign it by; the first of them signs."""
        try:
            secrets = _oauth2_of(store.get())
            return _client(request, form, secrets), secrets.signing_keys[0]
        except (WrongCredentials, ConfigurationError):
            newer = store.newer()  # a rotation may have begun
            if newer is None:
                raise
            secrets = _oauth2_of(newer)
            return _client(request, form, secrets), secrets.signing_keys[0]


def _oauth2_of(secrets: Secrets) -> OAuth2Secrets:
    if secrets.oauth2 is None:
        raise ConfigurationError("the provider's parameter holds no oauth2")
    return secrets.oauth2


def _form(request: Request) -> dict[str, str]:
    """Gives the parameters. RFC 6749, 3.2: none twice; what has no value counts as left out."""
    if len(request.body) > _MAX_BODY_BYTES:
        raise TokenError("invalid_request", "the body is too large")
    try:
        form = request.form()
    except InvalidPayload as error:
        raise TokenError("invalid_request", error.reason) from None
    if any(isinstance(value, list) for value in form.payload.values()):
        raise TokenError("invalid_request", "a parameter is given more than once")
    parameters = {name: value for name, value in form.text.items() if value}
    if "scope" in parameters and not _SCOPE.fullmatch(parameters["scope"]):
        raise TokenError("invalid_scope", "the scope is malformed")
    return parameters


def _client(request: Request, form: dict[str, str], secrets: OAuth2Secrets) -> str:
    """Gives the client that a token is to be issued to, by either grant."""
    match form.get("grant_type"):
        case "client_credentials":
            return _authenticated(request, form, secrets)
        case "password":
            return _user(request, form, secrets)
        case None:
            raise TokenError("invalid_request", "grant_type is missing")
        case _:
            raise TokenError("unsupported_grant_type", "grant_type must be client_credentials or password")


def _user(request: Request, form: dict[str, str], secrets: OAuth2Secrets) -> str:
    """RFC 6749, 4.3: the user is one of our clients; credentials of a client may be left out, but not be wrong."""
    if "username" not in form or "password" not in form:
        raise TokenError("invalid_request", "username or password is missing")
    if "authorization" in request.headers or "client_secret" in form:
        _authenticated(request, form, secrets)
    user = _known([(form["username"], form["password"])], secrets)
    if user is None:
        raise WrongCredentials("invalid_grant", "unknown user or wrong password")
    return user


def _authenticated(request: Request, form: dict[str, str], secrets: OAuth2Secrets) -> str:
    """RFC 6749, 2.3: a client authenticates by HTTP Basic or in the form, never by both."""
    if "authorization" not in request.headers:
        sent = [(form.get("client_id", ""), form.get("client_secret", ""))]
    elif "client_secret" in form:
        raise TokenError("invalid_request", "credentials are given both in the header and in the form")
    else:
        sent = _from_header(request.headers["authorization"])
    client = _known(sent, secrets)
    if client is None:
        raise WrongCredentials("invalid_client", "unknown client, wrong secret, or none at all", 401)
    return client


def _from_header(authorization: str) -> list[tuple[str, str]]:
    """Gives what HTTP Basic carries: as RFC 6749, 2.3.1 has it (form-encoded), and as many clients send it (plain)."""
    credentials = (basic_credentials(authorization) or b"").decode("utf-8", "replace")
    client_id, _, client_secret = credentials.partition(":")
    return [(unquote_plus(client_id), unquote_plus(client_secret)), (client_id, client_secret)]


def _known(sent: list[tuple[str, str]], secrets: OAuth2Secrets) -> str | None:
    """Gives the client whose id and secret were sent, in one of the readings."""
    clients = [
        client.client_id
        for client in secrets.clients
        for client_id, client_secret in sent
        if matching(as_sent(f"{client_id}:{client_secret}"), [f"{client.client_id}:{client.client_secret}".encode()])
    ]
    return clients[0] if clients else None


def _failed(what: str, cause: str) -> dict[str, Any]:
    count("TokensFailed")
    logger.error(what, cause=cause)
    return _response(503, {"error": "temporarily_unavailable"})


def _response(status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {"statusCode": status, "headers": {**_HEADERS, **(headers or {})}, "body": json.dumps(body)}


@cache
def _ready() -> TokenEndpoint:
    settings = TokenSettings.load()
    stores = {
        provider: SecretStore(
            aws_client.ssm(), f"{settings.parameter_prefix}{provider}", settings.secrets_max_age_seconds
        )
        for provider in settings.token_providers
    }
    return TokenEndpoint(settings, stores)


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Takes API Gateway's event of `POST /oauth2/{provider}/token`."""
    try:
        return _ready().answer(event)
    except (ConfigurationError, aws_client.ConfigurationError) as error:
        return _failed("no token issued: setup is wrong", str(error))
    finally:
        flush()


cold_start.end()
