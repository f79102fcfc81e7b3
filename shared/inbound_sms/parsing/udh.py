"""The user data header of a binary message (3GPP TS 23.040, 9.2.3.24)."""

from inbound_sms.events import Concatenation

_CONCATENATED_8_BIT = 0x00  # 9.2.3.24.1: reference of one byte
_CONCATENATED_16_BIT = 0x08  # 9.2.3.24.8: reference of two bytes


def concatenation(udh: str | None) -> Concatenation | None:
    """Return which part of which message a header marks; None if it is malformed or doesn't say.

    `udh` is the header in hexadecimal, beginning with its length. If it says so twice, the last counts (9.2.3.24).
    """
    try:
        header = bytes.fromhex(udh or "")
    except ValueError:
        return None
    found = None
    position, end = 1, min(len(header), header[0] + 1 if header else 0)
    while position + 2 <= end:
        identifier, length = header[position], header[position + 1]
        value = header[position + 2 : position + 2 + length]
        position += 2 + length
        wide = identifier == _CONCATENATED_16_BIT
        if position > end or (identifier, length) not in {(_CONCATENATED_8_BIT, 3), (_CONCATENATED_16_BIT, 4)}:
            continue
        *reference, total, part = value
        if 1 <= part <= total:
            found = Concatenation(
                reference=int.from_bytes(reference), reference_bits=16 if wide else 8, total=total, part=part
            )
    return found
