"""Sinch's own side: its retries, how it reads a response, its signature."""

import base64
import hashlib
import hmac

import pytest

from functions.sinch.sender import SENDER, sign
from gateway.simulator.sender import Post, Verdict

OK, AGAIN, GIVEN_UP = Verdict.DELIVERED, Verdict.AGAIN, Verdict.GIVEN_UP


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [((200, 201, 204), OK), ((429, 500, 502, 503), AGAIN), ((302, 400, 401, 404, 413), GIVEN_UP)],
)
def test_it_reads_the_status(statuses: tuple[int, ...], verdict: Verdict) -> None:
    assert {SENDER.retries.read(status, b"") for status in statuses} == {verdict}


def test_it_tries_again_for_45_hours() -> None:
    waits = [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 40960, 81920]
    assert list(SENDER.retries.waits) == waits
    assert sum(SENDER.retries.waits) // 3_600 == 45


def test_it_signs_body_nonce_and_time() -> None:
    headers = sign(Post("https://sms.example/sinch", body=b"{}"), "secret").headers
    prefix = "x-sinch-webhook-signature"
    signed = f"{{}}.{headers[f'{prefix}-nonce']}.{headers[f'{prefix}-timestamp']}".encode()
    assert headers[f"{prefix}-algorithm"] == "HmacSHA256"
    assert base64.b64decode(headers[prefix]) == hmac.digest(b"secret", signed, hashlib.sha256)
