"""OAuth 2.0 on the running stack: Authlib's client, which knows only the RFC, fetches a token and posts with it."""

import uuid

import pytest
from authlib.integrations.requests_client import OAuth2Session

from gateway.simulator import Post
from tests.e2e.make_run.up import PROVIDERS
from tests.support.outside import Outside

FETCHING = [name for name, sender in PROVIDERS.items() if "oauth2" in sender.secrets]


def message_to(outside: Outside, provider: str) -> tuple[Post, str]:
    """Return an unsigned message to the webhook that was never sent before, and its event's id."""
    message, own_id, webhook = PROVIDERS[provider].message, str(uuid.uuid4()), outside.stack.webhooks[provider]
    body = message.written(message.identified(message.documented, own_id))
    return message.post(webhook.address, body).with_header("Host", webhook.headers["Host"]), f"{provider}/{own_id}"


@pytest.mark.parametrize("provider", FETCHING)
def test_a_message_posted_with_a_fetched_token_is_published_by_that_provider_only(
    provider: str, outside: Outside
) -> None:
    endpoint = outside.stack.token_endpoints[provider]
    post, event_id = message_to(outside, provider)
    foreign, _ = message_to(outside, next(name for name in FETCHING if name != provider))

    with OAuth2Session(endpoint.client_id, endpoint.client_secret, token_endpoint=endpoint.url) as client:
        client.trust_env = False
        client.headers.update(endpoint.headers)
        token = client.fetch_token()
        answers = [client.request(it.method, it.url, data=it.body, headers=it.headers) for it in (post, foreign)]

    assert (token["token_type"], token["expires_in"]) == ("Bearer", 900)
    assert [answer.status_code for answer in answers] == [200, 401]
    [event] = outside.events_with(event_id)
    assert event["data"]["authenticated_by"] == f"oauth2:{endpoint.client_id}"
