"""Numbers: what providers write for one, and what the gateway makes of it."""

from typing import Any

import pytest

from inbound_sms.events.numbers import Number, parse_number, without_numbers

# With a plus, or the space that a form makes of it: 8 to 15 digits, whatever separates them.
NUMBERS = {
    "+6581968289": "+6581968289",
    " 22675200209": "+22675200209",
    " +393301234567": "+393301234567",
    "+393301234567\n": "+393301234567",
    "+12345678": "+12345678",
    "+123456789012345": "+123456789012345",
    "+1 (605) 555-0101": "+16055550101",
    "+39\u00a0330.123\u20114567": "+393301234567",
}
OTHERS: dict[str, list[object]] = {
    "short_code": ["123", "1234567", "00123", 12345],
    "alphanumeric": ["My Bank 24", "Caffè", "4U", "A" * 11],
    "unknown": [
        "A" * 12, "12345678901",  # no names: too long, no letter
        "0480000000", " 0480000000", "+0480000000", "00393301234567",  # no country starts with 0, and a prefix is local
        "2025550123", 393301234567,  # Washington or Egypt
        "12", "+12345", " 12345", "1234567890123456",
        "+39 330 1234567 x12", "+393301234567/+393301234568", "(330) 123-4567", "++393301234567", "+",
        "", " ", "٣٩٣٣٠١٢٣٤٥٦٧", " ²²²²²²²²²", "6581968289\x00", "\ud800",
    ],
}  # fmt: skip

# Where the provider's contract says that bare digits begin with a country code.
INTERNATIONAL = [
    ("4530000000", "4530000000", "+4530000000"),
    (4530000000, "4530000000", "+4530000000"),
    (16055550101.0, "16055550101.0", "+16055550101"),
    (1.6055550101e10, "16055550101.0", "+16055550101"),
    (["4530000000"], "4530000000", "+4530000000"),
    ("0480000000", "0480000000", None),
    (16055550101.5, "16055550101.5", None),
]

NOT_TEXT: list[tuple[object, str | None]] = [
    (None, None), (True, "true"), (-5, "-5"), (float("nan"), "nan"), (10**16, "1" + "0" * 16), ([], "[]"),
    (["+6581968289", 1], '["+6581968289",1]'), ({"number": "+1"}, '{"number":"+1"}'), (10**5000, hex(10**5000)),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "number"), NUMBERS.items(), ids=ascii)
def test_a_long_number_becomes_plus_and_digits(raw: str, number: str) -> None:
    assert parse_number(raw) == Number(raw=raw, number=number, kind="e164")


@pytest.mark.parametrize(
    ("kind", "raw"), [(kind, raw) for kind, written in OTHERS.items() for raw in written], ids=ascii
)
def test_a_country_is_never_guessed_and_what_was_written_is_kept(kind: Any, raw: object) -> None:
    assert parse_number(raw) == Number(raw=str(raw), number=None, kind=kind)


@pytest.mark.parametrize(("sent", "raw", "number"), INTERNATIONAL, ids=repr)
def test_bare_digits_are_a_number_where_the_contract_says_so_in_any_json_type(
    sent: object, raw: str, number: str | None
) -> None:
    read = parse_number(sent, international=True)

    assert (read.raw, read.number) == (raw, number)


@pytest.mark.parametrize(("sent", "raw"), NOT_TEXT, ids=[str(position) for position in range(len(NOT_TEXT))])
def test_a_value_of_any_other_type_is_kept(sent: object, raw: str | None) -> None:
    assert parse_number(sent) == Number(raw=raw, number=None, kind="unknown")


def test_a_number_that_is_read_already_stays_as_it_is() -> None:
    number = Number(raw=" 22675200209", number="+22675200209", kind="e164")

    assert parse_number(number) is number


@pytest.mark.parametrize(
    ("id_", "raws", "logged"),
    [
        ("acme/B1:447700900001:Sent:0:2026-01-01T00:00Z", ["447700900001"], "acme/B1:***:Sent:0:2026-01-01T00:00Z"),
        ("acme/B1:+44 7700 900001:Failed", [None, "+44 7700 900001"], "acme/B1:***:Failed"),
        ("acme/447700900001:447700900002", ["447700900001", "447700900002"], "acme/***:***"),
        ("other/12345678-90ab", ["1234"], "other/12345678-90ab"),
        ("other/12345678-90ab", ["", None], "other/12345678-90ab"),
        ("acme/B1:12345:Sent", ["12345"], "acme/B1:***:Sent"),
    ],
)  # fmt: skip
def test_an_id_is_logged_without_numbers(id_: str, raws: list[str | None], logged: str) -> None:
    assert without_numbers(id_, *map(parse_number, raws), None) == logged
