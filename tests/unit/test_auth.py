"""What a parameter of secrets may hold. Whom it lets in: tests/component/test_authentication_matrix.py."""

from typing import Any

import pytest
from pydantic import ValidationError

from inbound_sms.auth import Secrets

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
    ({**BASIC, "require": ["basic+"]}, "require.0.1"),
    ({**BASIC, "require": ["basic", "fingerprint"]}, "require.1.0"),
    ({**BASIC, "oauth2": OAUTH2, "require": ["basic+oauth2"]},
     "require asks for basic+oauth2, which need one header for themselves each"),
    ({**BASIC, "source_ips": []}, "source_ips"),
    ({**BASIC, "source_ips": ["192.0.2.1", "192.0.2.1/24"]}, "source_ips.1"),
    ({"authentication": False}, "authentication"),
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
