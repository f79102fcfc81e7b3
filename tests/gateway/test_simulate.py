"""How a provider signs its requests, and what it and its webhook agree upon."""

import base64
from typing import Any

import pytest

from gateway.simulator import (
    KEPT_BY_PROVIDER,
    Post,
    Sender,
    kinds_used,
    local_secret,
    new_secrets,
    senders,
    signed,
)
from tests.support.acme.sender import SENDER as ACME

BASIC = {"username": "u", "password": "p"}
IN_BASIC = {"Authorization": "Basic " + base64.b64encode(b"u:p").decode()}
HEADERS = [{"name": "X-B", "value": "b"}, {"name": "X-A", "value": "a"}]


@pytest.mark.parametrize(
    ("document", "path", "signed_path", "headers"),
    [
        ({"basic": [BASIC, {"username": "u", "password": "older"}]}, "acme", "acme", IN_BASIC),
        ({"authorization": ["Token t", "Token older"]}, "acme", "acme", {"Authorization": "Token t"}),
        ({"header": HEADERS}, "acme", "acme", {"X-B": "b"}),
        ({"header": HEADERS, "require": ["header:x-a+header:X-B"]}, "acme", "acme", {"X-A": "a", "X-B": "b"}),
        ({"path_secret": ["new", "older"]}, "acme?x=1", "acme/new?x=1", {}),
        ({"path_secret": ["new"]}, "{secret}/acme", "new/acme", {}),
    ],
    ids=str,
)
def test_the_newest_secret_that_is_asked_for_signs(
    document: dict[str, Any], path: str, signed_path: str, headers: dict[str, str]
) -> None:
    """That the functions let in whatever is signed so is proven in tests/component/test_send_command.py."""
    post = signed(Post(f"https://sms.example/{path}"), ACME, document, fetch=lambda _client: "a token")
    assert post == Post(f"https://sms.example/{signed_path}", headers)


@pytest.mark.parametrize("sender", senders().values(), ids=lambda sender: sender.name)
def test_a_provider_agrees_on_new_secrets_and_says_all_that_its_facts_depend_on(sender: Sender) -> None:
    first, second = new_secrets(sender), new_secrets(sender)
    assert kinds_used(sender, first) == [sender.secrets[0]]
    for kind in {sender.secrets[0], "oauth2"} & set(sender.secrets) - {*KEPT_BY_PROVIDER}:
        assert first[kind] != second[kind]
    held = sender.key_pairs.public(local_secret(sender)) if sender.key_pairs else local_secret(sender)
    assert held in str(first[sender.secrets[0]]), "that of events/ is accepted, too"

    assert "message" in sender.callbacks
    assert (sender.sign is not None) == ("hmac" in sender.secrets)
    assert {sender.key_pairs.kind if sender.key_pairs else None} == ({*KEPT_BY_PROVIDER} & {*sender.secrets} or {None})
    assert bool(sender.oauth2_portal) == ("oauth2" in sender.secrets)
    assert ("{secret}" in sender.portal) == (sender.secrets[0] == "path_secret")
