"""Numbers: what providers write for one, and what the gateway makes of it."""

from typing import Any

import pytest

from inbound_sms.events.numbers import Number, parse_number, without_numbers

LONG_NUMBERS = [
    ("+6581968289", "+6581968289", "with +"),
    ("6581968289", "+6581968289", "the + missing"),
    (" 22675200209", "+22675200209", "the + of a form, become a space"),
    ("+393301234567 ", "+393301234567", "space behind it"),
    (393301234567, "+393301234567", "a JSON number"),
    ("12345678", "+12345678", "the shortest, 8 digits"),
    ("123456789012345", "+123456789012345", "the longest, 15 digits"),
]

OTHERS = [
    ("123", "short_code", "the shortest short code"),
    ("1234567", "short_code", "the longest short code"),
    ("00123", "short_code", "short code that starts with 0"),
    (12345, "short_code", "short code as a JSON number"),
    ("My Bank 24", "alphanumeric", "alphanumeric with spaces"),
    ("Caffè", "alphanumeric", "alphanumeric with an accent"),
    ("A" * 11, "alphanumeric", "the longest name, 11 characters"),
    ("A" * 12, "unknown", "longer than a name can be"),
    ("0480000000", "unknown", "national number"),
    ("+0480000000", "unknown", "no country starts with 0"),
    ("00393301234567", "unknown", "international prefix, which differs by country"),
    ("+12345", "unknown", "too short for a number with +"),
    (" 12345", "unknown", "too short for a number with the + of a form"),
    ("1234567890123456", "unknown", "16 digits"),
    ("12", "unknown", "two digits"),
    ("+39 330 1234567", "unknown", "spaces inside"),
    ("", "unknown", "empty"),
    ("٣٩٣٣٠١٢٣٤٥٦٧", "unknown", "digits of another script"),
    ("6581968289\x00", "unknown", "control character"),
    ("\ud800", "unknown", "lone surrogate"),
]

NOT_TEXT = [None, True, -5, 3933.5, float("nan"), 10**16, 10**5000, ["+6581968289"], {"number": "+6581968289"}]


@pytest.mark.parametrize(("raw", "number", "_why"), LONG_NUMBERS, ids=[row[2] for row in LONG_NUMBERS])
def test_a_long_number_becomes_plus_and_digits(raw: object, number: str, _why: str) -> None:
    assert parse_number(raw) == Number(raw=str(raw), number=number, kind="e164")


@pytest.mark.parametrize(("raw", "kind", "_why"), OTHERS, ids=[row[2] for row in OTHERS])
def test_a_country_is_never_guessed_and_what_was_written_is_kept(raw: object, kind: Any, _why: str) -> None:
    assert parse_number(raw) == Number(raw=str(raw), number=None, kind=kind)


@pytest.mark.parametrize("raw", NOT_TEXT, ids=lambda raw: type(raw).__name__)
def test_what_is_no_text_becomes_an_unknown_number_instead_of_an_error(raw: object) -> None:
    assert parse_number(raw) == Number(raw=None, number=None, kind="unknown")


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
