"""What the command line takes for a sound document of secrets is what the functions accept, and nothing else."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.operations.secret_documents import entry, faults_of, generated, in_force, with_entries
from gateway.simulator import KINDS, senders
from inbound_sms.auth import Secrets, require_usable
from inbound_sms.errors import ConfigurationError
from tests.support.providers import registered

PROVIDERS = {entry.provider.name: entry for entry in registered()}
KEY = "k" * 32
CLIENT = {"client_id": "c", "client_secret": "a-secret"}
BASIC = {"username": "user", "password": "password"}

FAULTS: list[tuple[Any, list[str]]] = [
    ([], ["not a JSON object"]),
    ({"basic": [{"username": "a:b", "password": ""}]}, [
        "basic.0.username: empty, or with a colon in it", "basic.0.password: not at least 8 characters",
    ]),
    ({"basic": [{"username": "u"}]}, ["basic.0.password: missing"]),
    ({"basic": [{**BASIC, "more": "m"}]}, ["basic.0.more: unknown"]),
    ({"basic": BASIC}, ["basic: not a list"]),
    ({"basic": ["text"]}, ["basic.0: not an object"]),
    ({"hmac": [5]}, ["hmac.0: not a string"]),
    ({"header": [{"name": "x token", "value": "a-header"}]}, ["header.0.name: not the name of a header"]),
    ({"path_secret": ["a"]}, ["path_secret.0: not at least 16 characters"]),
    ({"path_secret": ["a" * 15 + "/"]}, ["path_secret.0: not only letters, digits and . _ ~ -"]),
    ({"oauth2": {"clients": [], "signing_keys": [KEY]}}, ["oauth2.clients: an empty list"]),
    ({"oauth2": {"clients": [{"client_id": "a b", "client_secret": "contrase\u00f1a"}], "signing_keys": [KEY]}}, [
        "oauth2.clients.0.client_id: empty, or with a space or a colon in it, or not ASCII",
        "oauth2.clients.0.client_secret: empty, or not ASCII",
    ]),
    ({"source_ips": ["example.com"]}, ["source_ips.0: not an IPv4 or IPv6 network"]),
    ({"authentication": "some"}, ["authentication: not 'none'"]),
    ({"basic": [BASIC], "require": [5]}, ["require.0: not a string such as hmac+basic"]),
    ({"basic": [BASIC], "require": ["hmac+basic"]}, ["require asks for hmac, but there is no secret for it"]),
    ({"basic": []}, ["no secret that this provider can authenticate by (basic or authorization or header or"]),
    ({"passwords": ["p"], "basic": [BASIC]}, [
        "passwords: unknown; known are basic, authorization, header, hmac, oauth2, path_secret",
    ]),
    ({"accounts": {"one": {"basic": [BASIC]}}}, []),
    ({"accounts": {"one": {"basic": [{"username": "u"}]}}}, ["accounts.one.basic.0.password: missing"]),
    ({"basic": [BASIC], "accounts": {"one": {"basic": []}}}, ["accounts.one: no secret that this provider"]),
]  # fmt: skip
OAUTH2 = {"clients": [CLIENT], "signing_keys": [KEY]}
# Sound or not, as the provider may be. What the model of secrets refuses is the same for both.
OTHERS: list[Any] = [
    {},
    {"basic": [BASIC, BASIC], "source_ips": ["192.0.2.1", "198.51.100.0/24", "2001:db8::/32"]},
    {"authorization": ["Bearer a-token-"]},
    {"header": [{"name": "x-token", "value": "a-header"}]},
    {"hmac": ["a-secret"]},
    {"path_secret": ["a" * 16]},
    {"oauth2": OAUTH2},
    {"basic": [BASIC], "hmac": ["a-secret"], "require": ["hmac + basic", "hmac"]},
    {"basic": [BASIC], "require": []},
    {"basic": [BASIC], "require": ["path_secret"]},
    {"basic": [BASIC], "oauth2": OAUTH2, "require": ["basic+oauth2"]},
    {"authentication": "none", "source_ips": ["192.0.2.1"]},
    {"authentication": "none", "basic": [BASIC]},
    {"authentication": None, "basic": [BASIC]},
    {"basic": [BASIC], "authorization": ["Bearer a-token-"], "path_secret": ["a" * 16]},
]


def is_accepted(document: Any, provider: str) -> bool:
    """Return whether the functions accept it."""
    try:
        require_usable(Secrets.model_validate_json(json.dumps(document)), PROVIDERS[provider].provider.schemes)
    except (ValidationError, ConfigurationError):
        return False
    return True


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_document_is_sound_if_the_functions_accept_it(provider: str) -> None:
    for document in (*OTHERS, *(document for document, _ in FAULTS)):
        assert (document, faults_of(document, provider) == []) == (document, is_accepted(document, provider))


def test_a_fault_says_where_it_is_and_what_is_wrong() -> None:
    for document, faults in FAULTS:
        found = faults_of(document)
        assert all(each.startswith(fault) for each, fault in zip(found, faults, strict=True)), found


def test_no_fault_quotes_a_secret() -> None:
    secret = "geheim geheim geheim"
    documents = [
        *({kind: [secret, {"name": secret, "value": secret, "more": secret}]} for kind in ("basic", "header", "hmac")),
        {"path_secret": [secret]},
        {"oauth2": {"clients": [{"client_id": secret, "client_secret": secret}], "signing_keys": [secret]}},
    ]
    for document in documents:
        assert (bool(faults_of(document)), secret in str(faults_of(document))) == (True, False)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_made_up_is_sound_for_every_kind(kind: str) -> None:
    provider = next(name for name, sender in senders().items() if kind in sender.secrets)
    pairs = senders()[provider].key_pairs
    new, old = (pairs.public(made) if pairs and kind == pairs.kind else made for made in (generated(), generated()))
    first = with_entries({}, kind, [entry(kind, old, "name")])
    both = with_entries(first, kind, [entry(kind, new, "name"), *in_force(first, kind)])

    for document in (first, both):
        assert faults_of(document, provider) == []
        assert is_accepted(document, provider)
    assert len(in_force(both, kind)) == 2
