"""The ways to authenticate: HTTP Basic, a fixed Authorization header, another header, a secret in the path."""

import base64
import hmac
from datetime import UTC, datetime

import pytest

from inbound_sms.auth import Scheme, Secrets
from inbound_sms.auth.schemes import Basic, CustomHeader, OAuth2, PathSecret, StaticAuthorization, matching
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings
from tests.support.signing import CLIENT_ID, SECRET, basic, token

BASIC, STATIC, HEADER, PATH = Basic(), StaticAuthorization(), CustomHeader(), PathSecret()
PATH_SECRET = "a-long-secret-of-the-path"
SECRETS = Secrets.model_validate(
    {
        "basic": [{"username": "sinch", "password": "pass:word"}, {"username": "José", "password": "contraseña"}],
        "authorization": ["Bearer token-1", "Schlüssel"],
        "header": [{"name": "X-Token", "value": "token-2"}, {"name": "x-other", "value": "Schlüssel"}],
        "path_secret": [PATH_SECRET, "a-longer_secret~of.the-path"],
    }
)

# Values of the Authorization header that HTTP Basic refuses, and why.
REFUSED_BASIC = [
    ("", "empty"),
    ("Basic", "no credentials"),
    ("Basic ", "blank credentials"),
    ("Basic :", "not Base64"),
    ("Basic %%%%", "not Base64"),
    ("Basic c2luY2g6cGFzczp3b3Jk!", "something behind the Base64"),
    ("Basic c2luY2g6cGFzczp3b3J", "Base64 without its end"),
    ("Basic c2lu Y2g6cGFzczp3b3Jk", "space inside"),
    ("Basicc2luY2g6cGFzczp3b3Jk", "no space behind the scheme"),
    ("c2luY2g6cGFzczp3b3Jk", "no scheme"),
    ("Basic sinch:pass:word", "not encoded"),
    ("Basic schlüssel", "beyond ASCII"),
    ("Basic \ud800", "lone surrogate"),
    ("Basic \x00", "control character"),
    ("Basic " + "A" * 1_000_000, "a megabyte"),
    ("Basic " + base64.b64encode(b"sinch").decode(), "no colon"),
    ("Basic " + base64.b64encode(b":").decode(), "a colon and nothing else"),
    ("Basic " + base64.b64encode(b"sinch:").decode(), "no password"),
    ("Basic " + base64.b64encode(b":pass:word").decode(), "no user"),
    ("Basic " + base64.b64encode(b"sinch:pass").decode(), "half of a password with a colon"),
    ("Basic " + base64.b64encode(b"sinch:pass:word\n").decode(), "line end behind the password"),
    ("Basic " + base64.b64encode(b"Sinch:pass:word").decode(), "user in another case"),
    ("Basic " + base64.b64encode(b"\xff\xfe:\x00").decode(), "bytes that are no text"),
    (
        "Basic " + base64.b64encode("José:contraseña".encode("latin-1")).decode(),
        "not UTF-8, which the challenge asks for",
    ),
    (basic("sinch", "contraseña"), "one user's name with the other's password"),
    ("Bearer c2luY2g6cGFzczp3b3Jk", "another scheme's header"),
    ("Basic c2luY2g6cGFzczp3b3Jk,Basic c2luY2g6cGFzczp3b3Jk", "two headers joined"),
]

HOSTILE = [
    "",
    " ",
    ":",
    "\x00",
    "\ud800",
    "é",
    "👍",
    "=" * 100,
    "A" * 1_000_000,
    "Basic \udfff",
    "\r\nx: y",
    "\u2028",
    "%00",
]

NO_SECRETS = Secrets()
EACH_SCHEME: list[tuple[Scheme, dict[str, str], dict[str, str], str]] = [
    (BASIC, {"authorization": basic("sinch", "pass:word")}, {}, "basic:sinch"),
    (STATIC, {"authorization": "Bearer token-1"}, {}, "authorization"),
    (HEADER, {"x-token": "token-2"}, {}, "header:x-token"),
    (PATH, {}, {"secret": PATH_SECRET}, "path_secret"),
]
each_scheme = pytest.mark.parametrize(
    ("scheme", "headers", "path", "identity"), EACH_SCHEME, ids=["basic", "authorization", "header", "path_secret"]
)


def request(headers: dict[str, str] | None = None, path: dict[str, str] | None = None) -> Request:
    return Request("sample", b"", headers or {}, path or {}, datetime(2026, 1, 1, tzinfo=UTC), "d", ParseSettings())


@pytest.mark.parametrize(
    ("header", "identity"),
    [
        (basic("sinch", "pass:word"), "basic:sinch"),
        (basic("José", "contraseña"), "basic:José"),
        ("basic c2luY2g6cGFzczp3b3Jk", "basic:sinch"),
        ("BASIC   c2luY2g6cGFzczp3b3Jk ", "basic:sinch"),
    ],
)
def test_basic_lets_in_user_and_password_and_tells_who_it_was(header: str, identity: str) -> None:
    assert BASIC.identify(request({"authorization": header}), SECRETS) == identity


@pytest.mark.parametrize(("header", "_why"), REFUSED_BASIC, ids=[row[1] for row in REFUSED_BASIC])
def test_basic_refuses_everything_else(header: str, _why: str) -> None:
    assert BASIC.identify(request({"authorization": header}), SECRETS) is None


