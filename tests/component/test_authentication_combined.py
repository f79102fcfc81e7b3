"""Schemes that have to hold together, as the parameter requires and as Sinch combines them."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.component.test_authentication_matrix import Row
from tests.support.providers import Registered, Signed, registered
from tests.support.signing import SECRET, SIGNINGS
from tests.support.world import World


def sinch() -> Registered:
    return next(entry for entry in registered() if entry.provider.name == "sinch")


def sign_as_sinch(schemes: Sequence[str]) -> Signed:
    message = sinch().case.message
    headers = [SIGNINGS[name].sign(SECRET, "sinch", message).headers for name in schemes]
    return Signed({name: value for each in headers for name, value in each.items()})


@pytest.mark.parametrize(
    ("require", "schemes", "identity"),
    [
        (["hmac+basic"], ["hmac", "basic"], "hmac+basic:user"),
        (["hmac+basic"], ["hmac"], None),
        (["hmac+basic"], ["basic"], None),
        (["hmac+oauth2"], ["hmac", "oauth2"], "hmac+oauth2:client-1"),
        (["hmac+oauth2"], ["hmac", "basic"], None),
        (["hmac+basic", "oauth2"], ["oauth2"], "oauth2:client-1"),
        (["hmac+basic+header"], ["hmac", "basic", "header"], "hmac+basic:user+header:x-token"),
        (["hmac+basic+header"], ["hmac", "basic"], None),
    ],
)
def test_what_sinch_combines_has_to_hold_together(
    require: list[str], schemes: list[str], identity: str | None, aws: World
) -> None:
    parameter: dict[str, Any] = {"require": require}
    for name in {name for combination in require for name in combination.split("+")}:
        parameter |= SIGNINGS[name].parameter([SECRET])
    row = Row(sinch(), sinch().provider.schemes[0])

    assert row.post(aws.receiver(sinch(), parameter), sign_as_sinch(schemes)) == (200 if identity else 401)
    assert [json.loads(event)["data"]["authenticated_by"] for event in aws.queued()] == ([identity] if identity else [])


@pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.provider.name)
def test_a_required_scheme_that_the_provider_does_not_offer_is_named_and_answered_with_503(
    entry: Registered, aws: World, logs: io.StringIO
) -> None:
    offered = {scheme.name for scheme in entry.provider.schemes}
    foreign = next(name for name in SIGNINGS if name not in offered)
    parameter = SIGNINGS[foreign].parameter([SECRET]) | entry.case.secrets | {"require": [foreign]}

    assert aws.receiver(entry, parameter).handle(entry.event())["statusCode"] == 503
    assert f"require asks for {foreign}, but this provider authenticates by " in logs.getvalue()
    assert aws.queued() == []


@pytest.mark.parametrize(
    ("schemes", "challenge"),
    [
        (["hmac"], None),
        (["header", "hmac"], None),
        (["basic"], 'Basic realm="inbound-sms", charset="UTF-8"'),
        (["oauth2"], 'Bearer realm="inbound-sms"'),
        (["basic", "oauth2"], 'Basic realm="inbound-sms", charset="UTF-8", Bearer realm="inbound-sms"'),
    ],
)
def test_a_refusal_asks_for_what_is_configured(schemes: list[str], challenge: str | None, aws: World) -> None:
    parameter: dict[str, Any] = {}
    for name in schemes:
        parameter |= SIGNINGS[name].parameter([SECRET])

    response = aws.receiver(sinch(), parameter).handle(sinch().event(credentials="missing"))
    assert (response["statusCode"], response["headers"].get("www-authenticate")) == (401, challenge)
