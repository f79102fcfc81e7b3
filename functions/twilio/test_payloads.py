"""What Event Streams may put into their array beside what Twilio documents."""

import json
from typing import Any

import pytest

from tests.support.parsing import PROVIDERS, parse
from verification.oracle import posted, take

DATA = {"messageSid": "SM1", "from": "+11234567890", "to": "+12345678901", "body": "Ahoy!"}
FILE = {"MediaUrl0": "https://example.com/a", "MediaContentType0": 5}


def item(**more: Any) -> dict[str, Any]:
    return {"type": "com.twilio.messaging.inbound-message.received", "data": DATA | more}


@pytest.mark.parametrize(
    ("items", "outcome"),
    [([item(), None], "quarantined"), ([item(), "text"], "quarantined"), ([item(**FILE)], "accepted")],
    ids=["null", "a text", "a content type that is a number"],
)
def test_an_item_of_another_shape_is_no_fault_of_the_parser(items: list[Any], outcome: str) -> None:
    request = posted("twilio", json.dumps(items).encode(), "application/json")

    assert take(PROVIDERS["twilio"].provider, request) == outcome


def test_a_failure_that_names_no_recipient_is_nobodys_opt_out() -> None:
    event = parse("twilio", b"MessageSid=SM1&MessageStatus=failed&ErrorCode=21610", "application/x-www-form-urlencoded")

    assert event["type"] == "inbound-sms.delivery.reported.v1"
