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
from hypothesis import given
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


def signed_by_botocore(auth: type[SigV4Auth], key: tuple[str, str, str | None], request: AWSRequest) -> dict[str, str]:
    request.context["payload_signing_enabled"] = True
    with patch("botocore.auth.get_current_datetime", return_value=NOW):
        auth(theirs.Credentials(*key), "s3" if auth is S3SigV4Auth else "sqs", "eu-west-1").add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@given(method=st.sampled_from(["GET", "PUT"]), path=TEXT, query=st.dictionaries(TEXT, TEXT, max_size=3),
       headers=HEADERS, body=st.binary(max_size=50), access=KEYS, secret=KEYS, token=TOKENS)  # fmt: skip
def test_any_request_to_s3_is_signed_as_botocore_does(
    *, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes,
    access: str, secret: str, token: str | None,
) -> None:  # fmt: skip
    target = "/" + quote(path, safe="/~") + ("?" + urlencode(query, quote_via=quote, safe="~") if query else "")
    url = "https://bucket.s3.eu-west-1.amazonaws.com" + target
    expected = signed_by_botocore(S3SigV4Auth, (access, secret, token), AWSRequest(method, url, headers, body))

    payload_hash = hashlib.sha256(body).hexdigest()
    ours = headers | {"host": "bucket.s3.eu-west-1.amazonaws.com", "x-amz-content-sha256": payload_hash}
    signer = Signer(Credentials(access, secret, token), "s3", "eu-west-1")
    added = signer.sign(method, target, ours, payload_hash, NOW)

    assert {name: expected[name] for name in added} == added
    assert expected["x-amz-content-sha256"] == payload_hash


@given(headers=HEADERS, body=st.binary(max_size=200), access=KEYS, secret=KEYS, token=TOKENS)
def test_any_request_to_another_service_is_signed_as_botocore_does(
    headers: dict[str, str], body: bytes, access: str, secret: str, token: str | None
) -> None:
    url = "https://sqs.eu-west-1.amazonaws.com/"
    expected = signed_by_botocore(SigV4Auth, (access, secret, token), AWSRequest("POST", url, headers, body))

    signer = Signer(Credentials(access, secret, token), "sqs", "eu-west-1")
    ours = headers | {"host": "sqs.eu-west-1.amazonaws.com"}
    added = signer.sign("POST", "/", ours, hashlib.sha256(body).hexdigest(), NOW)

    assert {name: expected[name] for name in added} == added


def test_the_key_changes_with_the_day() -> None:
    signer = Signer(Credentials("a", "b"), "sqs", "eu-west-1")
    signatures = {
        signer.sign("POST", "/", {"host": "h"}, "", datetime(2026, 1, day, tzinfo=UTC))["authorization"]
        for day in (1, 1, 2)
    }
    assert len(signatures) == 2


def test_no_secret_shows_when_printed() -> None:
    assert "secret" not in repr(Signer(Credentials("access", "secret-key", "secret-token"), "sqs", "eu-west-1"))
