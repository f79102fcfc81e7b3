"""The ways to authenticate: HTTP Basic, a fixed Authorization header, another header, a secret in the path, a token."""

import base64
import hmac
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from inbound_sms.auth import Scheme, Secrets
from inbound_sms.auth.schemes import Basic, CustomHeader, OAuth2, PathSecret, StaticAuthorization
from inbound_sms.auth.signature import PublicKeySignature, Signature, Signed, Verify
from inbound_sms.errors import ConfigurationError
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings
from tests.support.signing import CLIENT_ID, SECRET, basic, token

PATH_SECRET = "a-long-secret-of-the-path"
CLIENT = {"client_id": CLIENT_ID, "client_secret": "client-secret"}
SECRETS = Secrets.model_validate({
    "basic": [{"username": "user", "password": "pass:word"}, {"username": "José", "password": "contraseña"}],
    "authorization": ["Bearer a-token-1", "Schlüssel"],
    "header": [{"name": "X-Token", "value": "a-token-2"}, {"name": "x-other", "value": "Schlüssel"}],
    "path_secret": [PATH_SECRET, "a-longer_secret~of.the-path"],
    "oauth2": {"clients": [CLIENT], "signing_keys": [SECRET]},
})  # fmt: skip
USER = base64.b64encode(b"user:pass:word").decode()


def identify(scheme: Scheme, path_secret: str = "", secrets: Secrets = SECRETS, **headers: str) -> str | None:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    received_at = datetime(2026, 1, 1, tzinfo=UTC)
    request = Request("acme", b"", sent, {}, received_at, "delivery-1", ParseSettings(), path_secret=path_secret)
    return scheme.identify(request, secrets)


@pytest.mark.parametrize(
    ("scheme", "sent", "identity"),
    [
        (Basic(), {"authorization": basic("user", "pass:word")}, "basic:user"),
        (Basic(), {"authorization": basic("José", "contraseña")}, "basic:José"),
        (Basic(), {"authorization": f"BASIC   {USER} "}, "basic:user"),
        (Basic(), {"authorization": basic("user", "contraseña")}, None),
        (Basic(), {"authorization": basic("user", "pass")}, None),
        (Basic(), {"authorization": basic("user", "")}, None),
        (StaticAuthorization(), {"authorization": "  Bearer a-token-1 "}, "authorization"),
        (StaticAuthorization(), {"authorization": "Schlüssel"}, "authorization"),
        (StaticAuthorization(), {"authorization": "Schl\udcfcssel"}, None),
        (CustomHeader(), {"x_token": " a-token-2\t"}, "header:x-token"),
        (CustomHeader(), {"x_token": "wrong", "x_other": "Schlüssel"}, "header:x-other"),
        (CustomHeader(), {"x_token": "Schlüssel"}, None),
        (CustomHeader(), {"x_token": "\ud800"}, None),
        (CustomHeader(), {"authorization": "a-token-2"}, None),
        (PathSecret(), {"path_secret": PATH_SECRET}, "path_secret"),
        (PathSecret(), {"path_secret": "a-longer_secret~of.the-path"}, "path_secret"),
        (PathSecret(), {"path_secret": PATH_SECRET + "/"}, None),
    ],
)
def test_a_secret_is_compared_as_a_whole_and_tells_whose_it_is(
    scheme: Scheme, sent: dict[str, str], identity: str | None
) -> None:
    """What else is refused by each scheme, tests/component/test_authentication_matrix.py shows for every provider."""
    assert identify(scheme, **sent) == identity


def test_a_token_counts_as_bearer_only_and_while_its_client_is_there() -> None:
    for scheme in ("Bearer ", "bearer ", "BEARER   "):
        assert identify(OAuth2(), authorization=scheme + token(SECRET, "acme")) == f"oauth2:{CLIENT_ID}"
    for scheme in ("", " ", "Bearer", "Token ", "Basic ", "Bearer,", "Bearer:"):
        assert identify(OAuth2(), authorization=scheme + token(SECRET, "acme")) is None
    assert identify(OAuth2(), authorization="Bearer " + token(SECRET, "acme", sub="retired")) is None


@pytest.mark.parametrize(
    ("signatures", "let_in"),
    [
        ("right", True), (("wrong", "right"), True), (("right", "wrong"), True),
        ("wrong", False), (("", "wrong"), False), ("", False), ((), False),
    ],
)  # fmt: skip
def test_of_several_signatures_one_has_to_match(signatures: str | tuple[str, ...], let_in: bool) -> None:
    def sent(name: str) -> str:
        return hmac.digest(SECRET.encode(), name.encode(), "sha256").hex() if name else ""

    carried = sent(signatures) if isinstance(signatures, str) else tuple(map(sent, signatures))
    scheme = Signature(lambda _request: Signed(carried, (b"right",)))
    assert identify(scheme, secrets=Secrets(hmac=(SECRET.upper(), SECRET))) == ("hmac" if let_in else None)


def toy_key(public: str) -> Verify | None:
    """Return what verifies signatures that are the key and the content, where that is a key."""
    return (lambda sent, content: sent == f"{public} {content!r}") if public.startswith("key-") else None


@pytest.mark.parametrize(
    ("keys", "sent", "age", "found"),
    [
        (["key-1", "key-2"], "key-2 b'right'", 0, "public_key"),
        (["none", "key-2"], "key-2 b'right'", 0, "public_key"),
        (["key-1"], ("key-1 b'wrong'", "key-1 b'right'"), 0, "public_key"),
        (["key-1"], "key-1 b'wrong'", 0, None),
        (["key-1"], ("", ""), 0, None),
        (["key-1"], (), 0, None),
        (["key-1"], "", 0, None),
        (["key-1"], "key-1 b'right'", 61, None),
        (["none"], "key-1 b'right'", 0, ConfigurationError),
        ([], "key-1 b'right'", 0, ConfigurationError),
    ],
)
def test_a_signature_counts_by_any_trusted_key_and_within_its_window(
    keys: list[str], sent: str | tuple[str, ...], age: float, found: Any
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    scheme = PublicKeySignature(lambda _request: Signed(sent, (b"more", b"right"), time=now - age, max_age=60), toy_key)
    secrets = Secrets.model_construct(public_key=tuple(keys))
    with pytest.raises(found) if found is ConfigurationError else nullcontext():
        assert identify(scheme, secrets=secrets) == found
