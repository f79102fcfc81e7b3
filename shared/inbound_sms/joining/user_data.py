"""The user data of binary messages that are text: as networks transmit it (3GPP TS 23.038 and 23.040)."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from inbound_sms.joining.gsm_tables import LOCKING, SINGLE
from inbound_sms.parsing.udh import national_languages

_GSM = {"gsm", "gsm7", "gsm7bit", "gsm0338", "7bit"}
_UCS2 = {"ucs2", "utf16", "utf16be", "unicode"}
_ESCAPE = 0x1B
_USER_DATA_BYTES = 140  # of a part, its header included


class _Data(NamedTuple):
    """A part's data, the length of its header in bytes, and the tables that this names."""

    data: bytes
    header: int
    languages: tuple[int, int] | None

    @classmethod
    def of(cls, part: Mapping[str, Any]) -> "_Data":
        udh = part.get("udh") or ""
        return cls(base64.b64decode(part["binary"]), len(udh) // 2, national_languages(udh))


def decoded(parts: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the text of binary parts in order; None if it isn't known how to decode it.

    It is known if the provider says so, or if a header names a national language's table. UCS-2 is read as UTF-16, as
    phones do.
    """
    said = {"".join(filter(str.isalnum, (part.get("encoding") or "").casefold())) for part in parts}
    data = [_Data.of(part) for part in parts]
    if said <= _UCS2 and not sum(len(each.data) for each in data) % 2:
        return b"".join(each.data for each in data).decode("utf-16-be", "replace")
    if said <= _GSM or (said <= {""} and any(each.languages for each in data)):
        return "".join(_characters(data))
    return None


def _characters(parts: list[_Data]) -> Iterator[str]:
    """Yield the characters of septets. An escape counts for what follows it, in the next part if need be."""
    packed = any(byte & 0x80 for each in parts for byte in each.data)  # else each byte has one septet, as in SMPP
    escaped = False
    for part in parts:
        locking, single = (each if each in SINGLE else 0 for each in part.languages or (0, 0))
        alphabet = LOCKING.get(locking, LOCKING[0])
        extension = {first + n: c for first, run in SINGLE[single].items() for n, c in enumerate(run)}
        for septet in _unpacked(part) if packed else part.data:
            if septet == _ESCAPE and not escaped:
                escaped = True
                continue
            if not escaped:
                yield alphabet[septet]
            elif septet == _ESCAPE:
                yield " "  # 6.2.1.1: reserved; shown as a space
            else:
                yield extension.get(septet, alphabet[septet])
            escaped = False


def _unpacked(part: _Data) -> Iterator[int]:
    """Yield the septets of packed data. They begin at a multiple of seven bits after the beginning of the header."""
    fill = -8 * part.header % 7
    bits = 8 * len(part.data) - fill
    packed = int.from_bytes(part.data, "little") >> fill
    septets = [packed >> 7 * n & 0x7F for n in range(max(bits, 0) // 7)]
    spare = septets and not bits % 7 and septets[-1] == 0 and part.header + len(part.data) < _USER_DATA_BYTES
    yield from septets[:-1] if spare else septets
