"""What a parameter of secrets may hold, and from which addresses it lets in whom.

How a secret proves itself, and several together: tests/component/test_authentication_matrix.py.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from inbound_sms.auth import Secrets, authenticate
from inbound_sms.auth.schemes import CustomHeader
from inbound_sms.errors import AuthenticationError, ConfigurationError
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings

PATH_SECRET = "a-long-secret-of-the-path"
SIGNING_KEY = "a-signing-key-of-32-characters-x"
CLIENT = {"client_id": "client-1", "client_secret": "client-secret"}
BASIC = {"basic": [{"username": "u", "password": "a-password"}]}
HMAC = {"hmac": ["an-hmac-secret"]}
TWO_HEADERS = {"header": [{"name": "x-a", "value": "value-of-a"}, {"name": "X-B", "value": "value-of-b"}]}
OAUTH2: dict[str, Any] = {"clients": [CLIENT], "signing_keys": [SIGNING_KEY]}
EVERYTHING = {
    **BASIC, **HMAC, "oauth2": OAUTH2,
    "authorization": ["Bearer the-a-token"],
    "header": [{"name": "X-Token", "value": "a-header-value"}],
    "path_secret": [PATH_SECRET],
    "require": ["hmac+basic"],
    "source_ips": ["192.0.2.1", "198.51.100.0/24", "2001:db8::/32"],
}  # fmt: skip

# More is refused where the command line refuses the same: tests/gateway/test_secret_documents.py.
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"basic": [{"username": "", "password": "a-password"}]}, "basic.0.username"),
    ({"basic": [{"username": "u", "password": "7-chars"}]}, "basic.0.password"),
    ({"authorization": [""]}, "authorization.0"),
    ({"authorization": ["Bearer 12345678", " \t"]}, "authorization.1"),
    ({"authorization": ["Bearer 7-chars"]}, "authorization.0"),
    ({"header": [{"name": "x-token", "value": " "}]}, "header.0.value"),
    ({"header": [{"name": "x-token", "value": "7-chars"}]}, "header.0.value"),
    ({"hmac": ["7-chars"]}, "hmac.0"),
    ({"public_key": ["an-api-key-and-no-public-key"]}, "public_key.0"),
    ({"oauth2": OAUTH2 | {"clients": [CLIENT | {"client_secret": "7-chars"}]}}, "oauth2.clients.0.client_secret"),
    ({"oauth2": OAUTH2 | {"clients": [CLIENT | {"client_id": "a:b"}]}}, "oauth2.clients.0.client_id"),
    ({"oauth2": OAUTH2 | {"signing_keys": []}}, "oauth2.signing_keys"),
    ({"oauth2": OAUTH2 | {"signing_keys": [SIGNING_KEY[:-1]]}}, "oauth2.signing_keys.0"),
    ({**TWO_HEADERS, "require": ["header:x-c"]}, "require asks for header:x-c, but there is no secret for it"),
    ({**TWO_HEADERS, "require": ["header:x a"]}, "require.0.0"),
    ({**BASIC, "require": []}, "require"),
    ({**BASIC, "require": ["basic+"]}, "require.0.1"),
    ({**BASIC, "require": ["basic", "fingerprint"]}, "require.1.0"),
    ({**BASIC, "oauth2": OAUTH2, "require": ["basic+oauth2"]},
     "require asks for basic+oauth2, which need one header for themselves each"),
    ({**BASIC, "source_ips": []}, "source_ips"),
    ({**BASIC, "source_ips": ["192.0.2.1", "192.0.2.1/24"]}, "source_ips.1"),
    ({"authentication": False}, "authentication"),
    ({**HMAC, "authentication": "none"}, "authentication none contradicts the secrets beside it"),
]  # fmt: skip


@pytest.mark.parametrize(("parameter", "named"), WRONG, ids=[named for _, named in WRONG])
def test_what_is_empty_weak_misspelt_or_contradictory_is_refused_and_named(
    parameter: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Secrets.model_validate(parameter)

    error = caught.value.errors()[0]
    assert named in (".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, "))


def test_secrets_do_not_show_when_printed() -> None:
    secrets = Secrets.model_validate(EVERYTHING)
    parts = (secrets, secrets.basic, secrets.header, secrets.oauth2, secrets.oauth2 and secrets.oauth2.clients)
    for shown in (*map(repr, parts), str(secrets), f"{secrets}"):
        assert not [secret for secret in (
            "a-password", "an-hmac-secret", "client-secret", SIGNING_KEY, "a-token", "a-header-value", PATH_SECRET,
        ) if secret in shown]  # fmt: skip


# ---- Whom it lets in -----------------------------------------------------------------------------------------

HEADER = {"header": [{"name": "x-token", "value": "a-header-value"}]}


def identity(parameter: dict[str, Any], token: str = "", source_ip: str = "::1") -> str | None:
    """Return who posts with this token from this address, or None if nobody is let in."""
    received_at = datetime(2026, 1, 1, tzinfo=UTC)
    sent = Request("acme", b"", {"x-token": token}, {}, received_at, "d", ParseSettings(), source_ip=source_ip)
    try:
        return authenticate(sent, Secrets.model_validate(parameter), [CustomHeader()])
    except AuthenticationError:
        return None


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ({"header": []}, "no secret configured: the parameter holds none for header"),
        ({"path_secret": [PATH_SECRET]}, "no secret configured"),
        ({**HEADER, **HMAC, "require": ["header", "hmac"]},
         "require asks for hmac, but this provider authenticates by header"),
    ],
)  # fmt: skip
def test_a_parameter_that_can_let_nobody_in_is_a_mistake_in_the_setup(parameter: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{words}"):
        identity(parameter, "a-header-value")


LISTED = {"source_ips": ["192.0.2.1", "198.51.100.0/24", "2001:db8:1::/48", "2001:db8:2::1"]}
ON_THE_LIST = [
    "192.0.2.1", "198.51.100.0", "198.51.100.255", "::ffff:192.0.2.1", "2001:db8:1::", "2001:DB8:1:ffff::9",
    "2001:0db8:0002:0000:0000:0000:0000:0001",
]  # fmt: skip
NOT_ON_THE_LIST = [
    "192.0.2.2", "198.51.101.0", "2001:db8:2::2", "2001:db8:3::1", "::ffff:192.0.2.2", "::192.0.2.1", "",
    "192.0.2.1 ", "192.0.2.1, 10.0.0.1", "192.0.2.01", "3221225985", "unknown", "\ud800", "x" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("source_ip", [*ON_THE_LIST, *NOT_ON_THE_LIST], ids=lambda address: ascii(address)[:40])
def test_who_posts_needs_an_address_on_the_list_and_the_secret(source_ip: str) -> None:
    listed = source_ip in ON_THE_LIST

    assert identity(HEADER | LISTED, "a-header-value", source_ip) == ("header:x-token" if listed else None)
    assert identity({"authentication": "none"} | LISTED, "", source_ip) == ("none" if listed else None)
    assert identity(HEADER | LISTED, "", source_ip) is None
    assert identity(HEADER, "a-header-value", source_ip) == "header:x-token"
