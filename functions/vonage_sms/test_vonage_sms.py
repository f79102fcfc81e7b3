"""Vonage's check of the URL, and what its signature covers; the shared suites hold its vectors against it."""

from inbound_sms.auth import Secrets
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings

import hashlib
import hmac
import io
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from bench.api_event import api_event
from tests.support.memory import Memory
from tests.support.providers import those
from vonage_sms_signature import VonageSmsSettings
from vonage_sms_webhook import VONAGE_SMS

NOW = 1_577_880_000
SECRET = "the-secret"
FIELDS = {"messageId": "1", "msisdn": "447700900001", "text": "a=b & c", "timestamp": str(NOW), "to": ""}
BASE = f"&messageId=1&msisdn=447700900001&text=a_b _ c&timestamp={NOW}"  # and &to=


def sig(base: str, method: str = "sha256") -> str:
    if method == "md5hash":
        return hashlib.md5((base + SECRET).encode(), usedforsecurity=False).hexdigest()
    return hmac.new(SECRET.encode(), base.encode(), method).hexdigest()


def identify(body: bytes, *, at: float = NOW, method: str = "POST", **settings: object) -> str | None:
    request = Request(
        "vonage-sms",
        body if method == "POST" else b"",
        {},
        {},
        datetime.fromtimestamp(at, UTC),
        "d",
        ParseSettings(),
        method=method,
        raw_query=body.decode() if method == "GET" else "",
        provider_settings=VonageSmsSettings.model_validate(settings),
    )
    [scheme] = [scheme for scheme in VONAGE_SMS.schemes if scheme.name == "hmac"]
    return scheme.identify(request, Secrets(hmac=(SECRET,)))


def form(base: str = BASE + "&to=", **changes: str) -> bytes:
    return urlencode({**FIELDS, "sig": sig(base), **changes}).encode()


@pytest.mark.parametrize(
    ("method", "query", "body", "status"),
    [
        ("GET", "", b"", 200),
        ("HEAD", "", b"", 200),
        ("GET", "text=x", b"", 401),
        ("GET", "sig=x", b"", 401),
        ("POST", "", b"", 401),
        ("POST", "", b"{}", 401),
    ],
)
def test_the_check_of_the_url_needs_no_credentials_and_nothing_else_goes_without(
    memory: Memory, method: str, query: str, body: bytes, status: int
) -> None:
    [entry] = those(lambda entry: entry.provider is VONAGE_SMS)
    event = api_event("/vonage-sms", body, {}, method=method, query=query)

    assert memory.receiver(entry).handle(event)["statusCode"] == status
    assert memory.queued() == []
    assert memory.quarantined() == []


@pytest.mark.parametrize("base", [BASE + "&to=", BASE], ids=["blank values signed", "blank values left out"])
def test_query_form_and_json_are_signed_alike(base: str) -> None:
    signed = {**FIELDS, "sig": sig(base)}
    numbers = {**signed, "timestamp": NOW, "messageId": 1, "msisdn": 447700900001}

    assert identify(form(base)) == "hmac"
    assert identify(form(base), method="GET") == "hmac"
    assert identify(json.dumps(signed).encode()) == "hmac"
    assert identify(json.dumps(numbers).encode()) == "hmac"


@pytest.mark.parametrize("named", ["any", "md5hash", "md5", "sha1", "sha256", "sha512"])
def test_a_setting_names_the_method(named: str) -> None:
    methods = ["md5hash", "md5", "sha1", "sha256", "sha512"]
    accepted = [each for each in methods if identify(form(sig=sig(BASE, each)), signature_method=named)]

    assert accepted == (methods if named == "any" else [named])


@pytest.mark.parametrize(
    "body",
    [
        urlencode(
            {"messageId": "1", "msisdn=447700900001&text": "a=b & c", "timestamp": NOW, "sig": sig(BASE)}
        ).encode(),
        form() + b"&text=another",
        form(sig=""),
        form(sig="\u00e9"),
        form(sig="\u0131" * 64),
        b"{" + form(),
        b"[]",
        b"\xff",
        b"",
    ],
)
def test_what_hides_or_repeats_a_parameter_or_has_no_signature_is_refused(body: bytes) -> None:
    assert identify(body) is None


@pytest.mark.parametrize("time", ["", "soon", "-1", "1" * 13, "1577880000.0", "\u0661"])
def test_a_time_that_is_none_is_refused_though_it_is_signed(time: str) -> None:
    base = BASE.replace(str(NOW), time) + "&to="

    assert identify(form(base, timestamp=time), at=1) is None


@pytest.mark.parametrize(
    ("age", "expected"), [(0, "hmac"), (172_800, "hmac"), (172_801, None), (-300, "hmac"), (-301, None)]
)
def test_a_signature_holds_for_two_days(age: float, expected: str | None, logs: io.StringIO) -> None:
    assert identify(form(), at=NOW + age) == expected
    assert ("outside the window" in logs.getvalue()) == (expected is None)
