"""Numbers as providers write them: with and without +, short codes, alphanumeric senders."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator

from inbound_sms.model import Model

_E164 = re.compile(r"\+?([1-9][0-9]{7,14})", re.ASCII)
_SHORT_CODE = re.compile(r"[0-9]{3,7}", re.ASCII)
_ABOVE_ANY_NUMBER = 10**16
# ITU-T E.164: country codes have one digit (1, 7), one of these two, or three; none begins with another.
_TWO_DIGIT_CODES = re.compile("2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")
_SHORTEST_PERSONAL = 5  # what is shorter is nobody's own number, and may stand in any id
_SENDER_ID_LENGTH = 11  # 3GPP TS 23.040, 9.1.2.5: an alphanumeric address holds at most 11 characters

Kind = Literal["e164", "short_code", "alphanumeric", "unknown"]


class Number(Model):
    """A sender or recipient: `raw` as the provider wrote it, `number` as +digits where it surely is one."""

    raw: str | None = None
    number: str | None = None
    kind: Kind = "unknown"


def parse_number(raw: object) -> Number:
    """Takes what a provider wrote (text, a JSON number, None) and gives a Number; never fails.

    A country is never guessed: digits become E.164 only when there are 8 to 15 of them and the first is not 0.
    """
    if isinstance(raw, Number):
        return raw
    if isinstance(raw, int) and 0 <= raw < _ABOVE_ANY_NUMBER and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        return Number()
    # In a form, an unescaped "+" arrives as a space: " 22675200209".
    candidate = "+" + raw[1:] if raw[:1] == " " and raw[1:].isdecimal() else raw.strip()
    if match := _E164.fullmatch(candidate):
        return Number(raw=raw, number="+" + match[1], kind="e164")
    if _SHORT_CODE.fullmatch(candidate):
        return Number(raw=raw, kind="short_code")
    if len(candidate) <= _SENDER_ID_LENGTH and any(c.isalpha() for c in candidate):
        return Number(raw=raw, kind="alphanumeric")
    return Number(raw=raw)


def country_code_of(number: Number | None) -> str | None:
    """Gives the country calling code of a number in E.164, without the plus (`39`); None for anything else."""
    digits = number.number[1:] if number and number.number else ""
    if digits[:1] in {"1", "7"}:
        return digits[:1]
    return digits[: 2 if _TWO_DIGIT_CODES.match(digits) else 3] or None


def without_numbers(text: str, *numbers: Number | None) -> str:
    """Blots out these numbers in a text for the logs, such as an id that holds its recipient's."""
    for number in numbers:
        if number and number.raw and len(number.raw) >= _SHORTEST_PERSONAL:
            text = text.replace(number.raw, "***")
    return text


# A field of a provider's payload that holds a number: anything is accepted.
NumberField = Annotated[Number, BeforeValidator(parse_number)]
