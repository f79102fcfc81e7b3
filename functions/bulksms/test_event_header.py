"""X-BulkSMS-Event says what an item is that doesn't say so itself, as on the webhooks' page."""

from inbound_sms.api import InvalidPayload

import pytest

from tests.support.parsing import PROVIDERS, events_of

ITEM = b'[{"id": "1", "from": "+27000000000", "to": "+44000000000", "body": "Hi"%s}]'


@pytest.mark.parametrize(
    ("header", "type_", "kind"),
    [
        ("incoming-message", b"", "message.received"),
        ("status-report", b"", "delivery.reported"),
        ("status-report", b', "type": "RECEIVED"', "message.received"),  # what an item says of itself counts
        ("something-new", b"", "unknown"),
        (None, b"", "unknown"),
    ],
)
def test_the_header_decides_where_the_item_does_not(header: str | None, type_: bytes, kind: str) -> None:
    entry = PROVIDERS["bulksms"]
    request = entry.event(ITEM % type_)
    request["headers"] |= {"x-bulksms-event": header, "x-bulksms-delivery-attempt": "2"} if header else {}

    [event] = events_of(entry, request)
    assert event["type"] == f"inbound-sms.{kind}.v1"


def test_a_binary_body_that_is_not_hexadecimal_is_quarantined() -> None:
    entry = PROVIDERS["bulksms"]
    with pytest.raises(InvalidPayload, match="body: not hexadecimal"):
        events_of(entry, entry.event(ITEM % b', "type": "RECEIVED", "encoding": "BINARY"'))
