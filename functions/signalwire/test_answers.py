"""Whoever posts JSON gets SWML, whoever posts a form cXML, whatever is packed or broken about it."""

from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings

import gzip
from datetime import UTC, datetime

import pytest

from signalwire_webhook import SIGNALWIRE

JSON = b'{"message": {}}'


@pytest.mark.parametrize(
    ("body", "encoding", "content_type"),
    [
        (JSON, "", "application/json"),
        (b"\xef\xbb\xbf " + JSON, "", "application/json"),
        (gzip.compress(JSON, mtime=0), "gzip", "application/json"),
        (JSON, "gzip", "text/xml"),  # can't be unpacked
        (b"MessageSid=1", "", "text/xml"),
        (b"", "", "text/xml"),
    ],
)
def test_the_answer_is_in_the_language_that_was_asked_in(body: bytes, encoding: str, content_type: str) -> None:
    now, headers = datetime(2026, 1, 1, tzinfo=UTC), {"content-encoding": encoding}
    request = Request("signalwire", body, headers, {}, now, "d", ParseSettings())

    assert {SIGNALWIRE.respond(outcome, request).content_type for outcome in ("accepted", "quarantined")} == {
        content_type
    }