@pytest.mark.parametrize(
    ("header", "let_in"),
    [
        ("Bearer token-1", True),
        ("  Bearer token-1 ", True),
        ("Schlüssel", True),
        ("bearer token-1", False),
        ("Bearer token-", False),
        ("Bearer token-12", False),
        ("Bearer  token-1", False),
        ("Bearer token-1,Bearer token-1", False),
        ("token-1", False),
        ("Schl\udcfcssel", False),
        (basic("sinch", "pass:word"), False),
        ("", False),
    ],
)
def test_a_fixed_authorization_is_compared_as_a_whole(header: str, let_in: bool) -> None:
    identity = STATIC.identify(request({"authorization": header}), SECRETS)

    assert identity == ("authorization" if let_in else None)


@pytest.mark.parametrize(
    ("headers", "identity"),
    [
        ({"x-token": "token-2"}, "header:x-token"),
        ({"x-token": " token-2\t"}, "header:x-token"),
        ({"x-other": "Schlüssel"}, "header:x-other"),
        ({"x-token": "wrong", "x-other": "Schlüssel"}, "header:x-other"),
        ({"x-token": "Token-2"}, None),
        ({"x-token": "token-"}, None),
        ({"x-token": "token-2,token-2"}, None),
        ({"x-token": "Schlüssel"}, None),
        ({"x-other": "token-2"}, None),
        ({"x-token-": "token-2"}, None),
        ({"x-token": ""}, None),
        ({"authorization": "token-2"}, None),
        ({"x-token": "\ud800"}, None),
    ],
)
def test_a_header_has_to_have_its_own_value(headers: dict[str, str], identity: str | None) -> None:
    assert HEADER.identify(request(headers), SECRETS) == identity


@pytest.mark.parametrize(
    ("secret", "let_in"),
    [
        (PATH_SECRET, True),
        ("a-longer_secret~of.the-path", True),
        (PATH_SECRET.upper(), False),
        (PATH_SECRET[:-1], False),
        (PATH_SECRET + " ", False),
        (PATH_SECRET + "/", False),
        ("", False),
    ],
)
def test_a_secret_of_the_path_is_compared_as_a_whole(secret: str, let_in: bool) -> None:
    assert PATH.identify(request(path={"secret": secret}), SECRETS) == ("path_secret" if let_in else None)


@each_scheme
def test_nobody_is_let_in_without_credentials_or_without_a_secret(
    scheme: Scheme, headers: dict[str, str], path: dict[str, str], identity: str
) -> None:
    assert scheme.identify(request(headers, path), SECRETS) == identity
    assert scheme.identify(request(), SECRETS) is None
    assert scheme.identify(request(headers, path), NO_SECRETS) is None
    assert scheme.identify(request(), NO_SECRETS) is None
    assert SECRETS.holds(scheme.name)
    assert not NO_SECRETS.holds(scheme.name)


@each_scheme
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: ascii(value)[:20])
def test_no_input_raises_or_lets_in(
    scheme: Scheme, headers: dict[str, str], path: dict[str, str], identity: str, hostile: str
) -> None:
    for secrets in (SECRETS, NO_SECRETS):
        assert (
            scheme.identify(request({"authorization": hostile, "x-token": hostile}, {"secret": hostile}), secrets)
            is None
        )
        assert scheme.identify(request({hostile: hostile}, {hostile: hostile}), secrets) is None


@each_scheme
def test_every_secret_is_compared_in_constant_time_and_none_in_another_way(
    scheme: Scheme, headers: dict[str, str], path: dict[str, str], identity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[bytes] = []

    def compare(_sent: bytes, accepted: bytes) -> bool:
        compared.append(accepted)
        return verdict

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for verdict in (False, True):
        compared.clear()
        assert scheme.identify(request(headers, path), SECRETS) == (identity if verdict else None)
        assert len(compared) == 2, "the first that matches must not end the search"


def test_two_secrets_match_only_when_they_are_the_same_and_whole() -> None:
    assert matching(b"right", [b"wrong", b"right"])
    assert matching(b"right", [b"right", b"wrong"])
    assert not matching(b"right", [b"righ", b"right "])
    assert not matching(b"", [])


def asked(**headers: str) -> Request:
    return Request("sinch", b"", headers, {}, datetime(2026, 1, 1, tzinfo=UTC), "delivery-1", ParseSettings())


@pytest.mark.parametrize("secret", ["x", "-", "0"])
def test_nothing_sent_equals_no_secret_however_short(secret: str) -> None:
    secrets = Secrets.model_validate({"authorization": [secret], "header": [{"name": "x-token", "value": secret}]})

    assert (STATIC.identify(asked(), secrets), HEADER.identify(asked(), secrets)) == (None, None)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Basic", "Token", ""])
def test_a_token_counts_as_bearer_only(scheme: str) -> None:
    client = {"client_id": CLIENT_ID, "client_secret": "client-secret"}
    secrets = Secrets.model_validate({"oauth2": {"clients": [client], "signing_keys": [SECRET]}})
    proof = OAuth2().identify(asked(authorization=f"{scheme} {token(SECRET, 'sinch')}"), secrets)

    assert proof == (f"oauth2:{CLIENT_ID}" if scheme.lower() == "bearer" else None)
