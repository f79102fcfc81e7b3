"""What subscribers can filter by: who wrote from which country, with which word, to whom of us."""

import json
from typing import Any

import pytest

from gateway.operations.subscriptions import ATTRIBUTES as FILTERED
from inbound_sms.events.numbers import country_code_of, parse_number
from inbound_sms.publishing.message_attributes import first_word, message_attributes, read_routes
from inbound_sms.publishing.queued import QueuedData, QueuedEvent
from schemas.make import ATTRIBUTES

MESSAGE, REPORT = "inbound-sms.message.received.v1", "inbound-sms.delivery.reported.v1"
OURS, THEIRS = parse_number("+4534735477"), parse_number("+393351234567")
SMILE = "\N{GRINNING FACE}"


def event(type_: str = MESSAGE, **data: Any) -> QueuedEvent:
    own = QueuedData.model_validate({"provider": "acme", "delivery_id": "d"} | data)
    return QueuedEvent(id="1", type=type_, data=own)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, {}),
        ({"account": " ", "sender": {"raw": "\t"}, "recipient": {"raw": " a"}}, {"recipient": " a"}),
        ({"sender": {"raw": "4477", "number": "+4477"}}, {"sender": "+4477", "country_code": "44"}),
        ({"text": "News ON"}, {"first_word": "news"}),
        ({"opt_out": True}, {"opt_out": "true"}),
        ({"consent": {"action": "opt_in", "decided_by": "keyword"}}, {"consent": "opt_in"}),
        ({"consent": None}, {}),
        ({"sender": {"raw": SMILE * 300}}, {"sender": SMILE * 256}),
        ({"sender": {"raw": "a\x00\x08\x0b\x1fb"}}, {"sender": "a\ufffd\ufffd\ufffd\ufffdb"}),
        ({"account": "\ufffe\uffff"}, {"account": "\ufffd\ufffd"}),
        ({"account": "a\tb\nc\r"}, {"account": "a\tb\nc\r"}),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_attributes(data: dict[str, Any], expected: dict[str, str]) -> None:
    assert message_attributes(event(**data)) == {"type": MESSAGE, "provider": "acme", **expected}


def test_every_attribute_at_once_and_as_long_as_can_be() -> None:
    wide, letters = SMILE * 10_000, "\U00020000" * 10_000
    sender = {"raw": wide, "number": "+999" + "1" * 12}
    said = {"opt_out": False, "consent": {"action": wide}, "text": letters}
    full = event(wide, provider=wide, account=wide, sender=sender, recipient={"raw": wide}, **said)
    attributes = message_attributes(full, {wide: wide})

    assert set(attributes) == set(ATTRIBUTES) == FILTERED, "what asyncapi.json tells subscribers, and doctor knows"
    assert len(attributes) <= 10, "SNS discards a message of more, with raw delivery to SQS"
    size = sum(len(name) + len("String") + len(value.encode()) for name, value in attributes.items())
    assert size <= 8_192, "what the webhooks leave free for them (max_event_bytes)"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+16051234567", "1"), ("+77012345678", "7"), ("+201001234567", "20"), ("+211912345678", "211"),
        ("+27821234567", "27"), ("+290212345", "290"), ("+35054012345", "350"), ("+37258881001", "372"),
        ("+393351234567", "39"), ("+423660123456", "423"), ("+4534735477", "45"), ("+59171234567", "591"),
        ("+61412345678", "61"), ("+67072123456", "670"), ("+8613812345678", "86"), ("+8801812345678", "880"),
        ("+98912345678", "98"), ("+99365123456", "993"),
        ("12345", None), ("MyBank", None), ("0480000000", None), ("", None),
    ],
)  # fmt: skip
def test_country_code(number: str, code: str | None) -> None:
    assert country_code_of(parse_number(number, international=True)) == code


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("News ON", "news"), ("  stop.", "stop"), ("“Stop!” she said", "stop"), ("#promo2026 please", "promo2026"),
        ("don't", "don't"), ("ÀÉ è", "àé"), ("हिन्दी में", "हिन्दी"), ("👍 yes", "yes"), ("1 2", "1"),
        ("...", None), ("👍", None), ("", None), (None, None),
        ("a" * 1_000_000, "a" * 64), ("! " * 1_000_000 + "late", None),
        ("! " * 7 + "soon enough", "soon"), ("! " * 8 + "late", None),
        ("!" * 127 + "soon", "s"), ("!" * 128 + "late", None),
    ],
    ids=lambda value: ascii(value)[:20],
)  # fmt: skip
def test_first_word(text: str | None, word: str | None) -> None:
    assert first_word(text) == word


@pytest.mark.parametrize(
    ("type_", "sender", "recipient", "code", "route"),
    [
        (MESSAGE, THEIRS, OURS, "39", "sales"),
        (REPORT, OURS, THEIRS, "39", "sales"),
        ("inbound-sms.link.clicked.v1", None, THEIRS, None, None),
        (MESSAGE, OURS, THEIRS, "45", None),  # one of our numbers writes to a stranger's
    ],
)
def test_the_country_is_the_persons_and_the_route_our_numbers(
    type_: str, sender: Any, recipient: Any, code: str | None, route: str | None
) -> None:
    routes = {"+4534735477": "sales", "x": "a name of one letter"}
    attributes = message_attributes(event(type_, sender=sender, recipient=recipient), routes)

    assert (attributes.get("country_code"), attributes.get("route")) == (code, route)


NO_NAME = "the name in entry 1 is not a string of 1 to 256 characters"
NO_OBJECT = 'not a JSON object like {"+4534735477": "sales"}'


@pytest.mark.parametrize(
    ("setting", "routes", "faults"),
    [
        ("", {}, []),
        ('{"+4534735477": "sales", "12345": "club"}', {"+4534735477": "sales", "12345": "club"}, []),
        ('{"4534735477": "a", "0480 000": "b", "My Shop": "c"}', {"+4534735477": "a", "0480 000": "b", "My Shop": "c"},
         []),
        ('{"1234567890": ', {}, ["not JSON (line 1, column 16)"]),
        ('{\n "1234" 7}', {}, ["not JSON (line 2, column 9)"]),
        ("[" * 100_000, {}, ["not JSON (line 1, column 1)"]),
        ('["+4534735477"]', {}, [NO_OBJECT]),
        ('{"": "a", "1234": "b"}', {"1234": "b"}, ["entry 1 has no number"]),
        ('{"1234": 7, "12345": "b"}', {"12345": "b"}, [NO_NAME]),
        ('{"1234": ""}', {}, [NO_NAME]),
        (json.dumps({"1234": "x" * 257}), {}, [NO_NAME]),
        ('{"+45": "a", "12345678": "a", "+12345678": "b"}', {"+45": "a", "+12345678": "a"},
         ["entry 3 has the same number as an earlier one"]),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_what_is_right_of_the_routes_counts_and_what_is_wrong_is_named(
    setting: str, routes: dict[str, str], faults: list[str]
) -> None:
    assert read_routes(setting) == (routes, faults)
