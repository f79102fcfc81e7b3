"""The user data header of a binary message (3GPP TS 23.040, 9.2.3.24)."""

from collections.abc import Iterator

from inbound_sms.events import Concatenation

_CONCATENATED_8_BIT = 0x00  # 9.2.3.24.1: reference of one byte
_CONCATENATED_16_BIT = 0x08  # 9.2.3.24.8: reference of two bytes
_SINGLE_SHIFT = 0x24  # 9.2.3.24.15: table of a national language for what follows an escape
_LOCKING_SHIFT = 0x25  # 9.2.3.24.16: table of a national language in place of the default alphabet
_SHIFTS = {_SINGLE_SHIFT, _LOCKING_SHIFT}


def elements(udh: str | None) -> Iterator[tuple[int, bytes]]:
    """Yield the information elements of a header: identifier and value; none of those that are cut off.

    `udh` is the header in hexadecimal, beginning with its length.
    """
    try:
        header = bytes.fromhex(udh or "")
    except ValueError:
        return
    position, end = 1, min(len(header), header[0] + 1 if header else 0)
    while position + 2 <= end:
        identifier, length = header[position], header[position + 1]
        value = header[position + 2 : position + 2 + length]
        position += 2 + length
        if position <= end:
            yield identifier, value


def concatenation(udh: str | None) -> Concatenation | None:
    """Return which part of which message a header marks; None if it is malformed or doesn't say.

    If it says so twice, the last counts (9.2.3.24).
    """
    found = None
    for identifier, value in elements(udh):
        wide = identifier == _CONCATENATED_16_BIT
        if (identifier, len(value)) not in {(_CONCATENATED_8_BIT, 3), (_CONCATENATED_16_BIT, 4)}:
            continue
        *reference, total, part = value
        if 1 <= part <= total:
            found = Concatenation(
                reference=int.from_bytes(reference), reference_bits=16 if wide else 8, total=total, part=part
            )
    return found


def national_languages(udh: str | None) -> tuple[int, int] | None:
    """Return the tables that a header names for the text: locking shift and single shift; None if it names none."""
    named = {identifier: value[0] for identifier, value in elements(udh) if identifier in _SHIFTS and len(value) == 1}
    return (named.get(_LOCKING_SHIFT, 0), named.get(_SINGLE_SHIFT, 0)) if named else None
