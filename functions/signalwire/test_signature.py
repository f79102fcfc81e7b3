"""SignalWire's two signatures: which covers what, and in which header it comes."""

from inbound_sms.auth import Secrets
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings

import base64
import hmac
from datetime import UTC, datetime

import pytest

from signalwire_webhook import SIGNALWIRE

HOST, PATH = "https://example.ngrok.io", "/webhook"
URL = HOST + PATH
JSON = b'{"message":{"message_id":"1"}}'
KEY = "PSKtest1234567890abcdef"
BASE64 = "base64"


def is_authentic(covered: bytes, body: bytes, encoding: str = BASE64, header: str = "x-signalwire-signature") -> bool:
    digest = hmac.digest(KEY.encode(), covered, "sha1")
    signature = base64.b64encode(digest).decode() if encoding == BASE64 else digest.hex()
    now = datetime(2026, 1, 1, tzinfo=UTC)
    request = Request("signalwire", body, {header: signature}, {}, now, "d", ParseSettings(), base_url=HOST, path=PATH)
    return SIGNALWIRE.schemes[0].identify(request, Secrets(hmac=(KEY,))) == "hmac"


@pytest.mark.parametrize("header", ["x-signalwire-signature", "x-twilio-signature"])
@pytest.mark.parametrize(
    ("covered", "body", "encoding"),
    [
        (URL + "A1B2", b"B=2&A=1", BASE64),
        (URL + "A2A1A2", b"A=2&A=1&A=2", BASE64),  # as SignalWire's SDKs have it
        (URL + "A1A2", b"A=2&A=1&A=2", BASE64),  # as others have it
        (URL + JSON.decode(), JSON, "hex"),
        (URL + "B=2&A=1", b"B=2&A=1", "hex"),
    ],
)
def test_each_covers_the_url_and_what_was_posted(covered: str, body: bytes, encoding: str, header: str) -> None:
    assert is_authentic(covered.encode(), body, encoding, header)


@pytest.mark.parametrize(
    ("covered", "body", "encoding"),
    [
        (URL, JSON, BASE64),  # which the SDKs accept: whoever sees one could post anything
        (URL, b"A=1", BASE64),
        (URL, JSON, "hex"),
        (URL + "A1B2", b"B=2&A=1", "hex"),
        (URL + "B=2&A=1", b"B=2&A=1", BASE64),
    ],
)
def test_what_covers_less_or_the_other_form_is_refused(covered: str, body: bytes, encoding: str) -> None:
    assert not is_authentic(covered.encode(), body, encoding)
