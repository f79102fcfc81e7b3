"""JWTs that a provider signs its requests with: read here, verified by the signature scheme."""

import base64
import json
from typing import Any

import jwt
import pytest

from inbound_sms.auth.signature import _sign, signed_token

KEY = "a-key-that-is-long-enough-for-hs512".ljust(64, "-")


def token(claims: object, **header: Any) -> str:
    parts = ({"alg": "HS256", **header}, claims)
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "x"]
    )


@pytest.mark.parametrize("name", ["HS256", "HS384", "HS512"])
def test_what_a_library_signs_is_read_and_its_signature_verifies(name: str) -> None:
    text = jwt.encode({"iat": 1_700_000_000, "payload_hash": "é"}, KEY, algorithm=name)
    signed = signed_token(text, ("HS256", "HS384", "HS512"))

    assert signed
    assert (signed.claims["payload_hash"], signed.time(), signed.time("exp")) == ("é", 1_700_000_000, None)
    assert signed.signature.encode() == _sign(signed.algorithm, KEY.encode(), signed.content)
    assert bool(signed_token(text)) == (name == "HS256"), "unless the provider signs by others"


@pytest.mark.parametrize(
    "text",
    [
        "", "..", "a.b", "a.b.c", "é.é.é", token([]), token({}, alg="none"), token({}, alg="HS512"),
        token({}, alg=["HS256"]), token({})[3:], "[" * 90_000 + ".e30.x", jwt.encode({}, "", algorithm="none"),
    ],
    ids=range(12),
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    assert signed_token(text) is None


@pytest.mark.parametrize("value", [None, True, "1700000000", [1], 10**400])
def test_a_time_is_a_number(value: object) -> None:
    signed = signed_token(token({"iat": value}))
    assert signed
    assert signed.time() is None
