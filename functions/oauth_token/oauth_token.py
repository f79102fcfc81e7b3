"""The token endpoint, from which a provider that authenticates by OAuth 2.0 fetches its access token.

It implements the grants of RFC 6749, 4.4 (client credentials) and, because Sinch provisions "username, password and the
URL to fetch OAuth access token", 4.3 (password). A provider's clients are in its own parameter, beside its other
secrets. `source_ips` there limits who may post messages, and doesn't apply here.
"""

from inbound_sms import cold_start
from inbound_sms.auth import OAuth2Secrets, Secrets
from inbound_sms.auth.schemes import as_sent, basic_credentials, matches_any
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.auth.tokens import issue_token
from inbound_sms.errors import ConfigurationError, DependencyUnavailable, InvalidPayload, NotConfigured, cause_of
from inbound_sms.observability import count, flush, logger, set_dimensions
from inbound_sms.parsing.request import Request, request_from_event
from inbound_sms.settings import Environment, ParseSettings, comma_separated

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
_FORM = "application/x-www-form-urlencoded"
_SCOPE = re.compile(r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*")  # RFC 6749, 3.3
_HEADERS = {"content-type": "application/json", "cache-control": "no-store", "pragma": "no-cache"}  # RFC 6749, 5.1
_CHALLENGE = {"www-authenticate": 'Basic realm="inbound-sms", charset="UTF-8"'}  # RFC 9110, 15.5.2: for every 401


class TokenError(Exception):
    """An error as in RFC 6749, 5.2. The description is for people, and quotes nothing that was sent."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.description = description
        self.status = status


class WrongCredentials(TokenError):
    """The client, or the user of the password grant, could not be authenticated."""


class TokenSettings(Environment):
    """The environment of the token function."""

    parameter_prefix: str
    token_providers: Annotated[frozenset[str], BeforeValidator(comma_separated)]
    token_lifetime_seconds: int = Field(default=900, ge=30, le=3_600)  # the range that Sinch allows for expires_in
    secrets_max_age_seconds: float = Field(default=300, ge=0)

    @property
    def stage(self) -> str:
        """The stage, as the parameters' names have it: `/inbound-sms/<stage>/`."""
        return self.parameter_prefix.rstrip("/").rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Issues access tokens to the providers' clients."""

    settings: TokenSettings
    stores: Mapping[str, SecretStore]

    def handle(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return the response to an event of API Gateway. Never raises."""
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
            count("TokensRefused" if isinstance(error, WrongCredentials) else "TokenRequestsInvalid")
            logger.warning("no token issued", error=error.code, description=error.description)
            body = {"error": error.code, "error_description": error.description}
            return _response(error.status, body, _CHALLENGE if error.status == 401 else {})
        except NotConfigured as error:
            return _failed("no token issued: not set up", str(error), "NotConfigured")
        except (ConfigurationError, DependencyUnavailable) as error:
            return _failed("no token issued: temporarily unavailable", str(error))
        except Exception as error:  # noqa: BLE001 - an error of ours must not look like a refusal
            return _failed("no token issued: unexpected error", cause_of(error))
        count("TokensIssued")
        logger.info("token issued")
        return _response(200, token)

    def _token(self, provider: str, request: Request) -> dict[str, Any]:
        """Return the successful response of RFC 6749, 5.1."""
        if provider not in self.stores:
            raise TokenError("invalid_request", "no such provider", 404)
        form = _form(request)
        client, key = self._client_and_key(request, form, self.stores[provider])
        seconds = self.settings.token_lifetime_seconds
        token = issue_token(key, provider, self.settings.stage, client, seconds)
        scope = {"scope": form["scope"]} if "scope" in form else {}
        return {"access_token": token, "token_type": "Bearer", "expires_in": seconds, **scope}

    def _client_and_key(self, request: Request, form: dict[str, str], store: SecretStore) -> tuple[str, str]:
        """Return the client to issue a token to, and the key to sign it with, which is the first one."""
        try:
            secrets = _oauth2_of(store.get())
            return _client(request, form, secrets), secrets.signing_keys[0]
        except (WrongCredentials, ConfigurationError):
            newer = store.refreshed()  # a rotation may have begun
            if newer is None:
                raise
            secrets = _oauth2_of(newer)
            return _client(request, form, secrets), secrets.signing_keys[0]


def _oauth2_of(secrets: Secrets) -> OAuth2Secrets:
    if secrets.oauth2 is None:
        raise NotConfigured("the provider's parameter contains no oauth2")
    return secrets.oauth2


def _form(request: Request) -> dict[str, str]:
    """Return the parameters. RFC 6749, 3.2: none may be repeated, and one without a value counts as absent.

    The content type is ignored: the form is always URL-encoded, in UTF-8 (RFC 6749, appendix B), and a stranger may not
    have us look up the names of charsets.
    """
    if len(request.body) > _MAX_BODY_BYTES:
        raise TokenError("invalid_request", "the body is too large")
    try:
        form = request._replace(headers={**request.headers, "content-type": _FORM}).form()
    except InvalidPayload as error:
        raise TokenError("invalid_request", error.reason) from None
    names = [name for name, _ in request.pairs()]
    if len(set(names)) < len(names):
        raise TokenError("invalid_request", "a parameter is repeated")
    parameters = {name: value for name, value in form.text.items() if value}
    if "scope" in parameters and not _SCOPE.fullmatch(parameters["scope"]):
        raise TokenError("invalid_scope", "the scope is malformed")
    return parameters


def _client(request: Request, form: dict[str, str], secrets: OAuth2Secrets) -> str:
    """Return the client to issue a token to, by either grant."""
    match form.get("grant_type"):
        case "client_credentials":
            return _authenticated_client(request, form, secrets)
        case "password":
            return _authenticated_user(request, form, secrets)
        case None:
            raise TokenError("invalid_request", "grant_type is missing")
        case _:
            raise TokenError("unsupported_grant_type", "grant_type must be client_credentials or password")


def _authenticated_user(request: Request, form: dict[str, str], secrets: OAuth2Secrets) -> str:
    """Return the client that is the user of the password grant (RFC 6749, 4.3).

    Client credentials are optional beside those of the user, but may not be wrong.
    """
    if "username" not in form or "password" not in form:
        raise TokenError("invalid_request", "username or password is missing")
    if "authorization" in request.headers or "client_secret" in form:
        _authenticated_client(request, form, secrets)
    user = _matching_client([(form["username"], form["password"])], secrets)
    if user is None:
        raise WrongCredentials("invalid_grant", "unknown user or wrong password")
    return user


def _authenticated_client(request: Request, form: dict[str, str], secrets: OAuth2Secrets) -> str:
    """Return the client, authenticated by HTTP Basic or in the form, but not both (RFC 6749, 2.3)."""
    if "authorization" not in request.headers:
        sent = [(form.get("client_id", ""), form.get("client_secret", ""))]
    elif "client_secret" in form:
        raise TokenError("invalid_request", "credentials are in both the header and the form")
    else:
        sent = _basic_credentials(request.headers["authorization"])
    client = _matching_client(sent, secrets)
    if client is None:
        raise WrongCredentials("invalid_client", "unknown client, or wrong or missing secret", 401)
    return client


def _basic_credentials(authorization: str) -> list[tuple[str, str]]:
    """Return the id and secret of HTTP Basic, both form-encoded (RFC 6749, 2.3.1) and plain (as many clients send
    them).
    """
    credentials = (basic_credentials(authorization) or b"").decode("utf-8", "replace")
    client_id, _, client_secret = credentials.partition(":")
    return [(unquote_plus(client_id), unquote_plus(client_secret)), (client_id, client_secret)]


def _matching_client(sent: list[tuple[str, str]], secrets: OAuth2Secrets) -> str | None:
    """Return the client whose id and secret are among those in `sent`."""
    clients = [
        client.client_id
        for client in secrets.clients
        for client_id, client_secret in sent
        if matches_any(as_sent(f"{client_id}:{client_secret}"), [f"{client.client_id}:{client.client_secret}".encode()])
    ]
    return clients[0] if clients else None


def _failed(what: str, cause: str, metric: str = "TokensFailed") -> dict[str, Any]:
    count(metric)
    log = logger.warning if metric == "NotConfigured" else logger.error
    log(what, cause=cause)
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
    """Return the response to API Gateway's event for `POST /oauth2/{provider}/token`."""
    try:
        return _ready().handle(event)
    except (ConfigurationError, aws_client.ConfigurationError) as error:
        return _failed("no token issued: invalid configuration", str(error))
    finally:
        flush()


cold_start.end()
