"""The token endpoint over moto, and requests to it."""

from typing import Any
from urllib.parse import urlencode

from bench.api_event import api_event
from inbound_sms.auth.secret_store import SecretStore
from oauth_token import TokenEndpoint, TokenSettings
from tests.support.world import World

FORM = "application/x-www-form-urlencoded"
KEY = "the-key-that-signs-of-32-characters"
CLIENTS = {"client-1": "s3cret/+ %41:x", "client-2": "another-secret"}
SECRETS = {
    "oauth2": {
        "clients": [{"client_id": name, "client_secret": secret} for name, secret in CLIENTS.items()],
        "signing_keys": [KEY, "the-key-before-of-32-characters-"],
    }
}


def make_endpoint(aws: World) -> TokenEndpoint:
    """Return an endpoint for `acme`, whose parameter holds SECRETS, and `other`, whose parameter is missing."""
    aws.put_secrets("/test/acme", SECRETS)
    stores = {name: SecretStore(aws.ssm, f"/test/{name}", 300) for name in ("acme", "other")}
    return endpoint_of(stores)


def endpoint_of(stores: dict[str, SecretStore]) -> TokenEndpoint:
    settings = {"quarantine_bucket": "b", "parameter_prefix": "/test/", "token_providers": ",".join(stores)}
    return TokenEndpoint(TokenSettings.model_validate(settings), stores)


def token_event(
    form: dict[str, str] | bytes, authorization: str | None = None, provider: str = "acme", content_type: str = FORM
) -> dict[str, Any]:
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    headers = {"content-type": content_type} | ({} if authorization is None else {"authorization": authorization})
    return api_event(f"/oauth2/{provider}/token", body, headers) | {"pathParameters": {"provider": provider}}
