"""OAuth 2.0 on the running stack: Authlib's client, which knows only the RFC, fetches a token and posts with it."""

import base64
import time
import uuid
from typing import Any

import jwt
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from gateway.operations.stack import TokenEndpoint
from gateway.simulator import Post, new_client, send, senders
from tests.support.outside import Outside

FETCHING = [name for name, sender in senders().items() if "oauth2" in sender.secrets]
METHODS = ["client_secret_basic", "client_secret_post"]

each_provider = pytest.mark.parametrize("provider", FETCHING)
each_method = pytest.mark.parametrize("method", METHODS)


def session(endpoint: TokenEndpoint, method: str = "client_secret_basic", *, secret: str = "") -> OAuth2Session:
    client = OAuth2Session(
        endpoint.client_id,
        secret or endpoint.client_secret,
        token_endpoint_auth_method=method,
        token_endpoint=endpoint.url,
    )
    client.trust_env = False
    client.headers.update(endpoint.headers)
    return client


def message_to(outside: Outside, provider: str) -> tuple[Post, str]:
    """Return an unsigned message to the webhook that was never sent before, and its event's id."""
    message, own_id, webhook = senders()[provider].message, str(uuid.uuid4()), outside.stack.webhooks[provider]
    body = message.written(message.identified(message.documented, own_id))
    return message.post(webhook.address, body).with_header("Host", webhook.headers["Host"]), f"{provider}/{own_id}"


def post_with(outside: Outside, provider: str, token: str) -> tuple[int, str]:
    """Return the answer's status, and the id of the event that may come of it."""
    post, event_id = message_to(outside, provider)
    response = send(new_client(), post.with_header("Authorization", f"Bearer {token}"), timeout=60)
    return response.status_code, event_id


def key_of(outside: Outside, provider: str) -> str:
    """Return the key that signs the provider's tokens."""
    return str(outside.stack.webhooks[provider].secrets["oauth2"]["signing_keys"][0])


@each_provider
@each_method
def test_a_message_posted_with_a_fetched_token_is_published(provider: str, method: str, outside: Outside) -> None:
    endpoint = outside.stack.token_endpoints[provider]
    post, event_id = message_to(outside, provider)

    with session(endpoint, method) as client:
        token = client.fetch_token()
        answer = client.request(post.method, post.url, data=post.body, headers=post.headers)

    assert (token["token_type"], token["expires_in"]) == ("Bearer", 900)
    assert answer.status_code == 200
    [event] = outside.events_with(event_id)
    assert event["data"]["authenticated_by"] == f"oauth2:{endpoint.client_id}"


@each_provider
def test_the_password_grant_gives_a_token_too(provider: str, outside: Outside) -> None:
    endpoint = outside.stack.token_endpoints[provider]
    with session(endpoint) as client:
        token = client.fetch_token(username=endpoint.client_id, password=endpoint.client_secret)

    status, event_id = post_with(outside, provider, token["access_token"])
    assert status == 200
    assert len(outside.events_with(event_id)) == 1


@each_method
def test_a_wrong_secret_gets_no_token(method: str, outside: Outside) -> None:
    with (
        session(outside.stack.token_endpoints[FETCHING[0]], method, secret="wrong") as client,
        pytest.raises(OAuthError) as caught,
    ):
        client.fetch_token()

    assert caught.value.error == "invalid_client"


@each_provider
def test_a_token_that_is_not_ours_is_refused(provider: str, outside: Outside) -> None:
    key, now = key_of(outside, provider), int(time.time())
    right: dict[str, Any] = {
        "iss": "inbound-sms",
        "aud": provider,
        "sub": outside.stack.token_endpoints[provider].client_id,
        "iat": now,
        "exp": now + 900,
    }
    foreign_key = key_of(outside, next(name for name in FETCHING if name != provider))
    refused = {
        "expired": jwt.encode({**right, "iat": now - 1_000, "exp": now - 100}, key),
        "foreign": jwt.encode(right, foreign_key),
        "of another provider": jwt.encode({**right, "aud": "another"}, key),
        "of a client that isn't there": jwt.encode({**right, "sub": str(uuid.uuid4())}, key),
        "not signed": jwt.encode(right, "", algorithm="none"),
        "not signed, but with a signature": jwt.encode(right, "", algorithm="none") + "AA",
        "signed otherwise": jwt.encode(right, key * 2, algorithm="HS512"),
        "no token": base64.b64encode(b"{}").decode(),
    }
    before = (len(outside.inbox()), outside.quarantined())

    answers = {why: post_with(outside, provider, token)[0] for why, token in refused.items()}
    assert answers == dict.fromkeys(refused, 401)
    assert outside.backlog() == 0
    assert (len(outside.inbox()), outside.quarantined()) == before
    status, event_id = post_with(outside, provider, jwt.encode(right, key))
    assert status == 200
    assert len(outside.events_with(event_id)) == 1
