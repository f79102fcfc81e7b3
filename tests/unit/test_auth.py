"""Who is let in: what a parameter may hold, what has to hold together, which addresses may post."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from inbound_sms.auth import SchemeName, Secrets, accepted_combinations, authenticate
from inbound_sms.errors import AuthenticationError, ConfigurationError
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings

PATH_SECRET = "a-long-secret-of-the-path"
SIGNING_KEY = "a-signing-key-of-32-characters-x"
CLIENT = {"client_id": "client-1", "client_secret": "client-secret"}
BASIC = {"basic": [{"username": "u", "password": "a-password"}]}
HMAC = {"hmac": ["an-hmac-secret"]}
TWO_HEADERS = {"header": [{"name": "x-a", "value": "value-of-a"}, {"name": "X-B", "value": "value-of-b"}]}
OAUTH2 = {"oauth2": {"clients": [CLIENT], "signing_keys": [SIGNING_KEY]}}
EVERYTHING = {
    **BASIC, **HMAC, **OAUTH2,
    "authorization": ["Bearer the-a-token"],
    "header": [{"name": "X-Token", "value": "a-header-value"}],
    "path_secret": [PATH_SECRET],
    "require": ["hmac+basic"],
    "source_ips": ["192.0.2.1", "198.51.100.0/24", "2001:db8::/32"],
}  # fmt: skip

WRONG = [
    ({"basic": [{"username": "", "password": "p"}]}, ("basic", 0, "username")),
    ({"basic": [{"username": "u:v", "password": "p"}]}, ("basic", 0, "username")),
    ({"basic": [{"username": "u", "password": "a-password", "realm": "r"}]}, ("basic", 0, "realm")),
    ({"authorization": [""]}, ("authorization", 0)),
    ({"authorization": ["Bearer 12345678", " \t"]}, ("authorization", 1)),
    ({"header": [{"name": "x token", "value": "v"}]}, ("header", 0, "name")),
    ({"header": [{"name": "x-token", "value": " "}]}, ("header", 0, "value")),
    ({"hmac": ["7-chars"]}, ("hmac", 0)),
    ({"public_key": ["an-api-key-and-no-public-key"]}, ("public_key", 0)),
    ({"basic": [{"username": "u", "password": "7-chars"}]}, ("basic", 0, "password")),
    ({"authorization": ["Bearer 7-chars"]}, ("authorization", 0)),
    ({"header": [{"name": "x-token", "value": "7-chars"}]}, ("header", 0, "value")),
    ({"oauth2": {"clients": [{**CLIENT, "client_secret": "7-chars"}], "signing_keys": [SIGNING_KEY]}},
     ("oauth2", "clients", 0, "client_secret")),
    ({**TWO_HEADERS, "require": ["header:x-c"]}, ()),
    ({**TWO_HEADERS, "require": ["header:x a"]}, ("require", 0, 0)),
    ({"oauth2": {"clients": [], "signing_keys": [SIGNING_KEY]}}, ("oauth2", "clients")),
    ({"oauth2": {"clients": [CLIENT], "signing_keys": []}}, ("oauth2", "signing_keys")),
    ({"oauth2": {"clients": [CLIENT], "signing_keys": [SIGNING_KEY[:-1]]}}, ("oauth2", "signing_keys", 0)),
    ({"oauth2": {"clients": [{**CLIENT, "client_id": "a:b"}], "signing_keys": [SIGNING_KEY]}},
     ("oauth2", "clients", 0, "client_id")),
    ({"oauth2": {"clients": [{**CLIENT, "client_secret": "sécret"}], "signing_keys": [SIGNING_KEY]}},
     ("oauth2", "clients", 0, "client_secret")),
    ({"path_secret": ["fifteen-letters"]}, ("path_secret", 0)),
    ({"path_secrets": [PATH_SECRET]}, ("path_secrets",)),
    ({**BASIC, "require": []}, ("require",)),
    ({**BASIC, "require": [["basic"]]}, ("require", 0)),
    ({**BASIC, "require": ["basic+"]}, ("require", 0, 1)),
    ({**BASIC, "require": ["basic", "fingerprint"]}, ("require", 1, 0)),
    ({**BASIC, "source_ips": []}, ("source_ips",)),
    ({**BASIC, "source_ips": ["192.0.2.1", "192.0.2.1/24"]}, ("source_ips", 1)),
    ({**BASIC, "source_ips": ["example.com"]}, ("source_ips", 0)),
    ({"authentication": "None"}, ("authentication",)),
    ({"authentication": False}, ("authentication",)),
]  # fmt: skip


@dataclass(frozen=True)
class Says:
    """A scheme that lets in whoever says its name in the body."""

    name: SchemeName
    challenge: str | None = None

    def identify(self, request: Request, _secrets: Secrets) -> str | None:
        return f"{self.name}:x" if self.name.encode() in request.body.split() else None


SCHEMES = (Says("basic", "Basic realm"), Says("hmac"), Says("oauth2", "Bearer realm"))


def request(body: str = "", source_ip: str = "192.0.2.1") -> Request:
    received_at = datetime(2026, 1, 1, tzinfo=UTC)
    return Request("acme", body.encode(), {}, {}, received_at, "d", ParseSettings(), source_ip=source_ip)


def identity(body: str, parameter: dict[str, Any], source_ip: str = "::1") -> Any:
    """Return who it was, or None."""
    try:
        return authenticate(request(body, source_ip), Secrets.model_validate(parameter), SCHEMES)
    except AuthenticationError:
        return None


# ---- The parameter -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("parameter", "place"), WRONG)
def test_what_is_empty_weak_misspelt_or_contradictory_is_refused_when_it_is_read(
    parameter: dict[str, Any], place: tuple[str | int, ...]
) -> None:
    with pytest.raises(ValidationError) as caught:
        Secrets.model_validate(parameter)

    assert caught.value.errors()[0]["loc"] == place


def test_a_contradiction_is_named_in_words() -> None:
    for parameter, words in (
        *(
            ({**secret, "authentication": "none"}, "authentication none contradicts the secrets beside it")
            for secret in (BASIC, HMAC, OAUTH2)
        ),
        ({**BASIC, "require": ["basic+hmac"]}, "require asks for hmac, but there is no secret for it"),
        ({**BASIC, **OAUTH2, "require": ["basic+oauth2"]}, "require asks for basic+oauth2, which need one header"),
    ):
        with pytest.raises(ValidationError, match=re.escape(words)):
            Secrets.model_validate(parameter)


def test_secrets_do_not_show_when_printed() -> None:
    secrets = Secrets.model_validate(EVERYTHING)
    parts = (secrets, secrets.basic, secrets.header, secrets.oauth2, secrets.oauth2 and secrets.oauth2.clients)
    for shown in (*map(repr, parts), str(secrets), f"{secrets}"):
        assert not [secret for secret in (
            "a-password", "an-hmac-secret", "client-secret", SIGNING_KEY, "a-token", "a-header-value", PATH_SECRET,
        ) if secret in shown]  # fmt: skip


# ---- What has to hold ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("require", "body", "expected"),
    [
        (None, "basic", "basic:x"),
        (None, "hmac basic", "basic:x"),
        (None, "", None),
        (["hmac"], "basic", None),
        (["hmac+basic"], "hmac basic", "hmac:x+basic:x"),
        (["hmac+basic"], "hmac", None),
        ([" hmac + basic "], "hmac basic", "hmac:x+basic:x"),
        (["hmac+basic", "oauth2"], "basic oauth2", "oauth2:x"),
        (["hmac+basic", "oauth2"], "basic", None),
        (["hmac+oauth2", "hmac+basic"], "basic hmac", "hmac:x+basic:x"),
    ],
)
def test_one_way_in_is_enough_and_all_of_it_has_to_hold(
    require: list[str] | None, body: str, expected: str | None
) -> None:
    parameter = {**BASIC, **HMAC, **OAUTH2} | ({"require": require} if require else {})

    assert identity(body, parameter) == expected


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ({}, "no secret configured: the parameter holds none for basic or hmac or oauth2"),
        ({"basic": []}, "no secret configured"),
        ({"path_secret": [PATH_SECRET]}, "no secret configured"),
        ({"source_ips": ["192.0.2.1"]}, "no secret configured"),
        ({**BASIC, "path_secret": [PATH_SECRET], "require": ["basic", "path_secret"]},
         "require asks for path_secret, but this provider authenticates by basic or hmac or oauth2"),
    ],
)  # fmt: skip
def test_a_parameter_that_can_let_nobody_in_is_a_mistake_in_the_setup(parameter: dict[str, Any], words: str) -> None:
    secrets = Secrets.model_validate(parameter)
    for judge in (
        lambda: accepted_combinations(secrets, SCHEMES),
        lambda: authenticate(request("basic"), secrets, SCHEMES),
    ):
        with pytest.raises(ConfigurationError, match=f"^{words}"):
            judge()


@pytest.mark.parametrize(
    ("parameter", "challenges"),
    [
        (BASIC, ("Basic realm",)),
        (HMAC, ()),
        ({**BASIC, **HMAC, **OAUTH2, "require": ["hmac+oauth2", "oauth2"]}, ("Bearer realm",)),
    ],
)
def test_a_refusal_challenges_for_what_would_be_accepted(parameter: dict[str, Any], challenges: Any) -> None:
    with pytest.raises(AuthenticationError, match=r"^wrong or missing credentials$") as caught:
        authenticate(request(), Secrets.model_validate(parameter), SCHEMES)

    assert caught.value.challenges == challenges


# ---- Without authentication ----------------------------------------------------------------------------------


def test_without_authentication_only_when_it_is_written_out() -> None:
    assert identity("", {"authentication": "none"}) == "none"
    assert accepted_combinations(Secrets(authentication="none"), SCHEMES) == []


# ---- Source addresses ----------------------------------------------------------------------------------------

LISTED = ["192.0.2.1", "198.51.100.0/24", "2001:db8:1::/48", "2001:db8:2::1"]


@pytest.mark.parametrize("source_ip", [
    "192.0.2.1", "198.51.100.0", "198.51.100.255", "::ffff:192.0.2.1", "2001:db8:1::", "2001:DB8:1:ffff::9",
    "2001:0db8:0002:0000:0000:0000:0000:0001",
])  # fmt: skip
def test_who_posts_from_an_address_on_the_list_still_needs_the_secret(source_ip: str) -> None:
    assert identity("basic", {**BASIC, "source_ips": LISTED}, source_ip=source_ip) == "basic:x"
    assert identity("", {**BASIC, "source_ips": LISTED}, source_ip=source_ip) is None
    assert identity("", {"authentication": "none", "source_ips": LISTED}, source_ip=source_ip) == "none"


@pytest.mark.parametrize("source_ip", [
    "192.0.2.2", "198.51.101.0", "2001:db8:2::2", "2001:db8:3::1", "::ffff:192.0.2.2", "::192.0.2.1", "",
    "192.0.2.1 ", "192.0.2.1, 10.0.0.1", "192.0.2.01", "3221225985", "unknown", "\ud800", "x" * 100_000,
])  # fmt: skip
def test_who_posts_from_another_address_is_refused_even_with_the_secret(source_ip: str) -> None:
    assert identity("basic", {**BASIC, "source_ips": LISTED}, source_ip=source_ip) is None
    assert identity("", {"authentication": "none", "source_ips": LISTED}, source_ip=source_ip) is None
    assert identity("basic", BASIC, source_ip=source_ip) == "basic:x"
