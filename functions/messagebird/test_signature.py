"""MessageBird's older signature, by the vectors of its own library."""

from inbound_sms.auth import Secrets, authenticate
from inbound_sms.errors import AuthenticationError
from inbound_sms.parsing.request import Request, request_from_event
from inbound_sms.settings import ParseSettings

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bench.api_event import api_event
from functions.messagebird.sender import SENDER, sign
from gateway.simulator.post import Post
from messagebird_webhook import MESSAGEBIRD

KEY = "a-key-of-the-test"
OLDER = json.loads((Path(__file__).parent / "samples/signed_request_deprecated_vectors.json").read_text())["vectors"]


def request_of(vector: dict[str, Any], seconds_later: float = 0, **headers: str) -> Request:
    carried = {
        "MessageBird-Signature": vector["signature"],
        "MessageBird-Request-Timestamp": vector["timestamp"],
    } | headers
    event = api_event("/messagebird", vector["body"].encode(), carried, method="GET", query=urlencode(vector["query"]))
    at = datetime.fromtimestamp(float(vector["timestamp"]) + seconds_later, UTC)
    return request_from_event(event, provider="messagebird", received_at=at, delivery_id="d", settings=ParseSettings())


def is_authentic(request: Request, key: str) -> bool:
    try:
        return bool(authenticate(request, Secrets(hmac=(key,)), MESSAGEBIRD.schemes))
    except AuthenticationError:
        return False


@pytest.mark.parametrize("vector", OLDER, ids=lambda vector: vector["name"])
def test_the_older_signature_verifies(vector: dict[str, Any]) -> None:
    assert is_authentic(request_of(vector), vector["signing_key"]) == vector["valid"]


@pytest.mark.parametrize(
    ("seconds_later", "headers", "accepted"),
    [
        (24 * 3600, {}, True),
        (24 * 3600 + 1, {}, False),
        (-301, {}, False),
        (0, {"MessageBird-Request-Timestamp": "now"}, False),
        (0, {"MessageBird-Signature-JWT": ""}, False),  # who sends a JWT is held to it
    ],
)
def test_the_older_signature_counts_for_a_day_and_without_a_jwt(
    seconds_later: float, headers: dict[str, str], accepted: bool
) -> None:
    assert is_authentic(request_of(OLDER[0], seconds_later, **headers), OLDER[0]["signing_key"]) == accepted


def test_a_jwt_covers_the_url_that_was_called() -> None:
    signed = sign(Post("https://example.com/messagebird?a=1&b=2", body=b"id=1"), KEY)
    assert SENDER.sign is sign
    headers = {name: str(value) for name, value in signed.headers.items()}
    for query, accepted in (("a=1&b=2", True), ("b=2&a=1", False), ("a=1&b=2&c", False)):
        event = api_event("/messagebird", b"id=1", headers, query=query)
        request = request_from_event(
            event, provider="messagebird", received_at=datetime.now(UTC), delivery_id="d", settings=ParseSettings()
        )
        assert is_authentic(request._replace(base_url="https://example.com"), KEY) == accepted
