"""User data headers: which part of which message a binary message is (3GPP TS 23.040, 9.2.3.24)."""

import pytest

from inbound_sms.parsing.udh import concatenation

ROWS: dict[str, tuple[str | None, tuple[int, int, int, int] | None]] = {
    "reference of one byte": ("0500034f0201", (79, 8, 2, 1)),
    "upper case, the last part": ("050003FF0202", (255, 8, 2, 2)),
    "reference of two bytes": ("060804abcd0302", (43981, 16, 3, 2)),
    "one part, reference with a leading zero": ("06080400010101", (1, 16, 1, 1)),
    "the most parts": ("05000300ffff", (0, 8, 255, 255)),
    "behind port numbers": ("0b05041583000000034f0201", (79, 8, 2, 1)),
    "before an element without a value": ("0700034f02012500", (79, 8, 2, 1)),
    "said twice: the last counts": ("0b00034f02010804abcd0302", (43981, 16, 3, 2)),
    "said twice the other way round: the last counts": ("0b0804abcd030200034f0201", (79, 8, 2, 1)),
    "nonsense the second time": ("0a00034f020100034f0200", (79, 8, 2, 1)),
    "an element without a length at the end": ("0600034f020100", (79, 8, 2, 1)),
    "bytes behind the header": ("0500034f0201ffffff", (79, 8, 2, 1)),
    "no header": (None, None),
    "an empty header": ("", None),
    "the header of the sample of 2017: of length 0": ("00010203", None),
    "a length and no more": ("05", None),
    "the last byte missing": ("0500034f02", None),
    "a length that is too short": ("0400034f0201", None),
    "one byte too few in the element": ("0500024f0201", None),
    "one byte too many in the element": ("0600044f020100", None),
    "the length of the other kind": ("050803abcd0301", None),
    "part 0": ("0500034f0200", None),
    "part 3 of 2": ("0500034f0203", None),
    "half a byte": ("0500034f020", None),
    "digits of another script": ("0500034f02٠١", None),
}


@pytest.mark.parametrize(("udh", "said"), ROWS.values(), ids=ROWS)
def test_the_header_says_which_part_it_is_or_nothing_of_the_kind(
    udh: str | None, said: tuple[int, int, int, int] | None
) -> None:
    found = concatenation(udh)

    assert (found and (found.reference, found.reference_bits, found.total, found.part)) == said
