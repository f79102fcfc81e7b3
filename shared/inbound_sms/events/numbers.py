"""Phone numbers as providers write them: with or without a plus, short codes, alphanumeric sender ids."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator

from inbound_sms.model import Model

_E164 = re.compile(r"\+?([1-9][0-9]{7,14})", re.ASCII)
_SHORT_CODE = re.compile(r"[0-9]{3,7}", re.ASCII)
_ABOVE_ANY_NUMBER = 10**16
# ITU-T E.164: a country code is 1 or 7, one of these with two digits, or has three digits; none is a prefix of another.
_TWO_DIGIT_CODES = re.compile("2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")
_MIN_PERSONAL_LENGTH = 5  # a shorter number belongs to no person, and its digits may occur in any id
_MAX_SENDER_ID_LENGTH = 11  # 3GPP TS 23.040, 9.1.2.5: an alphanumeric address holds at most 11 characters

Kind = Literal["e164", "short_code", "alphanumeric", "unknown"]


class Number(Model):
    """A sender or recipient: `raw` as the provider wrote it, `number` as + and digits if it certainly is one."""

    raw: str | None = None
    number: str | None = None
    kind: Kind = "unknown"


def parse_number(raw: object) -> Number:
    """Return the Number for what a provider wrote (a string, a JSON number or None). Never raises.

    A country is never guessed: only 8 to 15 digits that don't begin with 0 become E.164.
    """
    if isinstance(raw, Number):
        return raw
    if isinstance(raw, int) and 0 <= raw < _ABOVE_ANY_NUMBER and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        return Number()
    # An unescaped "+" in a form arrives as a space: " 22675200209".
    candidate = "+" + raw[1:] if raw[:1] == " " and raw[1:].isdecimal() else raw.strip()
    if match := _E164.fullmatch(candidate):
        return Number(raw=raw, number="+" + match[1], kind="e164")
    if _SHORT_CODE.fullmatch(candidate):
        return Number(raw=raw, kind="short_code")
    if len(candidate) <= _MAX_SENDER_ID_LENGTH and any(c.isalpha() for c in candidate):
        return Number(raw=raw, kind="alphanumeric")
    return Number(raw=raw)


def country_code_of(number: Number | None) -> str | None:
    """Return the country calling code of an E.164 number, without the plus (`39`); None for anything else."""
    digits = number.number[1:] if number and number.number else ""
    if digits[:1] in {"1", "7"}:
        return digits[:1]
    return digits[: 2 if _TWO_DIGIT_CODES.match(digits) else 3] or None


def without_numbers(text: str, *numbers: Number | None) -> str:
    """Mask these numbers in a string that is to be logged, such as an id that contains its recipient's."""
    for number in numbers:
        if number and number.raw and len(number.raw) >= _MIN_PERSONAL_LENGTH:
            text = text.replace(number.raw, "***")
    return text


# The type for fields of a payload that hold a number. It accepts any value.
NumberField = Annotated[Number, BeforeValidator(parse_number)]
