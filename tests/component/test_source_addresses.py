"""An allow-list of source addresses, besides the secret, for every provider."""

import io
from typing import Any

import pytest

from tests.support.providers import Registered, registered
from tests.support.world import World

LISTED = ["52.220.117.120", "198.51.100.0/24", "2001:db8::/32"]

pytestmark = pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.provider.name)


def post(entry: Registered, aws: World, source_ip: str, credentials: Any = "right") -> dict[str, Any]:
    event = entry.event(credentials=credentials)
    event["requestContext"]["http"]["sourceIp"] = source_ip
    event["headers"]["x-forwarded-for"] = "52.220.117.120"  # anybody can write that
    return aws.receiver(entry, entry.secrets | {"source_ips": LISTED}).handle(event)


@pytest.mark.parametrize("source_ip", ["52.220.117.120", "198.51.100.7", "2001:db8:1::1", "::ffff:198.51.100.7"])
def test_a_listed_address_gets_in_with_the_secret_only(entry: Registered, aws: World, source_ip: str) -> None:
    assert post(entry, aws, source_ip)["statusCode"] == 200
    assert post(entry, aws, source_ip, "wrong")["statusCode"] == 401
    assert post(entry, aws, source_ip, "missing")["statusCode"] == 401
    assert len(aws.queued()) == 1


@pytest.mark.parametrize("source_ip", ["52.220.117.121", "198.51.101.7", "2001:db9::1", "::1", "", "unknown"])
def test_another_address_is_refused_with_the_right_secret_and_named_in_the_log(
    entry: Registered, aws: World, source_ip: str, logs: io.StringIO
) -> None:
    response = post(entry, aws, source_ip)

    assert (response["statusCode"], response["body"]) == (401, entry.provider.refused.body)
    assert f'"source_ip":"{source_ip}"' in logs.getvalue()
    assert "refused: source address not on the list" in logs.getvalue()
    assert aws.queued() == []
    assert aws.quarantined() == []


def test_an_event_without_an_address_is_refused_where_there_is_a_list(entry: Registered, aws: World) -> None:
    event = entry.event()
    del event["requestContext"]
    limited = aws.receiver(entry, entry.secrets | {"source_ips": LISTED})

    assert limited.handle(event)["statusCode"] == 401
    assert aws.receiver(entry).handle(event)["statusCode"] == 200
