"""Sinch's signature: the algorithm that is pinned, the border between body and nonce, the window of time."""

from inbound_sms.auth import Secrets
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings

import base64
import hmac
import io
import json
from datetime import UTC, datetime

import pytest

from sinch_signature import SIGNATURE, SinchSettings

HEADER = "x-sinch-webhook-signature"
NOW = 1_736_760_161
WINDOW = SinchSettings().signature_window_seconds
BODY = b'{"type":"mo_text"}'


def headers(
    secret: str, body: bytes, *, nonce: str = "01JHFFHWYY7HSS4FWTMDTQEK8V", time: int | str = NOW
) -> dict[str, str]:
    """Return Sinch's four headers; the shared suite holds its published vectors against our verification."""
    digest = hmac.digest(secret.encode(), body + f".{nonce}.{time}".encode(), "sha256")
    return {
        HEADER: base64.b64encode(digest).decode(),
        f"{HEADER}-algorithm": "HmacSHA256",
        f"{HEADER}-nonce": nonce,
        f"{HEADER}-timestamp": str(time),
    }


def identify(sent: dict[str, str], body: bytes, *secrets: str, at: float = NOW, window: float = WINDOW) -> str | None:
    settings = SinchSettings(signature_window_seconds=window)
    received_at = datetime.fromtimestamp(at, UTC)
    request = Request("sinch", body, sent, {}, received_at, "d", ParseSettings(), provider_settings=settings)
    return SIGNATURE.identify(request, Secrets(hmac=secrets))


@pytest.mark.parametrize("algorithm", ["HmacSHA1", "HmacSHA512", "HmacMD5", "none", "hmacsha256", "SHA256", ""])
def test_no_other_algorithm_is_taken(algorithm: str) -> None:
    assert identify({**headers("a-secret", BODY), f"{HEADER}-algorithm": algorithm}, BODY, "a-secret") is None


def test_the_body_is_signed_as_bytes_not_as_what_it_means() -> None:
    for body in (b"\xff\xfe\x00", b"", b"caf\xe9"):
        assert identify(headers("a-secret", body), body, "a-secret") == "hmac"
    assert identify(headers("a-secret", '{"a":"👋"}'.encode()), b'{"a":"\\ud83d\\udc4b"}', "a-secret") is None


def test_the_border_between_body_and_nonce_cannot_be_moved() -> None:
    """`a.b` with nonce `c` and `a` with nonce `b.c` sign the same bytes."""
    sent = headers("a-secret", b"a.b", nonce="c")

    assert identify(sent, b"a.b", "a-secret") == "hmac"
    assert identify({**sent, f"{HEADER}-nonce": "b.c"}, b"a", "a-secret") is None
    assert identify(headers("a-secret", BODY, nonce=""), BODY, "a-secret") is None


@pytest.mark.parametrize(
    ("age", "window", "expected"),
    [
        (0, WINDOW, "hmac"),
        (WINDOW, WINDOW, "hmac"),
        (WINDOW + 0.001, WINDOW, None),
        (300, 300, "hmac"),
        (301, 300, None),
        (-300, WINDOW, "hmac"),
        (-301, WINDOW, None),
    ],
)
def test_a_signature_holds_for_the_window_and_a_clock_may_be_a_little_ahead(
    age: float, window: float, expected: str | None
) -> None:
    assert identify(headers("a-secret", BODY), BODY, "a-secret", at=NOW + age, window=window) == expected


def test_the_window_is_longer_than_sinch_retries() -> None:
    """163,835 s, if the documented numbers are intervals."""
    assert WINDOW > 163_835


def test_a_right_signature_of_another_time_is_told_apart_in_the_log(logs: io.StringIO) -> None:
    sent = headers("a-secret", BODY, time=NOW - int(WINDOW) - 5)

    assert identify(sent, BODY, "a-wrong-one") is None
    assert logs.getvalue() == ""
    assert identify(sent, BODY, "a-secret") is None
    assert json.loads(logs.getvalue())["age_seconds"] == WINDOW + 5


@pytest.mark.parametrize("time", ["", " ", "now", "1736760161.0", "-1736760161", "0x67", "1" * 13, "1" * 5_000])
def test_a_time_that_is_none_is_refused_though_it_is_signed(time: str) -> None:
    assert identify(headers("a-secret", BODY, time=time), BODY, "a-secret") is None


@pytest.mark.parametrize("secret", ["sécret 🔑", "x" * 100])
def test_a_secret_may_be_of_any_characters_and_length(secret: str) -> None:
    assert identify(headers(secret, BODY), BODY, "another-one", secret) == "hmac"
