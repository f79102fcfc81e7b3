"""What subscribers can filter by: who wrote from which country, with which word, to whom of us."""

import json
from typing import Any

import pytest

from inbound_sms.events.numbers import country_code_of, parse_number
from inbound_sms.publishing.message_attributes import first_word, message_attributes, read_routes
from inbound_sms.publishing.queued import QueuedData, QueuedEvent

MESSAGE, REPORT = "inbound-sms.message.received.v1", "inbound-sms.delivery.reported.v1"
OURS, THEIRS = parse_number("+4534735477"), parse_number("+393351234567")


def event(type_: str, **data: Any) -> QueuedEvent:
    return QueuedEvent(id="1", type=type_, data=QueuedData(provider="sinch", delivery_id="d", **data))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+16051234567", "1"),
        ("+77012345678", "7"),
        ("+201001234567", "20"),
        ("+211912345678", "211"),
        ("+27821234567", "27"),
        ("+290212345", "290"),
        ("+35054012345", "350"),
        ("+37258881001", "372"),
        ("+393351234567", "39"),
        ("+423660123456", "423"),
        ("+4534735477", "45"),
        ("+59171234567", "591"),
        ("+61412345678", "61"),
        ("+67072123456", "670"),
        ("+8613812345678", "86"),
        ("+8801812345678", "880"),
        ("+98912345678", "98"),
        ("+99365123456", "993"),
        ("22675200209", "226"),  # without its plus it is the same number
        ("12345", None),
        ("MyBank", None),
        ("0480000000", None),
        ("", None),
    ],
)
def test_country_code(number: str, code: str | None) -> None:
    assert country_code_of(parse_number(number)) == code


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("News ON", "news"),
        ("  stop.", "stop"),
        ("“Stop!” she said", "stop"),
        ("#promo2026 please", "promo2026"),
        ("don't", "don't"),
        ("ÀÉ è", "àé"),
        ("हिन्दी में", "हिन्दी"),
        ("👍 yes", "yes"),
        ("...", None),
        ("👍", None),
        ("", None),
        (None, None),
        ("a" * 1_000_000, "a" * 64),
        ("! " * 1_000_000 + "late", None),
        ("! " * 7 + "soon enough", "soon"),
        ("! " * 8 + "late", None),
        ("!" * 127 + "soon", "s"),
        ("!" * 128 + "late", None),
        ("1 2", "1"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_first_word(text: str | None, word: str | None) -> None:
    assert first_word(text) == word


@pytest.mark.parametrize(
    ("type_", "sender", "recipient", "code", "route"),
    [
        (MESSAGE, THEIRS, OURS, "39", "sales"),
        (REPORT, OURS, THEIRS, "39", "sales"),
        ("inbound-sms.link.clicked.v1", None, THEIRS, None, None),
        (MESSAGE, OURS, THEIRS, "45", None),  # one of our numbers writes to a stranger's
        (MESSAGE, THEIRS, None, "39", None),
    ],
)
def test_the_country_is_the_persons_and_the_route_our_numbers(
    type_: str, sender: Any, recipient: Any, code: str | None, route: str | None
) -> None:
    routes = {"+4534735477": "sales", "x": "a name of one letter"}
    attributes = message_attributes(event(type_, sender=sender, recipient=recipient), routes)

    assert (attributes.get("country_code"), attributes.get("route")) == (code, route)


@pytest.mark.parametrize(
    ("setting", "routes", "faults"),
    [
        ("", {}, []),
        (" \n", {}, []),
        ("{}", {}, []),
        ('{"+4534735477": "sales", "12345": "club"}', {"+4534735477": "sales", "12345": "club"}, []),
        ('{"4534735477": "a"}', {"+4534735477": "a"}, []),
        ('{"+45 34 73-54.77": "a"}', {"+4534735477": "a"}, []),
        ('{"0480 000": "b", "My Shop": "c"}', {"0480 000": "b", "My Shop": "c"}, []),
        ('{"1234567890": ', {}, ["not JSON (line 1, column 16)"]),
        ("[" * 100_000, {}, ["not JSON (line 1, column 1)"]),
        ('["+4534735477"]', {}, ['not a JSON object like {"+4534735477": "sales"}']),
        ('"sales"', {}, ['not a JSON object like {"+4534735477": "sales"}']),
        ("7", {}, ['not a JSON object like {"+4534735477": "sales"}']),
        ('{"": "a", "1234": "b"}', {"1234": "b"}, ["entry 1 has no number"]),
        ('{"1234": 7, "12345": "b"}', {"12345": "b"}, ["the name in entry 1 is not a text of 1 to 256 characters"]),
        ('{"1234": {"a": "b"}}', {}, ["the name in entry 1 is not a text of 1 to 256 characters"]),
        ('{"1234": ""}', {}, ["the name in entry 1 is not a text of 1 to 256 characters"]),
        ('{\n "1234" 7}', {}, ["not JSON (line 2, column 9)"]),
        (json.dumps({"1234": "x" * 256}), {"1234": "x" * 256}, []),
        (json.dumps({"1234": "x" * 257}), {}, ["the name in entry 1 is not a text of 1 to 256 characters"]),
        (
            '{"+4534735477": "a", "4534735477": "b"}',
            {"+4534735477": "a"},
            ["entry 2 is for the same number as one before it"],
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_right_of_the_routes_counts_and_what_is_wrong_is_named(
    setting: str, routes: dict[str, str], faults: list[str]
) -> None:
    assert read_routes(setting) == (routes, faults)
