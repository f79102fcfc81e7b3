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
NO_SECRETS = Secrets()
USER = base64.b64encode(b"user:pass:word").decode()


def identify(scheme: Scheme, path_secret: str = "", secrets: Secrets = SECRETS, **headers: str) -> str | None:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    received_at = datetime(2026, 1, 1, tzinfo=UTC)
    request = Request("acme", b"", sent, {}, received_at, "delivery-1", ParseSettings(), path_secret=path_secret)
    return scheme.identify(request, secrets)


def encoded(credentials: bytes) -> str:
    return "Basic " + base64.b64encode(credentials).decode()


@pytest.mark.parametrize(
    ("header", "identity"),
    [
        (basic("user", "pass:word"), "basic:user"),
        (basic("José", "contraseña"), "basic:José"),
        (f"BASIC   {USER} ", "basic:user"),
    ],
)
def test_basic_lets_in_user_and_password_and_tells_who_it_was(header: str, identity: str) -> None:
    assert identify(Basic(), authorization=header) == identity


REFUSED_BASIC = {
    "blank credentials": "Basic ",
    "something behind the Base64": f"Basic {USER}!",
    "Base64 without its end": f"Basic {USER[:-1]}",
    "no space behind the scheme": f"Basic{USER}",
    "not encoded": "Basic user:pass:word",
    "no colon": encoded(b"user"),
    "no password": encoded(b"user:"),
    "half of a password with a colon": encoded(b"user:pass"),
    "line end behind the password": encoded(b"user:pass:word\n"),
    "user in another case": encoded(b"User:pass:word"),
    "not UTF-8, which the challenge asks for": encoded("José:contraseña".encode("latin-1")),
    "one user's name with the other's password": basic("user", "contraseña"),
    "two headers joined": f"Basic {USER},Basic {USER}",
}


@pytest.mark.parametrize("header", REFUSED_BASIC.values(), ids=REFUSED_BASIC)
def test_basic_refuses_everything_else(header: str) -> None:
    assert identify(Basic(), authorization=header) is None


@pytest.mark.parametrize(
    ("header", "let_in"),
    [
        ("Bearer a-token-1", True), ("  Bearer a-token-1 ", True), ("Schlüssel", True),
        ("bearer a-token-1", False), ("Bearer a-token-", False), ("Bearer a-token-12", False),
        ("Bearer  a-token-1", False),
        ("Bearer a-token-1,Bearer a-token-1", False), ("a-token-1", False), ("Schl\udcfcssel", False),
        ("", False),
    ],
)  # fmt: skip
def test_a_fixed_authorization_is_compared_as_a_whole(header: str, let_in: bool) -> None:
    assert identify(StaticAuthorization(), authorization=header) == ("authorization" if let_in else None)


@pytest.mark.parametrize(
    ("headers", "identity"),
    [
        ({"x_token": "a-token-2"}, "header:x-token"),
        ({"x_token": " a-token-2\t"}, "header:x-token"),
        ({"x_other": "Schlüssel"}, "header:x-other"),
        ({"x_token": "wrong", "x_other": "Schlüssel"}, "header:x-other"),
        *(
            ({"x_token": value}, None)
            for value in ("Token-2", "a-token-", "a-token-2,a-token-2", "Schlüssel", "", "\ud800")
        ),
        ({"x_other": "a-token-2"}, None),
        ({"authorization": "a-token-2"}, None),
    ],
)
def test_a_header_has_to_have_its_own_value(headers: dict[str, str], identity: str | None) -> None:
    assert identify(CustomHeader(), **headers) == identity


@pytest.mark.parametrize(
    ("secret", "let_in"),
    [(PATH_SECRET, True), ("a-longer_secret~of.the-path", True)]
    + [(secret, False) for secret in (PATH_SECRET.upper(), PATH_SECRET[:-1], PATH_SECRET + " ", PATH_SECRET + "/", "")],
)
def test_a_secret_of_the_path_is_compared_as_a_whole(secret: str, let_in: bool) -> None:
    assert identify(PathSecret(), secret) == ("path_secret" if let_in else None)


def test_a_token_counts_as_bearer_only_and_while_its_client_is_there() -> None:
    for scheme in ("Bearer ", "bearer ", "BEARER   "):
        assert identify(OAuth2(), authorization=scheme + token(SECRET, "acme")) == f"oauth2:{CLIENT_ID}"
    for scheme in ("", " ", "Bearer", "Token ", "Basic ", "Bearer,", "Bearer:"):
        assert identify(OAuth2(), authorization=scheme + token(SECRET, "acme")) is None
    assert identify(OAuth2(), authorization="Bearer " + token(SECRET, "acme", sub="retired")) is None


@pytest.mark.parametrize(
    ("signatures", "let_in"),
    [
        ("right", True), (("right",), True), (("wrong", "right"), True), (("right", "wrong"), True),
        ("wrong", False), (("wrong", "wrong"), False), (("", "wrong"), False), ("", False), ((), False),
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
        (["key-1"], "key-1 b'right'", 0, "public_key"),
        (["key-1", "key-2"], "key-2 b'right'", 0, "public_key"),
        (["none", "key-2"], "key-2 b'right'", 0, "public_key"),
        (["key-1"], ("key-1 b'wrong'", "key-1 b'right'"), 0, "public_key"),
        (["key-1"], "key-1 b'wrong'", 0, None),
        (["key-1"], "key-2 b'right'", 0, None),
        (["key-1"], ("", ""), 0, None),
        (["key-1"], (), 0, None),
        (["key-1"], "", 0, None),
        (["key-1"], "key-1 b'right'", 60, "public_key"),
        (["key-1"], "key-1 b'right'", 61, None),
        (["key-1"], "key-1 b'right'", -301, None),
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


# ---- What holds for all of them --------------------------------------------------------------------------------------

EACH_SCHEME: dict[str, tuple[Scheme, dict[str, str], str]] = {
    "basic": (Basic(), {"authorization": basic("user", "pass:word")}, "basic:user"),
    "authorization": (StaticAuthorization(), {"authorization": "Bearer a-token-1"}, "authorization"),
    "header": (CustomHeader(), {"x_token": "a-token-2"}, "header:x-token"),
    "path_secret": (PathSecret(), {"path_secret": PATH_SECRET}, "path_secret"),
}


@pytest.mark.parametrize(("scheme", "sent", "identity"), EACH_SCHEME.values(), ids=EACH_SCHEME)
def test_nobody_is_let_in_without_credentials_or_without_a_secret(scheme: Scheme, sent: Any, identity: str) -> None:
    assert identify(scheme, **sent) == identity
    assert identify(scheme) is None
    assert identify(scheme, secrets=NO_SECRETS, **sent) is None
    assert identify(scheme, secrets=NO_SECRETS) is None
    assert (SECRETS.holds(scheme.name), NO_SECRETS.holds(scheme.name)) == (True, False)
