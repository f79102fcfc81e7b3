"""Sinch's signature: the published vectors, one changed byte, the window of time, several secrets."""

import base64
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbound_sms.auth import Secrets
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings
from sinch_signature import SinchSignature
from tests.support.providers import sample
from tests.support.signing import hmac_sha256, sinch_headers

HEADER = "x-sinch-webhook-signature"
_VECTORS = json.loads(sample("sinch/signature_vectors.json"))
VECTORS = [*_VECTORS["official"], *_VECTORS["derived"]]
EMOJI = next(vector for vector in VECTORS if vector["name"] == "derived_mo_text_emoji")
NOW = 1_736_760_161
WINDOW = 172_800
BODY = b'{"type":"mo_text"}'

each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])


def headers_of(vector: dict[str, Any]) -> dict[str, str]:
    return {
        HEADER: vector["signature"],
        f"{HEADER}-algorithm": vector["algorithm"],
        f"{HEADER}-nonce": vector["nonce"],
        f"{HEADER}-timestamp": vector["timestamp"],
    }


def identify(
    headers: dict[str, str], body: bytes, *secrets: str, at: float = NOW, window: float = WINDOW
) -> str | None:
    settings = ParseSettings(sinch_signature_window_seconds=window)
    received_at = datetime.fromtimestamp(at, UTC)
    request = Request("sinch", body, headers, {}, received_at, "d", settings=settings)
    return SinchSignature().identify(request, Secrets(hmac=secrets))


def identify_vector(
    vector: dict[str, Any], headers: dict[str, str] | None = None, body: bytes | None = None
) -> str | None:
    return identify(
        headers_of(vector) if headers is None else headers,
        vector["body"].encode() if body is None else body,
        vector["secret"],
        at=int(vector["timestamp"]),
    )


# ---- The vectors ---------------------------------------------------------------------------------------------


@each_vector
def test_a_vector_verifies(vector: dict[str, Any]) -> None:
    assert identify_vector(vector) == "hmac"


def test_the_official_vector_is_the_sample_of_a_delivery_report() -> None:
    [official] = _VECTORS["official"]

    assert official["body"].encode() == sample("sinch/signature_sms_recipient_delivery_report.body")


@each_vector
def test_with_any_byte_of_the_body_changed_it_is_refused(vector: dict[str, Any]) -> None:
    body = vector["body"].encode()
    for at in range(len(body)):
        assert identify_vector(vector, body=body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]) is None
    for changed in (b"", body[:-1], body + b"\n", b" " + body):
        assert identify_vector(vector, body=changed) is None


@each_vector
@pytest.mark.parametrize("part", ["", "-algorithm", "-nonce", "-timestamp"])
def test_with_any_character_of_a_header_changed_or_missing_it_is_refused(vector: dict[str, Any], part: str) -> None:
    headers = headers_of(vector)
    value = headers[HEADER + part]
    changed = [value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :] for at in range(len(value))]

    for wrong in (*changed, value[:-1], value + value[-1], value.swapcase() + "x", "", "-1", "0", "1e9", "٣" * 10):
        assert identify_vector(vector, {**headers, HEADER + part: wrong}) is None
    assert identify_vector(vector, {name: value for name, value in headers.items() if name != HEADER + part}) is None


@pytest.mark.parametrize("algorithm", ["HmacSHA1", "HmacSHA512", "HmacMD5", "none", "hmacsha256", "SHA256", ""])
def test_no_other_algorithm_is_taken(algorithm: str) -> None:
    assert identify_vector(EMOJI, {**headers_of(EMOJI), f"{HEADER}-algorithm": algorithm}) is None


@each_vector
def test_an_independent_computation_agrees(vector: dict[str, Any]) -> None:
    signed = ".".join((vector["body"], vector["nonce"], vector["timestamp"])).encode()

    assert base64.b64encode(hmac_sha256(vector["secret"].encode(), signed)).decode() == vector["signature"]


def test_the_body_is_signed_as_bytes_not_as_what_it_means() -> None:
    """The emoji escaped is the same JSON, and another body."""
    assert "👋" in EMOJI["body"]
    escaped = EMOJI["body"].replace("👋", "\\ud83d\\udc4b")
    assert json.loads(escaped) == json.loads(EMOJI["body"])
    assert identify_vector(EMOJI, body=escaped.encode()) is None

    for body in (b"\xff\xfe\x00", b"", b"caf\xe9"):
        assert identify(sinch_headers("s", body, timestamp=NOW), body, "s") == "hmac"


def test_the_border_between_body_and_nonce_cannot_be_moved() -> None:
    """`a.b` with nonce `c` and `a` with nonce `b.c` sign the same bytes."""
    headers = sinch_headers("s", b"a.b", nonce="c", timestamp=NOW)

    assert identify(headers, b"a.b", "s") == "hmac"
    assert identify({**headers, f"{HEADER}-nonce": "b.c"}, b"a", "s") is None


def test_a_signature_without_a_nonce_is_refused() -> None:
    assert identify(sinch_headers("s", BODY, nonce="", timestamp=NOW), BODY, "s") is None


# ---- Time ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "window", "expected"),
    [
        (0, WINDOW, "hmac"),
        (WINDOW, WINDOW, "hmac"),
        (-WINDOW, WINDOW, "hmac"),
        (WINDOW + 0.001, WINDOW, None),
        (-WINDOW - 0.001, WINDOW, None),
        (300, 300, "hmac"),
        (301, 300, None),
        (-301, 300, None),
    ],
)
def test_a_signature_holds_for_the_window_in_both_directions(age: float, window: float, expected: str | None) -> None:
    headers = sinch_headers("s", BODY, timestamp=NOW)

    assert identify(headers, BODY, "s", at=NOW + age, window=window) == expected


def test_the_window_is_longer_than_sinch_retries() -> None:
    """seed-providers, 4.6: 163,835 s, if the documented numbers are intervals."""
    assert ParseSettings().sinch_signature_window_seconds > timedelta(seconds=163_835).total_seconds()


def test_a_right_signature_of_another_time_is_told_apart_in_the_log(logs: io.StringIO) -> None:
    headers = sinch_headers("s", BODY, timestamp=NOW - WINDOW - 5)

    assert identify(headers, BODY, "wrong") is None
    assert logs.getvalue() == ""
    assert identify(headers, BODY, "s") is None
    assert json.loads(logs.getvalue())["age_seconds"] == WINDOW + 5


@pytest.mark.parametrize("timestamp", ["", " ", "now", "1736760161.0", "-1736760161", "0x67", "1" * 13, "1" * 5_000])
def test_a_time_that_is_none_is_refused_though_it_is_signed(timestamp: str) -> None:
    assert identify(sinch_headers("s", BODY, timestamp=timestamp), BODY, "s") is None


# ---- Secrets -------------------------------------------------------------------------------------------------


def test_each_of_several_secrets_is_accepted() -> None:
    for secret in ("old", "new", "sécret 🔑", "x" * 100):
        headers = sinch_headers(secret, BODY, timestamp=NOW)
        assert identify(headers, BODY, "old", "new", "sécret 🔑", "x" * 100) == "hmac"
        assert identify(headers, BODY, "another") is None
        assert identify(headers, BODY) is None
