"""Our signatures are AWS's, by its own test suite; test_botocore.py compares those of our requests with botocore's."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aws_client.sigv4 import Credentials, Signer
from tests.support.providers import ROOT

CASES = json.loads((ROOT / "tests" / "aws_client" / "sigv4.json").read_text(encoding="utf-8"))["cases"]
SUITE = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


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


def test_the_key_changes_with_the_day() -> None:
    signer = Signer(Credentials("a", "b"), "sqs", "eu-west-1")
    signatures = {
        signer.sign("POST", "/", {"host": "h"}, "", datetime(2026, 1, day, tzinfo=UTC))["authorization"]
        for day in (1, 1, 2)
    }
    assert len(signatures) == 2


def test_no_secret_shows_when_printed() -> None:
    assert "secret" not in repr(Signer(Credentials("access", "secret-key", "secret-token"), "sqs", "eu-west-1"))
