"""Schemes that have to hold together, as the parameter requires."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.simulator.post import Post
from tests.support.acme.sender import ACME_ENTRY
from tests.support.providers import Registered, registered
from tests.support.scheme_rows import status
from tests.support.signing import SECRET, SIGNINGS, parameter, sign
from tests.support.world import World

SENDER = ACME_ENTRY.sender


def held(kinds: Sequence[str]) -> dict[str, Any]:
    """Return a parameter that holds a secret of each kind."""
    return {name: value for kind in kinds for name, value in parameter(SENDER, kind, [SECRET]).items()}


def signed(kinds: Sequence[str]) -> Post:
    post = ACME_ENTRY.post()
    for kind in kinds:
        post = sign(post, SENDER, kind, SECRET)
    return post


@pytest.mark.parametrize(
    ("require", "kinds", "identity"),
    [
        (["hmac+basic"], ["hmac", "basic"], "hmac+basic:acme"),
        (["hmac+basic"], ["hmac"], None),
        (["hmac+basic"], ["basic"], None),
        (["hmac+oauth2"], ["hmac", "oauth2"], "hmac+oauth2:client-1"),
        (["hmac+oauth2"], ["hmac", "basic"], None),
        (["hmac+basic", "oauth2"], ["oauth2"], "oauth2:client-1"),
        (["hmac+basic+header"], ["hmac", "basic", "header"], "hmac+basic:acme+header:x-inbound-sms-token"),
        (["hmac+basic+header"], ["hmac", "basic"], None),
    ],
)
def test_what_is_combined_has_to_hold_together(
    require: list[str], kinds: list[str], identity: str | None, aws: World
) -> None:
    needed = {kind for combination in require for kind in combination.split("+")}
    receiver = aws.receiver(ACME_ENTRY, {"require": require} | held(sorted(needed)))

    assert status(receiver, signed(kinds)) == (200 if identity else 401)
    assert [json.loads(event)["data"]["authenticated_by"] for event in aws.queued()] == ([identity] if identity else [])


@pytest.mark.parametrize(
    ("sent", "identity"),
    [
        ({"x-a": "value-of-a", "x-b": "value-of-b"}, "header:x-a+header:x-b"),
        ({"x-a": "value-of-a"}, None),
        ({"x-b": "value-of-b"}, None),
        ({"x-a": "value-of-b", "x-b": "value-of-a"}, None),
    ],
)
def test_two_headers_can_be_required_together(sent: dict[str, str], identity: str | None, aws: World) -> None:
    held = [{"name": "x-a", "value": "value-of-a"}, {"name": "X-B", "value": "value-of-b"}]
    receiver = aws.receiver(ACME_ENTRY, {"header": held, "require": ["header:x-a + header:X-B"]})
    post = ACME_ENTRY.post()
    for name, value in sent.items():
        post = post.with_header(name, value)

    assert status(receiver, post) == (200 if identity else 401)
    assert [json.loads(event)["data"]["authenticated_by"] for event in aws.queued()] == ([identity] if identity else [])


@pytest.mark.parametrize("entry", registered(), ids=str)
def test_a_required_scheme_that_the_provider_does_not_offer_is_named_and_answered_with_503(
    entry: Registered, aws: World, logs: io.StringIO
) -> None:
    foreign = next(kind for kind in SIGNINGS if kind not in entry.sender.secrets)
    secrets = held([foreign]) | entry.secrets | {"require": [foreign]}

    assert aws.receiver(entry, secrets).handle(entry.event())["statusCode"] == 503
    assert f"require asks for {foreign}, but this provider authenticates by " in logs.getvalue()
    assert aws.queued() == []


@pytest.mark.parametrize(
    ("kinds", "challenge"),
    [
        (["hmac"], None),
        (["header", "hmac"], None),
        (["basic"], 'Basic realm="inbound-sms", charset="UTF-8"'),
        (["oauth2"], 'Bearer realm="inbound-sms"'),
        (["basic", "oauth2"], 'Basic realm="inbound-sms", charset="UTF-8", Bearer realm="inbound-sms"'),
    ],
)
def test_a_refusal_asks_for_what_is_configured(kinds: list[str], challenge: str | None, aws: World) -> None:
    response = aws.receiver(ACME_ENTRY, held(kinds)).handle(ACME_ENTRY.event(credentials="missing"))
    assert (response["statusCode"], response["headers"].get("www-authenticate")) == (401, challenge)
