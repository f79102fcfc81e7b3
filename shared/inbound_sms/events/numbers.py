"""Phone numbers as providers write them: with or without a plus, short codes, alphanumeric sender ids."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator
from pydantic_core import to_json

from inbound_sms.model import Model

_E164 = re.compile(r"\+?([1-9][0-9]{7,14})", re.ASCII)
_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]")
_SHORT_CODE = re.compile(r"[0-9]{3,7}", re.ASCII)
_ABOVE_ANY_NUMBER = 10**16
_MAX_BITS = 10_000  # Python writes no more than 4,300 decimal digits
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


def parse_number(raw: object, *, international: bool = False) -> Number:
    """Return the Number for what a provider wrote: a string, or any other JSON value. Never raises.

    With a plus, 8 to 15 digits are E.164, whatever separates them. Without one, only if `international` says that the
    provider's contract has bare digits begin with a country code: `2025550123` could be in Washington or in Egypt.
    """
    if isinstance(raw, Number):
        return raw
    if isinstance(raw, list) and len(raw) == 1:
        [raw] = raw
    written = _written(raw)
    if written is None:
        return Number()
    # An unescaped "+" in a form arrives as a space: " 22675200209".
    candidate = "+" + written[1:] if written[:1] == " " and written[1:].isdecimal() else written.strip()
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < _ABOVE_ANY_NUMBER:
        candidate = str(int(raw))
    if candidate[:1] == "+":
        candidate = _SEPARATORS.sub("", candidate)
    match = _E164.fullmatch(candidate)
    if match and (international or candidate[0] == "+"):
        return Number(raw=written, number="+" + match[1], kind="e164")
    if _SHORT_CODE.fullmatch(candidate):
        return Number(raw=written, kind="short_code")
    if isinstance(raw, str) and len(candidate) <= _MAX_SENDER_ID_LENGTH and any(c.isalpha() for c in candidate):
        return Number(raw=written, kind="alphanumeric")
    return Number(raw=written)


def _written(value: object) -> str | None:
    """Return what was written, as a string; JSON, if that was neither a string nor a number."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        is_huge = isinstance(value, int) and value.bit_length() > _MAX_BITS
        return hex(value) if is_huge else repr(value)  # type: ignore[arg-type]
    return to_json(value, inf_nan_mode="strings", fallback=str).decode()


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


def _parse_international(raw: object) -> Number:
    return parse_number(raw, international=True)


# Types for fields of a payload that hold a number. They accept any value. In the second, bare digits begin with a
# country code: use it only if the provider's documentation says so.
NumberField = Annotated[Number, BeforeValidator(parse_number)]
InternationalNumberField = Annotated[Number, BeforeValidator(_parse_international)]
