"""How a provider signs its requests, and what it and its webhook agree upon."""

import base64
from typing import Any

import pytest

from gateway.simulator import (
    KEPT_BY_PROVIDER,
    OAuth2Client,
    Post,
    Sender,
    kinds_used,
    local_secret,
    new_secrets,
    senders,
    signed,
)
from tests.support.acme.sender import SENDER as ACME

UNSIGNED = Post("https://sms.example/acme?x=1", {"Content-Type": "text/plain"}, b"body")
CLIENT = {"client_id": "acme-local", "client_secret": "s"}
OAUTH2 = {"clients": [CLIENT], "signing_keys": ["k" * 32]}
BASIC = {"username": "u", "password": "p"}
IN_BASIC = "Basic " + base64.b64encode(b"u:p").decode()


def fetch(client: OAuth2Client) -> str:
    return f"token of {client.client_id}"


@pytest.mark.parametrize(
    ("document", "url", "headers"),
    [
        ({}, "acme?x=1", {}),
        ({"authentication": "none"}, "acme?x=1", {}),
        ({"basic": [BASIC, {"username": "u", "password": "older"}]}, "acme?x=1", {"Authorization": IN_BASIC}),
        ({"authorization": ["Token t", "Token older"]}, "acme?x=1", {"Authorization": "Token t"}),
        ({"header": [{"name": "X-Token", "value": "v"}]}, "acme?x=1", {"X-Token": "v"}),
        (
            {
                "header": [{"name": "X-B", "value": "b"}, {"name": "X-A", "value": "a"}],
                "require": ["header:x-a+header:X-B"],
            },
            "acme?x=1",
            {"X-A": "a", "X-B": "b"},
        ),
        ({"oauth2": OAUTH2}, "acme?x=1", {"Authorization": "Bearer token of acme-local"}),
        ({"path_secret": ["new", "older"]}, "acme/new?x=1", {}),
        (
            {"authorization": ["Token t"], "basic": [BASIC], "path_secret": ["p"], "require": ["path_secret + basic"]},
            "acme/p?x=1",
            {"Authorization": IN_BASIC},
        ),
    ],
    ids=str,
)
def test_the_newest_secret_that_is_asked_for_signs(document: dict[str, Any], url: str, headers: dict[str, str]) -> None:
    post = signed(UNSIGNED, ACME, document, fetch)
    assert post.url == f"https://sms.example/{url}"
    assert post.headers == {**UNSIGNED.headers, **headers}
    assert post.body == UNSIGNED.body


def test_a_signature_of_its_own_comes_last_and_covers_the_rest() -> None:
    document = {"hmac": ["s"], "path_secret": ["p"], "require": ["hmac+path_secret"]}
    seen: list[Post] = []

    def sign(post: Post, secret: str) -> Post:
        seen.append(post)
        return post.with_header("X-Signature", secret)

    signing = Sender(**{**vars(ACME), "sign": sign})
    assert signed(UNSIGNED, signing, document, fetch).headers["X-Signature"] == "s"
    assert [post.url for post in seen] == ["https://sms.example/acme/p?x=1"]


def test_where_a_url_says_where_its_secret_stands_it_stands_there() -> None:
    post = Post("https://sms.example/{secret}/acme")
    assert signed(post, ACME, {"path_secret": ["p"]}, fetch).url == "https://sms.example/p/acme"


@pytest.mark.parametrize("sender", senders().values(), ids=lambda sender: sender.name)
def test_a_provider_agrees_on_new_secrets_and_says_all_that_its_facts_depend_on(sender: Sender) -> None:
    first, second = new_secrets(sender), new_secrets(sender)
    assert kinds_used(sender, first) == [sender.secrets[0]]
    for kind in {sender.secrets[0], "oauth2"} & set(sender.secrets) - {*KEPT_BY_PROVIDER}:
        assert first[kind] != second[kind]
    held = sender.key_pairs.public(local_secret(sender)) if sender.key_pairs else local_secret(sender)
    assert held in str(first[sender.secrets[0]]), "that of events/ is accepted, too"

    assert "message" in sender.callbacks
    assert {callback.url for callback in sender.callbacks.values()} <= set(sender.urls)
    assert {callback.method for callback in sender.callbacks.values()} <= set(sender.methods)
    assert (sender.sign is not None) == ("hmac" in sender.secrets)
    assert {sender.key_pairs.kind if sender.key_pairs else None} == ({*KEPT_BY_PROVIDER} & {*sender.secrets} or {None})
    assert bool(sender.oauth2_portal) == ("oauth2" in sender.secrets)
    assert ("{secret}" in sender.portal) == (sender.secrets[0] == "path_secret")
