"""Our signatures are AWS's: by its own test suite, and by botocore's signers over random requests."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, urlencode

import pytest
from botocore import credentials as theirs
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_client.sigv4 import Credentials, Signer
from tests.support.providers import ROOT

CASES = json.loads((ROOT / "tests" / "aws_client" / "sigv4.json").read_text(encoding="utf-8"))["cases"]
SUITE = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
NOW = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)

TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30)
HEADERS = st.dictionaries(st.from_regex(r"x-[A-Za-z0-9]{1,8}", fullmatch=True), VALUES, max_size=4).filter(
    lambda headers: len({name.lower() for name in headers}) == len(headers)
)
KEYS = st.text(st.sampled_from("ABCabc019/+="), min_size=1, max_size=40)
TOKENS = st.none() | KEYS


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_published_suite(case: dict[str, Any]) -> None:
    payload_hash = hashlib.sha256(case["body"].encode()).hexdigest()
    headers = case["headers"] | ({"x-amz-content-sha256": payload_hash} if case["sign_body"] else {})
    signer = Signer(Credentials(*SUITE, case["token"]), "service", "us-east-1")
    now = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)

    added = signer.sign(case["method"], case["target"], headers, payload_hash, now)

    assert added["authorization"] == case["authorization"]
    assert added.get("x-amz-security-token") == case["token"]
    assert added["x-amz-date"] == "20150830T123600Z"


@settings(max_examples=60)
@given(method=st.sampled_from(["GET", "PUT"]), path=TEXT, query=st.dictionaries(TEXT, TEXT, max_size=3),
       headers=HEADERS, body=st.binary(max_size=50), key=st.tuples(KEYS, KEYS, TOKENS))  # fmt: skip
@pytest.mark.parametrize("service", ["s3", "sqs"])
def test_any_request_is_signed_as_botocore_does(
    *, service: str, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes,
    key: tuple[str, str, str | None],
) -> None:  # fmt: skip
    """Only S3 has paths and queries here, and signs the body's hash as a header of its own."""
    host, target, payload_hash = f"{service}.eu-west-1.amazonaws.com", "/", hashlib.sha256(body).hexdigest()
    if service == "s3":
        target = "/" + quote(path, safe="/~") + ("?" + urlencode(query, quote_via=quote, safe="~") if query else "")
    request = AWSRequest(method, f"https://{host}{target}", headers, body)
    request.context["payload_signing_enabled"] = True
    with patch("botocore.auth.get_current_datetime", return_value=NOW):
        auth = S3SigV4Auth if service == "s3" else SigV4Auth
        auth(theirs.Credentials(*key), service, "eu-west-1").add_auth(request)

    ours = headers | {"host": host} | ({"x-amz-content-sha256": payload_hash} if service == "s3" else {})
    added = Signer(Credentials(*key), service, "eu-west-1").sign(method, target, ours, payload_hash, NOW)

    assert added.items() <= {name.lower(): value for name, value in request.headers.items()}.items()


def test_the_key_changes_with_the_day() -> None:
    signer = Signer(Credentials("a", "b"), "sqs", "eu-west-1")
    signatures = {
        signer.sign("POST", "/", {"host": "h"}, "", datetime(2026, 1, day, tzinfo=UTC))["authorization"]
        for day in (1, 1, 2)
    }
    assert len(signatures) == 2


def test_no_secret_shows_when_printed() -> None:
    assert "secret" not in repr(Signer(Credentials("access", "secret-key", "secret-token"), "sqs", "eu-west-1"))
