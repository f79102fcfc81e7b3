"""Numbers: what providers write for one, and what the gateway makes of it."""

import pytest

from inbound_sms.events.numbers import Number, parse_number, without_numbers

# What was written, and the number that it certainly is, or else its kind.
WRITTEN: dict[str, tuple[object, str]] = {
    "with +": ("+6581968289", "+6581968289"),
    "the + of a form, become a space": (" 22675200209", "+22675200209"),
    "space before a +": (" +393301234567", "+393301234567"),
    "line end behind it": ("+393301234567\n", "+393301234567"),
    "the shortest, 8 digits": ("+12345678", "+12345678"),
    "the longest, 15 digits": ("+123456789012345", "+123456789012345"),
    "visual separators": ("+1 (605) 555-0101", "+16055550101"),
    "other separators": ("+39\u00a0330.123\u20114567", "+393301234567"),
    "the shortest short code": ("123", "short_code"),
    "the longest short code": ("1234567", "short_code"),
    "short code that starts with 0": ("00123", "short_code"),
    "short code as a JSON number": (12345, "short_code"),
    "alphanumeric with spaces": ("My Bank 24", "alphanumeric"),
    "alphanumeric with an accent": ("Caffè", "alphanumeric"),
    "alphanumeric that starts with a digit": ("4U", "alphanumeric"),
    "the longest name, 11 characters": ("A" * 11, "alphanumeric"),
    "longer than a name can be": ("A" * 12, "unknown"),
    "national number": ("0480000000", "unknown"),
    "national number behind a space": (" 0480000000", "unknown"),
    "no country starts with 0": ("+0480000000", "unknown"),
    "international prefix, which differs by country": ("00393301234567", "unknown"),
    "too short for a number with +": ("+12345", "unknown"),
    "too short for a number with the + of a form": (" 12345", "unknown"),
    "16 digits": ("1234567890123456", "unknown"),
    "two digits": ("12", "unknown"),
    "Washington or Egypt": ("2025550123", "unknown"),
    "eleven digits are no name": ("12345678901", "unknown"),
    "a JSON number": (393301234567, "unknown"),
    "an extension": ("+39 330 1234567 x12", "unknown"),
    "two numbers": ("+393301234567/+393301234568", "unknown"),
    "punctuation inside": ("(330) 123-4567", "unknown"),
    "two +": ("++393301234567", "unknown"),
    "a + alone": ("+", "unknown"),
    "empty": ("", "unknown"),
    "blank": (" ", "unknown"),
    "digits of another script": ("٣٩٣٣٠١٢٣٤٥٦٧", "unknown"),
    "superscript digits": (" ²²²²²²²²²", "unknown"),
    "control character": ("6581968289\x00", "unknown"),
    "lone surrogate": ("\ud800", "unknown"),
}

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


@pytest.mark.parametrize(("raw", "meant"), WRITTEN.values(), ids=WRITTEN)
def test_a_country_is_never_guessed_and_what_was_written_is_kept(raw: object, meant: str) -> None:
    read = parse_number(raw)

    assert read.raw == str(raw)
    assert (read.number, read.kind) == ((meant, "e164") if meant.startswith("+") else (None, meant))


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
