"""Plivo's signatures: which of several headers counts, what each covers, and where V2 is not enough."""

from inbound_sms.auth import Secrets
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings

import base64
import hmac
from datetime import UTC, datetime

import pytest

from plivo_webhook import PLIVO, PlivoSettings

HOST, PATH = "https://gw.example.com", "/plivo"
URL = HOST + PATH
TOKEN = "my_auth_token"
V2, MA_V2, V3, MA_V3 = (f"x-plivo-signature-{name}" for name in ("v2", "ma-v2", "v3", "ma-v3"))


def over(covered: str) -> str:
    return base64.b64encode(hmac.digest(TOKEN.encode(), covered.encode(), "sha256")).decode()


RIGHT_V3 = over(f"{URL}?A1B2.5")  # of a form of A and B
RIGHT_V2 = over(f"{URL}5")


def is_authentic(
    headers: dict[str, str], body: bytes = b"B=2&A=1", query: str = "", nonce: str = "5", accept_v2: bool = True
) -> bool:
    sent = {"x-plivo-signature-v2-nonce": nonce, "x-plivo-signature-v3-nonce": nonce, **headers}
    now, settings = datetime(2026, 1, 1, tzinfo=UTC), PlivoSettings(accept_v2=accept_v2)
    request = Request("plivo", body, sent, {}, now, "d", ParseSettings(), base_url=HOST, path=PATH, raw_query=query)
    request = request._replace(provider_settings=settings)
    return PLIVO.schemes[0].identify(request, Secrets(hmac=(TOKEN,))) == "hmac"


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({V3: RIGHT_V3}, True),
        ({MA_V3: RIGHT_V3}, True),
        ({V3: over("a call"), MA_V3: RIGHT_V3}, True),  # as messages have been seen
        ({V3: f"{over('another token')}, {RIGHT_V3}"}, True),
        ({V3: "", MA_V3: "", V2: RIGHT_V2}, True),
        ({V2: RIGHT_V2}, True),
        ({MA_V2: RIGHT_V2}, True),
        ({V3: over("a call"), V2: RIGHT_V2}, False),  # V2 would let a changed form in
        ({V3: RIGHT_V2}, False),
        ({V2: RIGHT_V3}, False),
        ({}, False),
    ],
)
def test_v3_counts_where_there_is_one(headers: dict[str, str], let_in: bool) -> None:
    assert is_authentic(headers) == let_in


def test_v2_covers_the_url_alone_and_can_be_switched_off() -> None:
    assert is_authentic({V2: RIGHT_V2}, body=b"another=form", query="and=query")
    assert not is_authentic({V2: RIGHT_V2}, accept_v2=False)
    assert is_authentic({V3: RIGHT_V3}, accept_v2=False)


@pytest.mark.parametrize(
    ("covered", "body", "query"),
    [
        ("?x=1&y=a b.A1B2.5", b"B=2&A=1", "y=a%20b&x=1"),
        ("?A1A2.5", b"A=2&A=1", ""),
        ("?A.5", b"A=", ""),
        ("?x=1.5", b"", "x=1"),
        (".5", b"", ""),
    ],
)
def test_v3_covers_the_sorted_query_and_form(covered: str, body: bytes, query: str) -> None:
    assert is_authentic({V3: over(URL + covered)}, body, query)
    assert not is_authentic({V3: over(URL + covered)}, body + b"&more=1", query)
    assert not is_authentic({V3: over(URL + covered)}, body, query + "&more=1")


def test_the_border_between_form_and_nonce_cannot_be_moved() -> None:
    signed = {V3: over(f"{URL}?A1.2.5")}

    assert is_authentic(signed, b"A=1.2")
    assert not is_authentic(signed, b"A=1", nonce="2.5")
