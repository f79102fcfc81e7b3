"""The token endpoint as Lambda runs it, and as a client sees it that was not written for us: Authlib's."""

import io
import json
from typing import Any

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

import oauth_token
from inbound_sms.auth.tokens import client_of
from oauth_token import TokenEndpoint
from tests.component.conftest import Counts
from tests.support.token_endpoint import CLIENTS, KEY, SECRETS, make_endpoint, token_event
from tests.support.world import World

CREDENTIALS = {"grant_type": "client_credentials", "client_id": "client-1", "client_secret": CLIENTS["client-1"]}

# ---- As Lambda runs it ---------------------------------------------------------------------------------------


@pytest.fixture
def environment(aws: World, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("QUARANTINE_BUCKET", "b")
    aws.stands_in(monkeypatch)
    monkeypatch.setenv("PAYLOADS_BUCKET", "b")
    oauth_token._ready.cache_clear()
    return monkeypatch


def test_the_handler_reads_its_environment_and_writes_its_metrics(
    aws: World, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.put_secrets("/prefix/acme", SECRETS)
    environment.setenv("PARAMETER_PREFIX", "/prefix/")
    environment.setenv("TOKEN_PROVIDERS", "acme")
    environment.setenv("TOKEN_LIFETIME_SECONDS", "60")

    response = oauth_token.handler(token_event(CREDENTIALS), None)

    assert json.loads(response["body"])["expires_in"] == 60
    [metric] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert (metric["TokensIssued"], metric["provider"]) == ([1.0], "acme")


def test_a_missing_setting_is_named_and_answered_with_503(environment: pytest.MonkeyPatch, logs: io.StringIO) -> None:
    assert oauth_token.handler(token_event(CREDENTIALS), None)["statusCode"] == 503
    assert "PARAMETER_PREFIX" in logs.getvalue()


# ---- Authlib's client --------------------------------------------------------------------


@pytest.fixture
def endpoint(aws: World, counts: Counts) -> TokenEndpoint:
    return make_endpoint(aws)


class ToEndpoint(requests.adapters.BaseAdapter):
    """Take requests to the endpoint without a network."""

    def __init__(self, endpoint: TokenEndpoint) -> None:
        super().__init__()
        self.endpoint = endpoint

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        body, headers = request.body or "", request.headers
        sent = token_event(body.encode(), headers.get("authorization"), content_type=headers["content-type"])
        answer = self.endpoint.handle(sent)
        response = requests.Response()
        response.status_code, response._content = answer["statusCode"], answer["body"].encode()
        response.headers.update(answer["headers"])
        return response

    def close(self) -> None:
        pass


def authlib(endpoint: TokenEndpoint, secret: str, method: str) -> OAuth2Session:
    url = "https://example.com/oauth2/acme/token"
    session = OAuth2Session("client-1", secret, token_endpoint_auth_method=method, token_endpoint=url)
    session.mount("https://", ToEndpoint(endpoint))
    return session


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize(
    "user", [{}, {"username": "client-2", "password": CLIENTS["client-2"]}], ids=["client", "user"]
)
def test_authlib_fetches_a_token(method: str, user: dict[str, str], endpoint: TokenEndpoint) -> None:
    token = authlib(endpoint, CLIENTS["client-1"], method).fetch_token(**user)

    assert client_of(token["access_token"], [KEY], "acme", "test") == user.get("username", "client-1")
    assert token["token_type"] == "Bearer"
    assert token["expires_in"] == 900


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_understands_the_refusal(method: str, endpoint: TokenEndpoint) -> None:
    with pytest.raises(OAuthError) as caught:
        authlib(endpoint, "wr0ng", method).fetch_token()
    assert caught.value.error == "invalid_client"
