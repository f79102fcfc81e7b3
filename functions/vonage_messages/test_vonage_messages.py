"""Vonage's JWT: which accounts' secret counts, what it must hold; the shared suites hold its vectors against it."""

import base64
import json
import time
from dataclasses import replace
from typing import Any

import jwt
import pytest

from functions.vonage_messages.sender import SENDER
from gateway.simulator.sender import Post, Verdict
from tests.support.memory import Memory
from tests.support.providers import event_of, those

SECRET, OTHER = "the-signature-secret-of-32-letters-or-more", "another-signature-secret-of-32-letters"
LONG = SECRET * 2
[ENTRY] = those(lambda entry: entry.provider.name == "vonage-messages")
UNSIGNED = ENTRY.post()


def bearer(token: str, post: Post = UNSIGNED) -> Post:
    return post.with_header("Authorization", f"Bearer {token}")


def claims_of(post: Post) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(post.headers["Authorization"][7:], options={"verify_signature": False})
    return claims


CLAIMS = claims_of(SENDER.sign(UNSIGNED, SECRET)) if SENDER.sign else {}


def answer(memory: Memory, post: Post, **document: Any) -> tuple[int, str]:
    response = memory.receiver(ENTRY, document or {"hmac": [SECRET]}).handle(event_of(post))
    return response["statusCode"], response["body"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 200),
        ({"iss": "another", "exp": 1}, 200),  # nobody else has the secret; Vonage's tokens don't expire
        ({"iat": int(time.time()) - 86_400}, 200),
        ({"iat": int(time.time()) - 90_060}, 401),
        ({"iat": int(time.time()) + 3_600}, 401),
        ({"iat": None}, 401),
        ({"iat": "now"}, 401),
        ({"payload_hash": None}, 401),
        ({"payload_hash": ""}, 401),
        ({"payload_hash": "0" * 64}, 401),
        ({"payload_hash": ["x"]}, 401),
        ({"api_key": ["x"]}, 200),
    ],
)
def test_what_a_token_must_hold(memory: Memory, changed: dict[str, Any], status: int) -> None:
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in ({"alg": "HS256"}, claims)]
    signed = jwt.get_algorithm_by_name("HS256")
    content = ".".join(part.rstrip("=") for part in parts)
    signature = base64.urlsafe_b64encode(signed.sign(content.encode(), SECRET.encode())).decode().rstrip("=")

    assert answer(memory, bearer(f"{content}.{signature}"))[0] == status
    assert len(memory.queued()) == (status == 200)


@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512"])
def test_no_other_algorithm_is_taken(memory: Memory, algorithm: str) -> None:
    token = jwt.encode(CLAIMS, "" if algorithm == "none" else LONG, algorithm=algorithm)

    assert answer(memory, bearer(token), hmac=[LONG])[0] == 401


def test_what_is_not_signed_at_all_comes_again_and_what_is_signed_wrongly_does_not(memory: Memory) -> None:
    status, body = answer(memory, UNSIGNED)
    assert (status, body) == (503, '{"error":"not signed, please retry"}')
    assert SENDER.retries.read(status, body.encode()) is Verdict.AGAIN

    status, body = answer(memory, bearer(jwt.encode(CLAIMS, OTHER)))
    assert status == 401
    assert SENDER.retries.read(status, body.encode()) is Verdict.GIVEN_UP
    assert memory.queued() == []


@pytest.mark.parametrize(
    ("api_key", "secret", "status"),
    [("a1b2c3d", OTHER, 200), ("a1b2c3d", SECRET, 401), ("another", SECRET, 200), ("another", OTHER, 401)],
)
def test_the_account_that_the_token_names_chooses_the_secret(
    memory: Memory, api_key: str, secret: str, status: int
) -> None:
    token = jwt.encode({**CLAIMS, "api_key": api_key}, secret)

    assert answer(memory, bearer(token), hmac=[SECRET], accounts={"a1b2c3d": {"hmac": [OTHER]}})[0] == status


def test_an_empty_body_needs_no_hash_and_is_kept(memory: Memory) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "payload_hash"}

    assert answer(memory, bearer(jwt.encode(claims, SECRET), replace(UNSIGNED, body=b"")))[0] == 200
    assert [body for _, body, _ in memory.quarantined()] == [b""]
