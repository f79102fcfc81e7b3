"""Access tokens: only our own, of this provider, in time, in the one algorithm, for a client that is still there."""

import base64
import json
import time
from typing import Any

import jwt
import pytest

from inbound_sms.auth.signature import _sign, signed_token
from inbound_sms.auth.tokens import client_of, issue_token
from tests.support.signing import CLIENT_ID, token

KEY = "the-key-that-signs-of-32-characters"
OTHER = "another-key-of-at-least-32-characters"
SHORT_LEEWAY, LONG_LEEWAY = 50, 70  # on both sides of the 60 s, with room for a slow machine

NOW = int(time.time())
REFUSED: dict[str, dict[str, Any]] = {
    "expired": {"exp": NOW - LONG_LEEWAY},
    "not yet issued": {"iat": NOW + 3_600},
    "another audience": {"aud": "other"},
    "no audience at all": {"aud": []},
    "another issuer": {"iss": "somebody"},
    "another stage": {"stage": "dev"},
    "a subject that is no text": {"sub": 1},
    "an empty subject": {"sub": ""},
    "a time that is none": {"exp": "tomorrow"},
    **{f"without {name}": {"without": name} for name in ("iss", "aud", "sub", "iat", "exp")},
}


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


HEADER = part({"alg": "HS256"})


def test_a_token_of_ours_names_its_client() -> None:
    issued = issue_token(KEY, "acme", "prod", CLIENT_ID, 900)
    claims = jwt.decode(issued, KEY, algorithms=["HS256"], audience="acme")

    assert client_of(issued, [KEY], "acme", "prod") == CLIENT_ID
    assert jwt.get_unverified_header(issued) == {"alg": "HS256", "typ": "JWT"}
    assert claims.keys() == {"iss", "aud", "stage", "sub", "iat", "exp"}
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("inbound-sms", "acme", CLIENT_ID)
    assert claims["exp"] - claims["iat"] == 900
    assert abs(claims["iat"] - time.time()) < 30


@pytest.mark.parametrize("claims", REFUSED.values(), ids=REFUSED)
def test_a_token_with_a_wrong_claim_is_refused_whoever_signed_it(claims: dict[str, Any]) -> None:
    assert client_of(token(KEY, "acme"), [KEY], "acme", "prod") == CLIENT_ID
    assert client_of(token(KEY, "acme", **claims), [KEY], "acme", "prod") is None


def test_a_token_may_expire_on_its_way() -> None:
    now = int(time.time())
    assert client_of(token(KEY, "acme", exp=now - SHORT_LEEWAY), [KEY], "acme", "prod") == CLIENT_ID
    assert client_of(token(KEY, "acme", exp=now - LONG_LEEWAY), [KEY], "acme", "prod") is None


def test_a_foreign_key_is_refused_and_every_key_of_ours_is_tried() -> None:
    assert client_of(token(OTHER, "acme"), [KEY], "acme", "prod") is None
    assert client_of(token(OTHER, "acme"), [], "acme", "prod") is None
    for keys in ([KEY, OTHER], [OTHER, KEY]):
        assert client_of(token(KEY, "acme"), keys, "acme", "prod") == CLIENT_ID


def test_another_algorithm_is_refused_even_with_our_key_and_so_is_none() -> None:
    long_key = KEY * 2
    signed, others = token(long_key, "acme"), [token(long_key, "acme", algorithm=name) for name in ("HS384", "HS512")]
    _, claims, original = signed.split(".")
    for name in ("none", "NONE", "", None, ["none"], {}, 1):
        others += [f"{part({'alg': name, 'typ': 'JWT'})}.{claims}.{signature}" for signature in ("", "AA", original)]

    assert client_of(signed, [long_key], "acme", "prod") == CLIENT_ID
    assert [each for each in others if client_of(each, [long_key], "acme", "prod")] == []


# ---- JWTs that a provider signs its requests with: read here, verified by the signature scheme -----------------------


@pytest.mark.parametrize("name", ["HS256", "HS384", "HS512"])
def test_what_a_library_signs_is_read_and_its_signature_verifies(name: str) -> None:
    key = KEY * 2
    text = jwt.encode({"iat": 1_700_000_000, "payload_hash": "é"}, key, algorithm=name)
    signed = signed_token(text, ("HS256", "HS384", "HS512"))

    assert signed
    assert (signed.claims["payload_hash"], signed.time(), signed.time("exp")) == ("é", 1_700_000_000, None)
    assert signed.signature.encode() == _sign(signed.algorithm, key.encode(), signed.content)
    assert bool(signed_token(text)) == (name == "HS256"), "unless the provider signs by others"


@pytest.mark.parametrize(
    "text",
    [
        "", "..", "a.b", "a.b.c", "é.é.é", f"{HEADER}.{part([])}.x", f"{part(['HS256'])}.{part({})}.x",
        f"{part({'alg': 'none'})}.{part({})}.x", f"{part({'alg': ['HS256']})}.{part({})}.x", "[" * 90_000 + ".e30.x",
    ],
    ids=range(10),
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    assert signed_token(text) is None


@pytest.mark.parametrize("value", [None, True, "1700000000", [1], 10**400])
def test_a_time_is_a_number(value: object) -> None:
    signed = signed_token(f"{HEADER}.{part({'iat': value})}.x")
    assert signed
    assert signed.time() is None
