"""An allow-list of source addresses, besides the secret."""

import io
from typing import Any

import pytest

from tests.support.acme.sender import ACME_ENTRY
from tests.support.world import World

LIMITED = ACME_ENTRY.secrets | {"source_ips": ["52.220.117.120", "198.51.100.0/24", "2001:db8::/32"]}


def event(source_ip: str | None, credentials: Any = "right") -> dict[str, Any]:
    made = ACME_ENTRY.event(credentials=credentials)
    made["requestContext"]["http"]["sourceIp"] = source_ip
    if source_ip is None:
        del made["requestContext"]["http"]["sourceIp"]
    made["headers"]["x-forwarded-for"] = "52.220.117.120"  # anybody can write that
    return made


@pytest.mark.parametrize("source_ip", ["52.220.117.120", "198.51.100.7", "2001:db8:1::1", "::ffff:198.51.100.7"])
def test_a_listed_address_gets_in_with_the_secret_only(aws: World, source_ip: str) -> None:
    statuses = {
        credentials: aws.receiver(ACME_ENTRY, LIMITED).handle(event(source_ip, credentials))["statusCode"]
        for credentials in ("right", "wrong", "missing")
    }
    assert statuses == {"right": 200, "wrong": 401, "missing": 401}
    assert len(aws.queued()) == 1


@pytest.mark.parametrize("source_ip", ["52.220.117.121", "198.51.101.7", "2001:db9::1", "", None])
def test_another_address_is_refused_with_the_right_secret_and_named_in_the_log(
    aws: World, source_ip: str | None, logs: io.StringIO
) -> None:
    response = aws.receiver(ACME_ENTRY, LIMITED).handle(event(source_ip))

    assert (response["statusCode"], response["body"]) == (401, '{"error":"wrong or missing credentials"}')
    assert f'"source_ip":"{source_ip or ""}"' in logs.getvalue()
    assert "refused: source address not on the list" in logs.getvalue()
    assert (aws.queued(), aws.quarantined()) == ([], [])
