"""Agile Telecom: ids made of four values, codes of shared numbers, statuses, and what its webhooks leave out."""

from inbound_sms.errors import InvalidPayload

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.parsing import parse

TIME = b"20260514102301"
DELIVERY = {"eventType": "DELIVERY", "channel": "SMS", "messageId": "1", "timestamp": "2026-04-09T10:30:00Z"}


def form(*values: bytes) -> bytes:
    names = (b"originator", b"destination", b"date_time", b"text")
    return b"&".join(
        name + b"=" + b"".join(b"%%%02X" % byte for byte in value) for name, value in zip(names, values, strict=True)
    )


def id_of(*values: bytes) -> str:
    return str(parse("agile-telecom", form(*values), "application/x-www-form-urlencoded")["id"])


@given(numbers=st.tuples(st.binary(max_size=12), st.binary(max_size=12)), text=st.binary(max_size=12))
def test_a_text_is_named_by_its_four_values_and_their_lengths(numbers: tuple[bytes, bytes], text: bytes) -> None:
    values = [*numbers, TIME, text]
    digest = hashlib.sha256(b"".join(b"%d:%b" % (len(value), value) for value in values)).hexdigest()

    assert id_of(*values) == f"agile-telecom/{digest}"


@pytest.mark.parametrize(
    "moved",
    [
        lambda a, b: (a + b[:1], b[1:]),
        lambda a, b: (a[:-1], a[-1:] + b),
        lambda a, b: (b, a),
        lambda a, b: (a + b, b""),
    ],
    ids=["forward", "back", "swapped", "all"],
)
def test_a_byte_that_moves_from_one_value_to_the_next_makes_another_message(
    moved: Callable[[bytes, bytes], tuple[bytes, bytes]],
) -> None:
    numbers = (b"393301234567", b"393331234333")

    assert id_of(*numbers, TIME, b"News ON") != id_of(*moved(*numbers), TIME, b"News ON")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NEWS on", "NEWS"),
        ("A1b2C3d4 hello", "A1b2C3d4"),
        ("News", "News"),
        ("News\nON", "News"),
        ("ABC on", None),
        ("ABCDEFGHI on", None),
        ("News, please", None),
        (" News on", None),
        ("perché no", None),
        ("", None),
    ],
)
def test_the_code_of_a_shared_number_is_given_and_kept_in_the_text(text: str, code: str | None) -> None:
    data = parse("agile-telecom", form(b"1", b"2", TIME, text.encode()), "")["data"]

    assert (data["keyword"], data["text"]) == (code, text)


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({**DELIVERY, "statusCode": 3}, "delivered", "3"),
        ({**DELIVERY, "statusCode": "3"}, "delivered", "3"),
        ({**DELIVERY, "statusCode": 6}, "failed", "6"),
        ({**DELIVERY, "statusCode": 7}, "unknown", "7"),
        (DELIVERY, "unknown", None),
        ({**DELIVERY, "statusCode": None}, "unknown", None),
        ({**DELIVERY, "statusCode": "soon"}, "unknown", None),
        ({"eventType": "READ", "channel": "RCS", "messageId": "1", "statusCode": 6}, "read", None),
        ({"messageId": "1", "status": "SENT"}, "sent", None),
        ({"messageId": "1", "status": "Delivered"}, "delivered", None),
        ({"messageId": "1", "status": "error"}, "failed", None),
        ({"messageId": "1", "status": "EXPIRED"}, "expired", None),
        ({"messageId": "1", "status": "TELEPORTED"}, "unknown", None),
    ],
    ids=str,
)
def test_statuses_and_codes(said: dict[str, Any], status: str, code: str | None) -> None:
    data = parse("agile-telecom", {"timestamp": DELIVERY["timestamp"]} | said)["data"]

    assert data["status"] == status
    assert code is None or data["provider_code"] == code


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"channel": "SMS", "text": "private"}, "eventType"),
        ({"messageId": "1", "status": ["private"]}, "status"),
        ({**DELIVERY, "timestamp": "private"}, "timestamp"),
        ({"eventType": "INBOUND", "channel": "SMS", "text": "private"}, "timestamp"),
        ({"messageId": "1", "status": "SENT", "timestamp": None}, "timestamp"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_quarantined_and_the_field_named(payload: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPayload) as caught:
        parse("agile-telecom", payload)

    assert caught.value.field == field
    assert "private" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"originator=1&destination=2&date_time=20260514102301&Text=private", "text"),
        (b"originator=1&destination=2&date_time=&text=private", "date_time"),
        (b"originator=1&destination=2&date_time=00000000000000&text=private", "date_time"),
        (b"originator=1&destination=2&date_time=20260514102301&text=private&A", None),
        (b"originator=1&destination=2&date_time=20260514102301&text=private&text=z", None),
    ],
)
def test_what_lacks_what_identifies_a_text_is_quarantined(body: bytes, field: str | None) -> None:
    with pytest.raises(InvalidPayload) as caught:
        parse("agile-telecom", body, "application/x-www-form-urlencoded")

    assert caught.value.field == field
    assert "private" not in str(caught.value)
