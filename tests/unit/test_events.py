"""Whatever the provider wrote, its event is a CloudEvent (of each sample: component/test_samples.py)."""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from inbound_sms.events import Event
from inbound_sms.events.numbers import parse_number
from inbound_sms.parsing.hashing import hash_of
from inbound_sms.parsing.normalise import message
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings

RECEIVED_AT = datetime(2026, 7, 1, 12, 0, 0, 250_000, tzinfo=UTC)

# SQS: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF
SQS_REFUSES = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# RFC 3986: path-absolute, each of its segments made of pchar and not empty
PATH_ABSOLUTE = re.compile(r"(?:/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-F]{2})+)+")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

# SHA-256 of "sample/" and 10,000 times "a": DynamoDB takes no key of more than 2,048 bytes
LONG_ID_HASH = "1556070ba7fc6b64e6c81e4fb80a71fe00f109a022b49f5df3f2f73052927e60"
HOSTILE = [
    "", " ", "\x00\x01\x08\x0b\x0c\x1f\x7f\x85", "\ufffe\uffff\U0001fffe\U0010ffff\ue000\ufeff",
    "perché 👍 \u2028\u2029 \u202e", 'quote " backslash \\ \\ud800 \\uffff slash / tab \t end',
    "https://example.com/a?b=c#d", "../../other provider//x", "%00%zz%", "a" * 10_000,
]  # fmt: skip


def sms(own_id: str = "id-1", sender: str = "", recipient: str = "", **said: Any) -> Event:
    request = Request("sample", b"body", {}, {}, RECEIVED_AT, "delivery-1", ParseSettings())
    defaults: dict[str, Any] = {"message_id": own_id, "text": "Hello", "payload": {"a": 1}}
    numbers = {"sender": parse_number(sender), "recipient": parse_number(recipient)}
    return message(request, own_id, **(defaults | numbers | said))


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: ascii(value)[:20])
def test_whatever_the_provider_wrote_sqs_takes_it_and_subscribers_read_it_unchanged(hostile: str) -> None:
    payload = {"text": hostile, hostile: [hostile, {hostile: None}]}
    event = sms(hostile, hostile, hostile, account=hostile, text=hostile, encoding=hostile, payload=payload)
    document = event.to_json()
    read = JSONFormat().read(CloudEvent, document)
    data = read.get_data()

    assert not SQS_REFUSES.search(document)
    assert isinstance(data, dict)
    assert read.get_id() == (f"sample/{hostile}" if len(hostile) < 1_000 else "sample/sha256:" + LONG_ID_HASH)
    assert (data["text"], data["account"], data["encoding"]) == (hostile, hostile, hostile)
    assert (data["sender"]["raw"], data["recipient"]["raw"]) == (hostile, hostile)
    assert data["provider_payload"] == payload
    assert PATH_ABSOLUTE.fullmatch(read.get_source()), "a URI reference with the account as its last part"
    assert [*map(unquote, read.get_source().split("/"))] == ["", "inbound-sms", "sample", *filter(None, [hostile])]


def test_numbers_of_the_payload_stay_what_they_are_and_what_json_has_no_word_for_becomes_text() -> None:
    sent = [0, -1, 2**63, 10**30, 0.0446592, 1e-9, 1.5e300, float("inf"), -float("inf"), float("nan")]

    document = json.loads(sms(payload={"a": sent}).to_json(), parse_constant=pytest.fail)
    assert document["data"]["provider_payload"] == {"a": [*sent[:7], "Infinity", "-Infinity", "NaN"]}


def test_times_are_written_as_rfc_3339() -> None:
    for time in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), RECEIVED_AT):
        document = json.loads(sms(provider_received_at=time, sent_at=time).to_json())
        for written in (document["time"], document["data"]["provider_received_at"], document["data"]["sent_at"]):
            assert RFC_3339.fullmatch(written)
            assert datetime.fromisoformat(written) == time


def test_a_stop_word_sets_opt_out_and_takes_nothing_away() -> None:
    for text, opt_out in ((" Stop ", True), ("please stop", False), (None, False)):
        data = json.loads(sms(text=text).to_json())["data"]
        assert (data["text"], data["opt_out"]) == (text, opt_out)


def test_a_hash_of_several_values_tells_where_each_of_them_ends() -> None:
    # "1:a" "2:bc" and so on, by any other tool: printf '1:a2:bc' | sha256sum
    assert hash_of(b"a", b"bc") == hashlib.sha256(b"1:a2:bc").hexdigest()
    assert len({hash_of(b"ab", b"c"), hash_of(b"a", b"bc"), hash_of(b"abc"), hash_of(b"abc", b""), hash_of()}) == 5
